package slogx

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// StderrErrors returns the [ErrorHandler] that handlers use by default. It prints one line on os.Stderr, at most one a
// second, and adds how many it held back meanwhile; name says whose errors they are.
func StderrErrors(name string) ErrorHandler {
	return (&errorPrinter{name: oneLine(name)}).handle
}

// errorPrinter prints the first error at once. The rest of that second waits for a timer, which prints the last of them
// and their number, so that none goes unmentioned when the errors stop.
type errorPrinter struct {
	name string
	w    io.Writer // nil: os.Stderr, as it is when a line is printed

	mu    sync.Mutex
	quiet bool // a line is being printed, or a timer is running
	held  int
	last  string // of those held back
}

const errorInterval = time.Second

func (p *errorPrinter) handle(_ context.Context, _ slog.Record, err error) {
	msg := oneLine(err.Error()) // Error is user code: not under the lock
	if p.hold(msg) {
		return
	}
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		p.print(msg, 0)
		time.AfterFunc(errorInterval, p.tick)
	}()
	// Stderr may be the very stream that is stalled.
	patience := time.NewTimer(errorInterval)
	defer patience.Stop()
	select {
	case <-printed:
	case <-patience.C:
	}
}

// hold keeps msg for later if it is not to be printed now.
func (p *errorPrinter) hold(msg string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.quiet {
		p.quiet = true
		return false
	}
	p.held++
	p.last = msg
	return true
}

func (p *errorPrinter) tick() {
	p.mu.Lock()
	held, last := p.held, p.last
	p.held, p.last = 0, ""
	p.quiet = held > 0
	p.mu.Unlock()
	if held > 0 {
		p.print(last, held-1)
		time.AfterFunc(errorInterval, p.tick)
	}
}

func (p *errorPrinter) print(msg string, others int) {
	w := p.w
	if w == nil {
		w = os.Stderr
	}
	if others > 0 {
		fmt.Fprintf(w, "slogkit: %s: %s (and %d more held back)\n", p.name, msg, others)
	} else {
		fmt.Fprintf(w, "slogkit: %s: %s\n", p.name, msg)
	}
}

// oneLine keeps joined errors apart, and whatever is in them from becoming lines of their own.
func oneLine(msg string) string {
	msg = strings.ReplaceAll(msg, "\n", "; ")
	if !utf8.ValidString(msg) || strings.ContainsFunc(msg, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(msg)
	}
	return msg
}
