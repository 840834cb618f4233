package memory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/memory"
)

// TestScopedMaxRecords keeps the newest, and says what is missing, but not of an operation that ends well.
func TestScopedMaxRecords(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{MaxRecords: 3, Options: errs.options()})
	for _, failed := range []error{nil, errDisk} {
		ctx, op := memory.Begin(t.Context())
		inner, _ := memory.Begin(ctx)
		for i := range 6 {
			l.DebugContext([]context.Context{ctx, inner}[i%2], fmt.Sprint(i))
		}
		errs.WantNone(t)
		op.End(failed)
	}
	target.got(t, "3", "4", "5")
	errs.one(t, "3", memory.ErrFull)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 3, Discarded: 3, Dropped: 6})
}

// TestScopedMaxRecordsInOrder drops nothing that is delivered in any case.
func TestScopedMaxRecordsInOrder(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{MaxRecords: 3, InOrder: true})
	ctx, op := memory.Begin(t.Context())
	for i := range 4 {
		l.InfoContext(ctx, fmt.Sprint("info ", i))
		l.DebugContext(ctx, fmt.Sprint("detail ", i))
	}
	target.got(t, "info 0", "info 1", "info 2", "info 3")
	op.End(nil)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 4, Discarded: 3, Dropped: 1})
}

// TestScopedMaxOperations gives up the one that was first to log. If that goes on, it begins again.
func TestScopedMaxOperations(t *testing.T) {
	for _, flush := range []bool{false, true} {
		var errs errorLog
		l, h, target := scoped(t, memory.ScopedOptions{
			MaxOperations: 2, FlushAbandoned: flush, Options: errs.options(),
		})
		var ctxs []context.Context
		var ops []*memory.Operation
		for i := range 3 {
			ctx, op := memory.Begin(t.Context())
			ctxs, ops = append(ctxs, ctx), append(ops, op)
			l.DebugContext(ctx, fmt.Sprint(i))
		}
		if s := h.Stats(); s.Operations != 2 || s.Abandoned != 1 {
			t.Errorf("%+v", s)
		}
		if flush {
			target.got(t, "0")
			errs.WantNone(t)
		} else {
			target.got(t)
			errs.one(t, "", memory.ErrAbandoned)
		}
		ops[1].End(nil)
		l.DebugContext(ctxs[0], "0 again")
		ops[0].End(errDisk)
		target.got(t, "0 again")
		ops[2].End(errDisk)
		target.got(t, "2")
		if s := h.Stats(); s.Operations != 0 || s.Buffered != 0 {
			t.Errorf("%+v", s)
		}
		errs.WantNone(t)
	}
}

func TestScopedMaxBuffered(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{MaxBuffered: 10, Options: errs.options()})
	log := func(n int) (context.Context, *memory.Operation) {
		ctx, op := memory.Begin(t.Context())
		for i := range n {
			l.DebugContext(ctx, fmt.Sprint(i))
		}
		return ctx, op
	}
	log(4)
	_, second := log(4)
	errs.WantNone(t)
	_, third := log(3) // too many: the first is given up
	errs.one(t, "", memory.ErrAbandoned)
	scopedCounts(t, h, memory.ScopedStats{Buffered: 7, Dropped: 4, Operations: 2, Abandoned: 1})
	second.End(errDisk)
	third.End(nil)
	target.got(t, "0", "1", "2", "3")

	// One alone is bounded, too, by half of that, and so is what a target that fails has not taken yet.
	_, op := log(30)
	scopedCounts(t, h, memory.ScopedStats{Buffered: 5, Delivered: 4, Discarded: 3, Dropped: 29, Operations: 1, Abandoned: 1})
	target.set(fails)
	op.End(errDisk)
	errs.Take()
	_, op = log(2)
	op.End(errDisk)
	errs.one(t, "0", errDisk)
	scopedCounts(t, h, memory.ScopedStats{Buffered: 5, Delivered: 4, Discarded: 3, Dropped: 31, Abandoned: 1, Errors: 2})
	target.set(nil)
	l.Info("well again")
	target.got(t, "well again", "27", "28", "29", "0", "1")
	errs.one(t, "27", memory.ErrFull)
}

// TestScopedMaxAge gives up what nobody ends, with one timer, and none when there is nothing.
func TestScopedMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs errorLog
		l, h, target := scoped(t, memory.ScopedOptions{MaxAge: time.Minute, Options: errs.options()})
		busy, busyOp := memory.Begin(t.Context())
		forgotten, _ := memory.Begin(t.Context())
		l.DebugContext(forgotten, "forgotten")
		for range 10 {
			l.DebugContext(busy, "busy")
			time.Sleep(30 * time.Second)
		}
		synctest.Wait()
		errs.one(t, "", memory.ErrAbandoned)
		scopedCounts(t, h, memory.ScopedStats{Buffered: 10, Dropped: 1, Operations: 1, Abandoned: 1})
		busyOp.End(errDisk)
		if got := target.take(); len(got) != 10 {
			t.Errorf("got %q", got)
		}
		l.DebugContext(forgotten, "again")
		time.Sleep(2*time.Minute + 1)
		synctest.Wait()
		errs.one(t, "", memory.ErrAbandoned)
		target.got(t)

		l.DebugContext(forgotten, "once more")
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		errs.WantNone(t) // not before MaxAge
		ok(t, h.Close())
		time.Sleep(time.Hour)
		scopedCounts(t, h, memory.ScopedStats{Delivered: 10, Dropped: 3, Abandoned: 3})
	})
}

// TestScopedCloseWaits for the sweep that is under way, unless it is that which closes.
func TestScopedCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, h, target := scoped(t, memory.ScopedOptions{MaxAge: time.Minute, FlushAbandoned: true})
		ctx, _ := memory.Begin(t.Context())
		release := make(chan struct{})
		target.set(func(context.Context, slog.Record) error {
			<-release
			return nil
		})
		l.DebugContext(ctx, "a")
		time.Sleep(3 * time.Minute)
		synctest.Wait() // the sweep stands in the target
		var closing sync.WaitGroup
		done := false
		closing.Go(func() {
			ok(t, h.Close())
			done = true
		})
		synctest.Wait()
		if done {
			t.Error("Close did not wait")
		}
		close(release)
		closing.Wait()
		target.got(t, "a")

		l, h, target = scoped(t, memory.ScopedOptions{MaxAge: time.Minute, FlushAbandoned: true})
		ctx, _ = memory.Begin(t.Context())
		target.set(func(context.Context, slog.Record) error { return h.Close() })
		l.DebugContext(ctx, "b")
		time.Sleep(2*time.Minute + 1) // less than it would take to wait
		synctest.Wait()
		target.got(t, "b")
		scopedCounts(t, h, memory.ScopedStats{Delivered: 1, Abandoned: 1})
	})
}

// TestScopedBusy: a stalled target holds up those of the same operation only, and for Timeout at most.
func TestScopedBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs errorLog
		l, h, target := scoped(t, memory.ScopedOptions{Timeout: time.Second, Options: errs.options()})
		release := make(chan struct{})
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message == "stalls" {
				<-release
			}
			return nil
		})
		ctx, op := memory.Begin(t.Context())
		l.DebugContext(ctx, "stalls")
		var failing sync.WaitGroup
		failing.Go(op.Fail)
		synctest.Wait()
		_ = memory.Do(t.Context(), func(ctx context.Context) error {
			l.DebugContext(ctx, "another operation")
			return errDisk
		})
		target.got(t, "another operation")
		start := time.Now()
		if err := h.Handle(ctx, record(slog.LevelDebug, "waits")); !errors.Is(err, memory.ErrBusy) {
			t.Errorf("Handle = %v", err)
		}
		errs.one(t, "", memory.ErrBusy)
		op.End(nil)
		errs.one(t, "", memory.ErrBusy)
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		scopedCounts(t, h, memory.ScopedStats{Delivered: 1, Buffered: 2})
		close(release)
		failing.Wait()
		target.got(t, "stalls", "waits")
		scopedCounts(t, h, memory.ScopedStats{Delivered: 3})
	})
}

// TestScopedSweepStalls: a target that stalls while an operation is given up does not stop it for good.
func TestScopedSweepStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, h, target := scoped(t, memory.ScopedOptions{MaxAge: time.Second, Timeout: time.Second, FlushAbandoned: true})
		release := make(chan struct{})
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message == "stalls" {
				<-release
			}
			return nil
		})
		ctx, _ := memory.Begin(t.Context())
		l.DebugContext(ctx, "stalls")
		time.Sleep(3 * time.Second)
		ctx, _ = memory.Begin(t.Context())
		l.DebugContext(ctx, "waits")
		time.Sleep(time.Minute)
		target.got(t)
		close(release)
		time.Sleep(10 * time.Second)
		target.got(t, "stalls", "waits")
		ok(t, h.Close())
	})
}
