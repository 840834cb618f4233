package smtpx

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// entry is a record on its way: nothing that happens after the log call shows in it.
type entry struct {
	record slog.Record // with the attributes of WithAttrs
	text   string      // as the format has it
	quiet  bool        // an ErrorHandler has logged it: that it fails would never end
	taken  atomic.Bool // by the goroutine that sends, or by the caller who waits no longer
	result chan error  // of Synchronous; nil: nobody waits
	told   bool        // by settled, which belongs to the goroutine that sends
}

// settled tells the caller, if there is one who waits, and reports whether there is.
func (e *entry) settled(err error) bool {
	if e.result == nil || e.told {
		return false
	}
	e.told = true
	e.result <- err // which has room for it
	return true
}

// settle tells all callers who still wait.
func settle(entries []*entry, err error) {
	for _, e := range entries {
		e.settled(err)
	}
}

// claim returns those entries whose callers have not stopped to wait. The others' callers have said that it failed.
func claim(entries []*entry) []*entry {
	live := make([]*entry, 0, len(entries))
	for _, e := range entries {
		if e.taken.CompareAndSwap(false, true) {
			live = append(live, e)
		}
	}
	return live
}

func (e *entry) size() int { return snapshot.Size(&e.record) + len(e.text) }

// format writes a record's text: one of our own formats, or somebody else's.
type format struct {
	own     *encode.Handler
	foreign *encode.Foreign
}

// newFormat returns the format that build makes.
func newFormat(build func(io.Writer) slog.Handler) format {
	if own, ok := build(io.Discard).(*encode.Handler); ok && own.WritesTo(io.Discard) {
		return format{own: own}
	}
	return format{foreign: encode.NewForeign(build)}
}

func (f format) with(attrs []slog.Attr) format {
	if f.own != nil {
		return format{own: f.own.With(attrs)}
	}
	return format{foreign: f.foreign.With(attrs)}
}

func (f format) group(name string) format {
	if f.own != nil {
		return format{own: f.own.Group(name)}
	}
	return format{foreign: f.foreign.Group(name)}
}

// text returns r's; empty if the format has dropped it.
func (f format) text(ctx context.Context, r *slog.Record) (text string, err error) {
	line := encode.NewLine()
	if f.own != nil {
		f.own.AppendRecord(line, r)
	} else {
		err = f.foreign.AppendRecord(ctx, line, r)
	}
	text = string(line.B)
	line.Free() // not deferred: after a panic the Line is garbage
	return text, err
}
