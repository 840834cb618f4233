package memory_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestEndsMeanwhile ends an operation while a record is being made ready for it.
func TestEndsMeanwhile(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{InOrder: true})
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError} {
		for _, known := range []bool{false, true} {
			ctx, op := memory.Begin(t.Context())
			if known {
				l.DebugContext(ctx, "before")
			}
			l.Log(ctx, level, level.String(), "ends", valuer(func() string {
				op.End(nil)
				return "now"
			}))
		}
	}
	target.got(t, "INFO", "INFO", "ERROR", "ERROR")
	scopedCounts(t, h, memory.ScopedStats{Delivered: 4, Discarded: 5})
}

// TestClosesMeanwhile closes the handler while a record is being made ready.
func TestClosesMeanwhile(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{Options: errs.options()})
	ctx, _ := memory.Begin(t.Context())
	l.DebugContext(ctx, "a", "closes", valuer(func() string {
		ok(t, h.Close())
		return "now"
	}))
	errs.one(t, "a", slogx.ErrClosed)
	target.got(t)
	scopedCounts(t, h, memory.ScopedStats{Failed: 1})

	m := memory.NewHandler(1, target, &memory.Options{Options: errs.options()})
	target.set(func(context.Context, slog.Record) error { return errors.Join(m.Close(), errDisk) })
	refused(t, m, "b", slogx.ErrClosed)
	errs.one(t, "b", errDisk)
	counts(t, m, memory.Stats{Failed: 1, Errors: 1})
}

// TestScopedClosesWhileStalled: who is given up by Close after Timeout loses what the target does not take.
func TestScopedClosesWhileStalled(t *testing.T) {
	for _, taken := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var errs errorLog
			l, h, target := scoped(t, memory.ScopedOptions{Options: errs.options()})
			release := make(chan struct{})
			target.set(func(_ context.Context, r slog.Record) error {
				<-release
				if taken {
					return nil
				}
				return errDisk
			})
			ctx, op := memory.Begin(t.Context())
			l.DebugContext(ctx, "a")
			l.DebugContext(ctx, "b")
			var failing sync.WaitGroup
			failing.Go(op.Fail)
			synctest.Wait()
			if err := h.Close(); !errors.Is(err, memory.ErrBusy) {
				t.Errorf("Close = %v", err)
			}
			errs.one(t, "", memory.ErrBusy)
			close(release)
			failing.Wait()
			if taken {
				target.got(t, "a", "b")
				scopedCounts(t, h, memory.ScopedStats{Delivered: 2, Abandoned: 1})
				errs.WantNone(t)
			} else {
				scopedCounts(t, h, memory.ScopedStats{Failed: 2, Abandoned: 1, Errors: 1})
				errs.one(t, "a", errDisk)
			}
		})
	}
}

// TestScopedLateIsBusy: who is not asked is not refused.
func TestScopedLateIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs errorLog
		l, h, target := scoped(t, memory.ScopedOptions{Timeout: time.Second, Options: errs.options()})
		target.set(fails)
		ctx, op := memory.Begin(t.Context())
		l.DebugContext(ctx, "late")
		op.End(errDisk)
		errs.Take()
		release := make(chan struct{})
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message == "late" {
				<-release
			}
			return nil
		})
		var flushing sync.WaitGroup
		flushing.Go(func() { ok(t, h.Flush()) })
		synctest.Wait()
		ctx, op = memory.Begin(t.Context())
		l.DebugContext(ctx, "later")
		target.set(fails)
		op.End(errDisk) // is late, too
		errs.one(t, "later", errDisk)
		target.set(nil)
		for range 5 {
			l.Info("passes")
			errs.one(t, "", memory.ErrBusy)
		}
		close(release)
		flushing.Wait()
		ok(t, h.Flush())
		target.got(t, "passes", "passes", "passes", "passes", "passes", "late", "later")
		scopedCounts(t, h, memory.ScopedStats{Delivered: 7, Errors: 2})
	})
}

// TestScopedFullWhileDelivering logs in an operation all of whose records are being delivered.
func TestScopedFullWhileDelivering(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{MaxRecords: 2, Options: errs.options()})
	ctx, op := memory.Begin(t.Context())
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "a" {
			l.DebugContext(ctx, "inner")
		}
		return nil
	})
	l.DebugContext(ctx, "a")
	l.DebugContext(ctx, "b")
	op.Fail()
	target.got(t, "a", "b")
	errs.WantNone(t)
	target.set(nil)
	l.DebugContext(ctx, "c")
	errs.one(t, "c", memory.ErrFull) // there was something before it
	target.got(t, "c")
	op.End(nil)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 3, Dropped: 1})
}

// TestScopedTree has package slogx close all of them, derived ones once.
func TestScopedTree(t *testing.T) {
	closed := 0
	target := &closer{onClose: func() { closed++ }}
	s := memory.NewScoped(target, &memory.ScopedOptions{Options: options(t), InOrder: true})
	var b batches
	buffering := memory.NewBufferingHandler(5, b.flush, &memory.Options{Options: options(t)})
	tree := slogx.Fanout(s, s.WithGroup("g"), buffering, buffering.WithGroup("g"))
	ctx, op := memory.Begin(t.Context())
	ok(t, s.Handle(ctx, record(slog.LevelInfo, "a")))
	handle(t, buffering, "b")
	ok(t, slogx.Close(tree))
	if closed != 1 {
		t.Errorf("the target was closed %d times", closed)
	}
	target.got(t, "a")
	b.got(t, []string{"b"})
	op.End(nil)
}
