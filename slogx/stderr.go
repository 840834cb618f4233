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
)

// StderrErrors returns the [ErrorHandler] that handlers use by default. It prints one line on os.Stderr, at most one a
// second, and adds how many it held back meanwhile; name says whose errors they are.
func StderrErrors(name string) ErrorHandler {
	return (&errorPrinter{name: name}).handle
}

// errorPrinter prints the first error at once. The rest of that second waits for a timer, which prints the last of them
// and their number, so that none goes unmentioned when the errors stop.
type errorPrinter struct {
	name string
	w    io.Writer // nil: os.Stderr, as it is when a line is printed

	mu    sync.Mutex
	quiet bool // a timer is running
	held  int
	last  string // of those held back
}

const errorInterval = time.Second

func (p *errorPrinter) handle(_ context.Context, _ slog.Record, err error) {
	msg := oneLine(err) // Error is user code: not under the lock
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quiet {
		p.held++
		p.last = msg
		return
	}
	p.print(msg, 0)
	p.startTimer()
}

func (p *errorPrinter) startTimer() {
	p.quiet = true
	time.AfterFunc(errorInterval, p.tick)
}

func (p *errorPrinter) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == 0 {
		p.quiet = false
		return
	}
	p.print(p.last, p.held-1)
	p.held, p.last = 0, ""
	p.startTimer()
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
func oneLine(err error) string {
	msg := strings.ReplaceAll(err.Error(), "\n", "; ")
	if strings.ContainsFunc(msg, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(msg)
	}
	return msg
}
