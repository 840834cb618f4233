package memory_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestTargetThatLogs logs through the handler that is giving it a record. That is delivered afterwards, when it is due.
func TestTargetThatLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting would show
		start := time.Now()
		target := new(recorder)
		h := memory.NewHandler(3, target, &memory.Options{Options: options(t)})
		target.set(func(_ context.Context, r slog.Record) error {
			if !strings.HasPrefix(r.Message, "inner") {
				handle(t, h, "inner "+r.Message)
				handle(t, h.WithGroup("g"), "inner too")
			}
			return nil
		})
		handle(t, h, "a", "!b")
		target.got(t, "a", "!b", "inner a", "inner too", "inner !b", "inner too")
		handle(t, h, "!c")
		target.got(t, "!c")
		counts(t, h, memory.Stats{Delivered: 7, Buffered: 2})
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message == "d" {
				handle(t, h, "last")
				ok(t, h.Flush())
			}
			return nil
		})
		handle(t, h, "d")
		target.got(t, "inner !c", "inner too", "d", "last")
		ok(t, h.Close())
		counts(t, h, memory.Stats{Delivered: 11})
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestTargetThatAlwaysLogs logs an error with each record that it is given: nobody is kept there for ever.
func TestTargetThatAlwaysLogs(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{Options: options(t)})
	target.set(func(_ context.Context, r slog.Record) error {
		handle(t, h, "!again")
		return nil
	})
	l, s, scopedTarget := scoped(t, memory.ScopedOptions{})
	ctx, op := memory.Begin(t.Context())
	scopedTarget.set(func(context.Context, slog.Record) error {
		l.ErrorContext(ctx, "again")
		return nil
	})
	testkit.Within(t, func() {
		handle(t, h, "!a")
		l.ErrorContext(ctx, "a")
	})
	if got := h.Stats(); got.Delivered < 2 || got.Delivered > 20 || got.Buffered != 1 {
		t.Errorf("%+v", got)
	}
	if got := s.Stats(); got.Delivered < 2 || got.Delivered > 20 || got.Buffered != 1 {
		t.Errorf("%+v", got)
	}
	target.set(nil)
	scopedTarget.set(nil)
	op.End(nil)
	ok(t, h.Close())
	ok(t, s.Close())
	if h.Stats().Failed+s.Stats().Failed != 0 {
		t.Errorf("lost something: %+v, %+v", h.Stats(), s.Stats())
	}
}

// TestTwoHandlers deliver to each other's target at the same time: neither waits for the other.
func TestTwoHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		targetA, targetB := new(recorder), new(recorder)
		a := memory.NewHandler(2, targetA, &memory.Options{Options: options(t)})
		b := memory.NewHandler(2, targetB, &memory.Options{Options: options(t)})
		var both sync.WaitGroup
		both.Add(2)
		crossing := func(other slog.Handler) func(context.Context, slog.Record) error {
			return func(_ context.Context, r slog.Record) error {
				if r.Message == "!first" {
					both.Done()
					both.Wait()
					handle(t, other, "!crossing")
				}
				return nil
			}
		}
		targetA.set(crossing(b))
		targetB.set(crossing(a))
		var wg sync.WaitGroup
		wg.Go(func() { handle(t, a, "!first") })
		wg.Go(func() { handle(t, b, "!first") })
		wg.Wait()
		targetA.got(t, "!first", "!crossing")
		targetB.got(t, "!first", "!crossing")
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestTargetThatWaits for another goroutine that logs: no lock is held.
func TestTargetThatWaits(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{Options: options(t)})
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "b" {
			var wg sync.WaitGroup
			wg.Go(func() {
				handle(t, h, "elsewhere")
				h.SetTarget(target)
				h.Stats()
				h.Enabled(t.Context(), slog.LevelInfo)
			})
			wg.Wait()
		}
		return nil
	})
	testkit.Within(t, func() {
		handle(t, h, "a", "b", "c")
		ok(t, h.Close())
	})
	target.got(t, "a", "b", "c", "elsewhere")
}

// TestPassThroughNested: with capacity 1 it is as if the target were called directly.
func TestPassThroughNested(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(1, target, &memory.Options{Options: options(t)})
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "a" {
			handle(t, h, "inner")
		}
		return nil
	})
	testkit.Within(t, func() { handle(t, h, "a", "b") })
	target.got(t, "inner", "a", "b")
	ok(t, h.Close())
}

// TestTargetThatCloses closes the handler that is giving it a record: what is buffered is still delivered.
func TestTargetThatCloses(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{Options: errs.options()})
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "a" {
			handle(t, h, "inner")
			ok(t, h.Close())
			refused(t, h, "late", slogx.ErrClosed)
		}
		return nil
	})
	testkit.Within(t, func() { handle(t, h, "a", "b", "c") })
	target.got(t, "a", "b", "c", "inner")
	errs.one(t, "late", slogx.ErrClosed)
	counts(t, h, memory.Stats{Delivered: 4, Failed: 1})
}

// TestErrorHandlerThatLogs through the handler that has failed is not told of what that leads to.
func TestErrorHandlerThatLogs(t *testing.T) {
	target := &recorder{hook: fails}
	told := 0
	var h slog.Handler
	o := slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) {
		told++
		_ = tryHandle(h, "!told")
	}}
	h = memory.NewHandler(2, target, &memory.Options{Options: o})
	testkit.Within(t, func() {
		handle(t, h, "a")
		refused(t, h, "b", errDisk)
	})
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// TestPanics: a panic of user code is an error like another. What it kept from the target is delivered later.
func TestPanics(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(2, target, &memory.Options{Options: errs.options()})
	target.set(func(context.Context, slog.Record) error { panic(errDisk) })
	handle(t, h, "a")
	refused(t, h, "b", errDisk)
	errs.one(t, "a", errDisk)
	target.set(func(context.Context, slog.Record) error { panic("no error") })
	if err := h.Flush(); err == nil || err.Error() != "panic: no error" {
		t.Errorf("Flush = %v", err)
	}
	errs.Take()
	target.set(nil)
	ok(t, h.Flush())
	target.got(t, "a", "b")
	errs.WantNone(t)

	// with ShouldFlush, which flushes then
	h = memory.NewHandler(9, target, &memory.Options{
		Options:     errs.options(),
		ShouldFlush: func(context.Context, slog.Record) bool { panic(errDisk) },
	})
	refused(t, h, "c", errDisk)
	errs.one(t, "c", errDisk)
	target.got(t, "c")

	// with levels, which count as reached then
	h = memory.NewHandler(9, target, &memory.Options{
		Options: slogx.Options{ErrorHandler: errs.Handle, Level: panicLevel{}}, FlushLevel: panicLevel{},
	})
	if !h.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("not enabled")
	}
	handle(t, h, "d")
	target.got(t, "d")
	errs.WantNone(t)

	// with the ErrorHandler
	h = memory.NewHandler(1, &recorder{hook: fails}, &memory.Options{Options: slogx.Options{
		ErrorHandler: func(context.Context, slog.Record, error) { panic("ErrorHandler's") },
	}})
	if err := tryHandle(h, "e"); !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "ErrorHandler's") {
		t.Errorf("Handle = %v", err)
	}
}

type panicLevel struct{}

func (panicLevel) Level() slog.Level { panic("level") }

// TestPanickingTarget panics in all its methods.
func TestPanickingTarget(t *testing.T) {
	var errs errorLog
	h := memory.NewHandler(2, panicker{}, &memory.Options{Options: errs.options()})
	s := memory.NewScoped(panicker{}, &memory.ScopedOptions{Options: errs.options()})
	for _, h := range []slog.Handler{h, s} {
		if !h.Enabled(t.Context(), slog.LevelDebug) {
			t.Errorf("%T: not enabled", h)
		}
		derived := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
		if got := errs.Take(); len(got) != 2 || got[0].Error() != "panic: WithGroup" || got[1].Error() != "panic: WithAttrs" {
			t.Errorf("%T: ErrorHandler got %v", h, got)
		}
		if err := tryHandle(derived, "!m"); err == nil || err.Error() != "panic: Handle" {
			t.Errorf("%T: Handle = %v", h, err)
		}
		if got := errs.Take(); len(got) != 1 {
			t.Errorf("%T: ErrorHandler got %v", h, got)
		}
	}
	// A target that is well gets all that the chain says.
	var b testkit.Buffer
	derived := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
	errs.Take()
	h.SetTarget(slogx.Text(&b, nil))
	handle(t, derived, "!n")
	if got := b.Take(); !strings.HasSuffix(got, "level=ERROR msg=!n g.a=1\n") {
		t.Errorf("got %q", got)
	}
}

type panicker struct{}

func (panicker) Enabled(context.Context, slog.Level) bool  { panic("Enabled") }
func (panicker) Handle(context.Context, slog.Record) error { panic("Handle") }
func (panicker) WithAttrs([]slog.Attr) slog.Handler        { panic("WithAttrs") }
func (panicker) WithGroup(string) slog.Handler             { panic("WithGroup") }

// TestReportedByTarget: what the target's own ErrorHandler has been told, ours is not told again, but what we lose by it.
func TestReportedByTarget(t *testing.T) {
	var inner, outer errorLog
	o := slogx.Options{ErrorHandler: inner.Handle, Level: slog.LevelDebug}
	full := slogx.NewStreamHandler(fullDisk{}, &slogx.StreamOptions{Options: o})
	h := memory.NewHandler(2, full, &memory.Options{Options: outer.options(), MaxRecords: 2})
	handle(t, h, "a")
	refused(t, h, "b", errDisk)
	inner.one(t, "a", errDisk)
	outer.WantNone(t)
	refused(t, h, "c", memory.ErrFull)
	inner.one(t, "a", errDisk)
	outer.one(t, "a", memory.ErrFull)
	if err := h.Close(); !errors.Is(err, errDisk) {
		t.Errorf("Close = %v", err)
	}
	inner.one(t, "b", errDisk)
	outer.one(t, "b", errDisk)

	o = slogx.Options{ErrorHandler: outer.Handle, Level: slog.LevelInfo}
	s := memory.NewScoped(full, &memory.ScopedOptions{Options: o})
	ctx, op := memory.Begin(t.Context())
	ok(t, s.Handle(ctx, record(slog.LevelDebug, "d")))
	op.End(errDisk)
	inner.one(t, "d", errDisk)
	outer.WantNone(t)
	if err := s.Close(); !errors.Is(err, errDisk) {
		t.Errorf("Close = %v", err)
	}
	inner.one(t, "d", errDisk)
	outer.one(t, "d", errDisk)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errDisk }

// TestDeepTarget logs from far down: who delivers is found however deep the stack is.
func TestDeepTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting would show
		start := time.Now()
		target := new(recorder)
		h := memory.NewHandler(2, target, &memory.Options{Options: options(t)})
		var deep func(int, func())
		deep = func(levels int, f func()) {
			if levels == 0 {
				f()
				return
			}
			deep(levels-1, f)
		}
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message[0] == '!' {
				deep(300, func() { handle(t, h, "inner", "inner") })
			}
			return nil
		})
		deep(300, func() { handle(t, h, "!a") })
		target.got(t, "!a", "inner", "inner")
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestGoexit: a target that ends the goroutine, as a test's FailNow does, takes neither the turn nor the record with it.
func TestGoexit(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	exit := func(context.Context, slog.Record) error {
		runtime.Goexit()
		return nil
	}
	h := memory.NewHandler(2, target, &memory.Options{Options: errs.options()})
	l, s, scopedTarget := scoped(t, memory.ScopedOptions{})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "c")
	target.set(exit)
	scopedTarget.set(exit)
	var wg sync.WaitGroup
	wg.Go(func() { handle(t, h, "a", "b") })
	wg.Go(op.Fail)
	wg.Wait()
	counts(t, h, memory.Stats{Buffered: 2, Errors: 1})
	target.set(nil)
	scopedTarget.set(nil)
	testkit.Within(t, func() {
		ok(t, h.Close())
		op.End(nil)
		ok(t, s.Close())
	})
	target.got(t, "a", "b")
	scopedTarget.got(t, "c")
	errs.WantNone(t)
}

// What a target that ends the goroutine keeps from the end of an operation is done all the same: what is to be delivered is
// late, and the details vanish.
func TestGoexitAtTheEnd(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{InOrder: true})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "detail")
	l.InfoContext(ctx, "a")
	l.DebugContext(ctx, "another")
	target.set(func(context.Context, slog.Record) error { runtime.Goexit(); return nil })
	var wg sync.WaitGroup
	wg.Go(func() { op.End(nil) })
	wg.Wait()
	scopedCounts(t, h, memory.ScopedStats{Buffered: 1, Discarded: 2, Errors: 1})
	target.set(nil)
	ok(t, h.Flush())
	target.got(t, "a")
	ok(t, h.Close())
}

// An ErrorHandler, or a target, that ends the goroutine of the timer keeps no operation from being given up.
func TestGoexitWhileGivenUp(t *testing.T) {
	for _, flush := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l, h, target := scoped(t, memory.ScopedOptions{
				MaxAge: time.Minute, FlushAbandoned: flush,
				Options: slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) { runtime.Goexit() }},
			})
			for range 3 {
				ctx, _ := memory.Begin(t.Context())
				l.DebugContext(ctx, "detail")
			}
			target.set(func(context.Context, slog.Record) error { runtime.Goexit(); return nil })
			time.Sleep(3 * time.Minute)
			synctest.Wait()
			want := memory.ScopedStats{Dropped: 3, Abandoned: 3}
			if flush {
				want = memory.ScopedStats{Buffered: 3, Abandoned: 3, Errors: 3}
			}
			scopedCounts(t, h, want)
			target.set(nil)
			ok(t, h.Close())
		})
	}
}

// A context that panics when it is asked late costs nothing but its values.
func TestContextThatPanics(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(10, target, &memory.Options{Options: errs.options()})
	l, s, scopedTarget := scoped(t, memory.ScopedOptions{})
	ctx, op := memory.Begin(t.Context())
	ctx = &recycled{ctx}
	ok(t, h.Handle(ctx, slog.NewRecord(time.Time{}, slog.LevelInfo, "a", 0)))
	l.DebugContext(ctx, "b")
	op.Fail()
	ok(t, h.Close())
	ok(t, s.Close())
	target.got(t, "a")
	scopedTarget.got(t, "b")
	errs.WantNone(t)
}

type recycled struct{ context.Context }

func (*recycled) Done() <-chan struct{} { panic("recycled") }
