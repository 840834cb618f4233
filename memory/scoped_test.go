package memory_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// scoped returns a ScopedHandler on a target at Info, and its target.
func scoped(t *testing.T, o memory.ScopedOptions) (*slog.Logger, *memory.ScopedHandler, *recorder) {
	target := &recorder{level: slog.LevelInfo}
	if o.ErrorHandler == nil {
		o.ErrorHandler = testkit.NoErrors(t)
	}
	h := memory.NewScoped(target, &o)
	return slog.New(h), h, target
}

func TestScoped(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{})
	l.Debug("outside")
	l.Info("info outside")
	target.got(t, "info outside")

	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "detail of a good one")
	l.InfoContext(ctx, "info of a good one")
	l.Debug("no context")
	target.got(t, "info of a good one")
	scopedCounts(t, h, memory.ScopedStats{Delivered: 2, Buffered: 1, Operations: 1})
	op.End(nil)
	target.got(t)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 2, Discarded: 1})

	ctx, op = memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.InfoContext(ctx, "b")
	l.DebugContext(ctx, "c")
	op.End(errDisk)
	target.got(t, "b", "a", "c")
	scopedCounts(t, h, memory.ScopedStats{Delivered: 5, Discarded: 1})
	l.DebugContext(ctx, "late")
	l.InfoContext(ctx, "late info")
	op.Fail()
	op.End(errDisk)
	target.got(t, "late info")
	ok(t, h.Close())
}

// TestScopedError: an error brings out what was before it, and all that follows comes at once.
func TestScopedError(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.DebugContext(ctx, "b")
	l.ErrorContext(ctx, "!c")
	target.got(t, "a", "b", "!c")
	l.DebugContext(ctx, "d")
	target.got(t, "d")
	l.InfoContext(ctx, "e")
	target.got(t, "e")
	l.ErrorContext(ctx, "!f")
	target.got(t, "!f")
	op.End(nil)
	target.got(t)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 6})
	l.ErrorContext(ctx, "!outside")
	target.got(t, "!outside")
}

func TestScopedFail(t *testing.T) {
	l, _, target := scoped(t, memory.ScopedOptions{})
	ctx, op := memory.Begin(t.Context())
	op.Fail()
	l.DebugContext(ctx, "a")
	target.got(t, "a")
	op.End(nil)
	l.DebugContext(ctx, "b")
	target.got(t)

	ctx, _ = memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	memory.FromContext(ctx).Fail()
	target.got(t, "a")

	memory.FromContext(t.Context()).Fail() // none: nothing happens
	var none context.Context
	memory.FromContext(none).End(nil)
}

func TestScopedLevels(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{
		Options: slogx.Options{Level: slog.LevelWarn}, BufferLevel: slog.LevelInfo, FlushLevel: slog.LevelError + 4,
	})
	ctx, op := memory.Begin(t.Context())
	for level, want := range map[slog.Level][2]bool{ // outside, within
		slog.LevelDebug: {false, false}, slog.LevelInfo: {false, true}, slog.LevelWarn: {true, true}, slog.LevelError: {true, true},
	} {
		if h.Enabled(t.Context(), level) != want[0] || h.Enabled(ctx, level) != want[1] {
			t.Errorf("%v: enabled outside, within: %v, %v", level, h.Enabled(t.Context(), level), h.Enabled(ctx, level))
		}
	}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} { // as one may call it
		for _, ctx := range []context.Context{t.Context(), ctx} {
			ok(t, h.Handle(ctx, record(level, level.String())))
		}
	}
	target.got(t, "WARN", "WARN", "ERROR", "ERROR")
	l.Log(ctx, slog.LevelError+4, "fatal")
	target.got(t, "INFO", "fatal")
	op.End(nil)
	if h.Enabled(ctx, slog.LevelInfo) {
		t.Error("enabled though the operation has ended")
	}
	scopedCounts(t, h, memory.ScopedStats{Delivered: 6})
	ok(t, h.Handle(ctx, record(slog.LevelInfo, "late")))
	target.got(t)
}

// TestScopedInOrder: what is delivered in any case waits for the end, and details are where they belong.
func TestScopedInOrder(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{InOrder: true})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.InfoContext(ctx, "b")
	l.DebugContext(ctx, "c")
	l.WarnContext(ctx, "d")
	l.Info("outside")
	target.got(t, "outside")
	op.End(nil)
	target.got(t, "b", "d")
	scopedCounts(t, h, memory.ScopedStats{Delivered: 3, Discarded: 2})

	ctx, op = memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.InfoContext(ctx, "b")
	l.DebugContext(ctx, "c")
	op.End(errDisk)
	target.got(t, "a", "b", "c")

	ctx, op = memory.Begin(t.Context())
	l.InfoContext(ctx, "a")
	l.DebugContext(ctx, "b")
	l.ErrorContext(ctx, "!c")
	target.got(t, "a", "b", "!c")
	l.InfoContext(ctx, "d")
	target.got(t, "d")
	op.End(nil)
}

func TestNested(t *testing.T) {
	l, h, target := scoped(t, memory.ScopedOptions{})
	outer, outerOp := memory.Begin(t.Context())
	l.DebugContext(outer, "outer 1")

	inner, op := memory.Begin(outer)
	l.DebugContext(inner, "bad 1")
	l.DebugContext(outer, "outer 2")
	l.DebugContext(inner, "bad 2")
	op.End(errDisk) // by itself
	target.got(t, "bad 1", "bad 2")
	l.DebugContext(inner, "outer 3") // part of the outer one now
	op.Fail()
	op.End(errDisk)

	inner, op = memory.Begin(outer)
	l.DebugContext(inner, "good 1")
	innermost, op2 := memory.Begin(inner)
	l.DebugContext(innermost, "good 2")
	op2.End(nil)
	op.End(nil)
	target.got(t)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 2, Buffered: 5, Operations: 1})

	l.DebugContext(outer, "outer 4")
	outerOp.End(errDisk)
	target.got(t, "outer 1", "outer 2", "outer 3", "good 1", "good 2", "outer 4")

	// One that goes on after the outer has ended is outside of everything.
	outer, outerOp = memory.Begin(t.Context())
	inner, op = memory.Begin(outer)
	l.DebugContext(inner, "a")
	outerOp.End(nil)
	l.DebugContext(inner, "b")
	op.End(errDisk)
	target.got(t)

	// A failure of the outer one is one of the inner, too.
	outer, outerOp = memory.Begin(t.Context())
	inner, op = memory.Begin(outer)
	l.DebugContext(inner, "a")
	outerOp.Fail()
	target.got(t, "a")
	l.DebugContext(inner, "b")
	target.got(t, "b")
	op.End(nil)
	outerOp.End(nil)

	// An error in the inner one leaves the outer alone.
	outer, outerOp = memory.Begin(t.Context())
	inner, op = memory.Begin(outer)
	l.DebugContext(outer, "a")
	l.DebugContext(inner, "b")
	l.ErrorContext(inner, "!c")
	target.got(t, "b", "!c")
	op.End(nil)
	outerOp.End(nil)
	target.got(t)
}

func TestDo(t *testing.T) {
	l, _, target := scoped(t, memory.ScopedOptions{})
	run := func(err error) error {
		return memory.Do(t.Context(), func(ctx context.Context) error {
			l.DebugContext(ctx, "detail")
			return err
		})
	}
	ok(t, run(nil))
	target.got(t)
	if err := run(errDisk); !errors.Is(err, errDisk) {
		t.Errorf("Do = %v", err)
	}
	target.got(t, "detail")

	func() {
		defer func() {
			if p := recover(); p != "no" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = memory.Do(t.Context(), func(ctx context.Context) error {
			l.DebugContext(ctx, "before the panic")
			panic("no")
		})
	}()
	target.got(t, "before the panic")
}

// TestTwoScopedHandlers share an operation; each keeps its own records.
func TestTwoScopedHandlers(t *testing.T) {
	first, second := &recorder{level: slog.LevelInfo}, &recorder{level: slog.LevelInfo}
	o := slogx.Options{ErrorHandler: testkit.NoErrors(t)}
	a := memory.NewScoped(first, &memory.ScopedOptions{Options: o})
	b := memory.NewScoped(second, &memory.ScopedOptions{Options: o, FlushLevel: slog.LevelError + 1})
	both := slog.New(slogx.Fanout(a, b))
	ctx, op := memory.Begin(t.Context())
	both.DebugContext(ctx, "a")
	slog.New(b).DebugContext(ctx, "b only")
	both.ErrorContext(ctx, "!c") // severe for one, so the operation has failed
	first.got(t, "a", "!c")
	second.got(t, "a", "b only", "!c")
	both.DebugContext(ctx, "d")
	op.End(nil)
	first.got(t, "d")
	second.got(t, "d")
}

// TestScopedTargetFails: what is due is kept, and delivered once, with whatever the target takes next.
func TestScopedTargetFails(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{Options: errs.options()})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.DebugContext(ctx, "b")
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message != "a" {
			return errDisk
		}
		return nil
	})
	if err := h.Handle(ctx, record(slog.LevelError, "!c")); !errors.Is(err, errDisk) {
		t.Errorf("Handle = %v", err)
	}
	errs.one(t, "b", errDisk)
	target.got(t, "a")
	l.DebugContext(ctx, "d")
	errs.one(t, "b", errDisk)
	target.set(nil)
	l.DebugContext(ctx, "e")
	target.got(t, "b", "!c", "d", "e")
	target.set(fails)
	l.DebugContext(ctx, "f")
	errs.one(t, "f", errDisk)
	op.End(nil)
	errs.one(t, "f", errDisk)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 5, Buffered: 1, Errors: 4})

	l.Info("outside") // is not kept
	errs.one(t, "outside", errDisk)
	if err := h.Flush(); !errors.Is(err, errDisk) {
		t.Errorf("Flush = %v", err)
	}
	errs.one(t, "f", errDisk)
	target.set(nil)
	l.Info("outside again")
	target.got(t, "outside again", "f")
	scopedCounts(t, h, memory.ScopedStats{Delivered: 7, Failed: 1, Errors: 5})

	// with the next that fails
	lose := func(msg string) {
		ctx, op := memory.Begin(t.Context())
		l.DebugContext(ctx, msg)
		op.End(errDisk)
	}
	target.set(fails)
	lose("g")
	lose("h")
	errs.Take()
	target.set(nil)
	lose("i")
	target.got(t, "i", "g", "h")
	// with Flush, and with Close
	target.set(fails)
	lose("j")
	target.set(nil)
	ok(t, h.Flush())
	target.got(t, "j")
	target.set(fails)
	lose("k")
	target.set(nil)
	ok(t, h.Close())
	target.got(t, "k")
}

// TestScopedRefused: a record that the target never takes is not in the way for ever.
func TestScopedRefused(t *testing.T) {
	var errs errorLog
	l, h, target := scoped(t, memory.ScopedOptions{Options: errs.options()})
	target.set(func(_ context.Context, r slog.Record) error {
		if strings.HasPrefix(r.Message, "poison") {
			return errDisk
		}
		return nil
	})
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "poison")
	l.DebugContext(ctx, "b")
	op.End(errDisk)
	errs.one(t, "poison", errDisk)
	for _, msg := range []string{"1", "2", "3"} {
		l.Info(msg)
		target.got(t, msg)
		errs.one(t, "poison", errDisk)
	}
	l.Info("4")
	target.got(t, "4", "b")
	errs.WantNone(t)
	scopedCounts(t, h, memory.ScopedStats{Delivered: 5, Failed: 1, Errors: 4})
}

func TestScopedClose(t *testing.T) {
	var errs errorLog
	for _, flush := range []bool{false, true} {
		l, h, target := scoped(t, memory.ScopedOptions{FlushAbandoned: flush, Options: errs.options()})
		ctx, op := memory.Begin(t.Context())
		l.DebugContext(ctx, "a")
		ok(t, h.Close())
		if flush {
			target.got(t, "a")
			scopedCounts(t, h, memory.ScopedStats{Delivered: 1, Abandoned: 1})
		} else {
			target.got(t)
			scopedCounts(t, h, memory.ScopedStats{Dropped: 1, Abandoned: 1})
		}
		errs.WantNone(t)
		for _, ctx := range []context.Context{ctx, t.Context()} {
			if err := h.Handle(ctx, record(slog.LevelError, "b")); !errors.Is(err, slogx.ErrClosed) {
				t.Errorf("Handle = %v", err)
			}
			errs.one(t, "b", slogx.ErrClosed)
		}
		op.End(errDisk)
		target.got(t)
		ok(t, h.Close())
		ok(t, h.Flush())
		errs.WantNone(t)
	}

	l, h, target := scoped(t, memory.ScopedOptions{Options: errs.options()})
	target.set(fails)
	ctx, op := memory.Begin(t.Context())
	l.DebugContext(ctx, "a")
	l.DebugContext(ctx, "b")
	op.End(errDisk)
	errs.one(t, "a", errDisk)
	if err := h.Close(); !errors.Is(err, errDisk) || err.Error() != "memory: lost at Close, 2 records: disk full" {
		t.Errorf("Close = %v", err)
	}
	errs.one(t, "a", errDisk)
	scopedCounts(t, h, memory.ScopedStats{Failed: 2, Errors: 2})

	ok(t, memory.NewScoped(nil, nil).Close())
	if memory.NewScoped(nil, nil).Enabled(t.Context(), slog.LevelError) {
		t.Error("enabled without a target")
	}
}
