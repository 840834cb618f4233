package memory

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// entry is a record that waits.
type entry struct {
	ctx    context.Context // of the log call
	with   *snapshot.With  // of the handler that took it
	record slog.Record     // its snapshot
	number uint64          // the order in which they came

	// Of a ScopedHandler only:
	op      *Operation
	passes  bool // is delivered however op ends
	refused int  // times that the target did not take it though it was well
}

// problem returns err as one that concerns e.
func (e *entry) problem(err error) *problem { return &problem{snapshot.Context(e.ctx), e.record, err} }

var errNoTarget = errors.New("no target")

// target is the handler at the end, with what WithAttrs and WithGroup of ours have to be repeated on it.
type target struct {
	root   atomic.Pointer[snapshot.Root]
	report *reporter
}

func newTarget(h slog.Handler, report *reporter) *target {
	t := &target{report: report}
	t.set(h)
	return t
}

func (t *target) set(h slog.Handler) { t.root.Store(&snapshot.Root{Handler: h}) }

// with returns the target derived as with says, nil if there is none.
func (t *target) with(with *snapshot.With) slog.Handler {
	h, err := with.On(t.root.Load())
	if err != nil {
		_ = t.report.report(&problem{err: err})
	}
	return h
}

// enabled asks the target; whether there is one is the second result.
func (t *target) enabled(ctx context.Context, with *snapshot.With, level slog.Level) (enabled, asked bool) {
	h := t.with(with)
	if h == nil {
		return false, false
	}
	enabled = true // if it panics: Handle will, too, and report that
	_ = safe.Do(func() error {
		enabled = h.Enabled(ctx, level)
		return nil
	})
	return enabled, true
}

// handle hands one record to the target.
func (t *target) handle(ctx context.Context, with *snapshot.With, r slog.Record) (err error) {
	defer safe.Recover(&err)
	h := t.with(with)
	if h == nil {
		return errNoTarget
	}
	return h.Handle(ctx, r)
}

// deliver hands over the entries, one by one, and returns how many the target took before it failed.
func (t *target) deliver(_ context.Context, batch []entry) (int, error) {
	for i := range batch {
		e := &batch[i]
		if err := t.handle(snapshot.Context(e.ctx), e.with, e.record); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}
