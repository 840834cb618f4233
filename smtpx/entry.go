package smtpx

import (
	"context"
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

// textOf returns r's; empty if the format has dropped it.
func textOf(ctx context.Context, f encode.Formatter, r *slog.Record) (text string, err error) {
	line := encode.NewLine()
	err = f.AppendRecord(ctx, line, r)
	text = string(line.B)
	line.Free() // not deferred: after a panic the Line is garbage
	return text, err
}
