package memory_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestFlushing(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{Options: options(t)})
	handle(t, h, "a", "b")
	target.got(t)
	counts(t, h, memory.Stats{Buffered: 2})
	handle(t, h, "c")
	target.got(t, "a", "b", "c")
	handle(t, h, "d", "!e", "f")
	target.got(t, "d", "!e")
	ok(t, h.Flush())
	target.got(t, "f")
	ok(t, h.Flush())
	target.got(t)
	handle(t, h, "g")
	ok(t, h.Close())
	target.got(t, "g")
	counts(t, h, memory.Stats{Delivered: 7})
}

func TestFlushLevel(t *testing.T) {
	var level slog.LevelVar
	level.Set(slog.LevelWarn)
	target := new(recorder)
	h := memory.NewHandler(10, target, &memory.Options{Options: options(t), FlushLevel: &level})
	log := func(l slog.Level) { ok(t, h.Handle(t.Context(), record(l, l.String()))) }
	log(slog.LevelWarn - 1)
	target.got(t)
	log(slog.LevelWarn)
	target.got(t, "INFO+3", "WARN")
	level.Set(slog.LevelError)
	log(slog.LevelWarn)
	target.got(t)
	log(slog.LevelError)
	target.got(t, "WARN", "ERROR")
}

func TestShouldFlush(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{
		Options:     options(t),
		FlushLevel:  slog.LevelInfo,
		ShouldFlush: func(ctx context.Context, r slog.Record) bool { return ctx != nil && strings.HasSuffix(r.Message, ".") },
	})
	handle(t, h, "a", "!b")
	target.got(t)
	handle(t, h, ".")
	target.got(t, "a", "!b", ".")
	handle(t, h, "c", "d", "e") // full
	target.got(t, "c", "d", "e")
}

// TestLevels: by default the target's own level decides; with one of ours, that does, and the target takes what it gets.
func TestLevels(t *testing.T) {
	target := &recorder{level: slog.LevelWarn}
	for _, test := range []struct {
		name   string
		level  slog.Leveler
		target slog.Handler
		least  slog.Level
	}{
		{"the target's", nil, target, slog.LevelWarn},
		{"no target", nil, nil, slog.LevelInfo},
		{"ours", slog.LevelDebug, target, slog.LevelDebug},
		{"ours, above", slog.LevelError, target, slog.LevelError},
		{"ours, no target", slog.LevelDebug, nil, slog.LevelDebug},
	} {
		o := memory.Options{Options: slogx.Options{Level: test.level}}
		h := memory.NewHandler(1, test.target, &o)
		for _, h := range []slog.Handler{h, h.WithGroup("g"), h.WithAttrs([]slog.Attr{slog.Int("a", 1)})} {
			if !h.Enabled(t.Context(), test.least) || h.Enabled(t.Context(), test.least-1) {
				t.Errorf("%s: the least level is not %v", test.name, test.least)
			}
		}
	}
	h := memory.NewHandler(9, target, &memory.Options{Options: options(t)})
	logger := slog.New(h)
	logger.Debug("detail")
	logger.Error("error")
	target.got(t, "detail", "error")

	h.SetTarget(nil)
	low := memory.NewHandler(9, nil, nil)
	low.SetTarget(&recorder{level: slog.LevelDebug})
	if !low.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("the level of a new target does not count")
	}
}

// TestFailingTarget keeps what was not delivered, and delivers it once and in order.
func TestFailingTarget(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{Options: errs.options()})
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "b" {
			return errDisk
		}
		return nil
	})
	handle(t, h, "a", "b")
	refused(t, h, "c", errDisk)
	target.got(t, "a")
	errs.one(t, "b", errDisk)
	counts(t, h, memory.Stats{Delivered: 1, Buffered: 2, Errors: 1})
	handle(t, h) // nothing is tried meanwhile
	errs.WantNone(t)
	refused(t, h, "d", errDisk) // full
	errs.one(t, "b", errDisk)
	if err := h.Flush(); !errors.Is(err, errDisk) {
		t.Errorf("Flush = %v", err)
	}
	errs.one(t, "b", errDisk)
	counts(t, h, memory.Stats{Delivered: 1, Buffered: 3, Errors: 3})

	target.set(nil)
	handle(t, h, "e")
	target.got(t, "b", "c", "d", "e")
	handle(t, h, "f", "g", "h", "i")
	target.got(t, "f", "g", "h")
	ok(t, h.Close())
	target.got(t, "i")
	errs.WantNone(t)
	counts(t, h, memory.Stats{Delivered: 9, Errors: 3})
}

// TestFailsAtEach lets the target fail once at each record in turn: all arrive once, in order.
func TestFailsAtEach(t *testing.T) {
	for capacity := range 5 {
		for n := range 12 {
			target := new(recorder)
			h := memory.NewHandler(capacity, target, &memory.Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
			calls := 0
			target.set(func(context.Context, slog.Record) error {
				if calls++; calls == n {
					return errDisk
				}
				return nil
			})
			var want []string
			for _, r := range "abcdefghijk" {
				want = append(want, string(r))
				_ = tryHandle(h, string(r))
			}
			_ = h.Flush()
			_ = h.Flush()
			target.got(t, want...)
			ok(t, h.Close())
		}
	}
}

func TestPassThrough(t *testing.T) {
	for _, capacity := range []int{-1, 0, 1} {
		var errs errorLog
		target := new(recorder)
		h := memory.NewHandler(capacity, target, &memory.Options{Options: errs.options()})
		handle(t, h, "a", "b")
		target.got(t, "a", "b")
		counts(t, h, memory.Stats{Delivered: 2})
		target.set(fails)
		refused(t, h, "c", errDisk)
		errs.one(t, "c", errDisk)
		counts(t, h, memory.Stats{Delivered: 2, Buffered: 1, Errors: 1})
		refused(t, h, "d", errDisk)
		errs.one(t, "c", errDisk)
		target.set(nil)
		handle(t, h, "e", "f")
		target.got(t, "c", "d", "e", "f")
		h.SetTarget(nil)
		handle(t, h, "g", "h")
		counts(t, h, memory.Stats{Delivered: 6, Buffered: 2, Errors: 2})
		h.SetTarget(target)
		handle(t, h, "i")
		target.got(t, "g", "h", "i")
		ok(t, h.Close())
		refused(t, h, "j", slogx.ErrClosed)
		errs.one(t, "j", slogx.ErrClosed)
		counts(t, h, memory.Stats{Delivered: 9, Failed: 1, Errors: 2})
	}
}

func TestSetTarget(t *testing.T) {
	first, second := new(recorder), new(recorder)
	h := memory.NewHandler(2, nil, &memory.Options{Options: options(t)})
	handle(t, h, "a", "b", "c", "!d")
	ok(t, h.Flush())
	counts(t, h, memory.Stats{Buffered: 4})
	if h.Unwrap() != nil {
		t.Error("a target where there is none")
	}
	h.SetTarget(first)
	handle(t, h, "e")
	first.got(t, "a", "b", "c", "!d", "e")
	handle(t, h, "f")
	h.SetTarget(second)
	handle(t, h, "g")
	first.got(t)
	second.got(t, "f", "g")
	if h.Unwrap() != slog.Handler(second) {
		t.Error("Unwrap does not return the target")
	}
	ok(t, h.Close())
}

// TestSetTargetMeanwhile sets another target from within the first: the delivery goes on with it.
func TestSetTargetMeanwhile(t *testing.T) {
	first, second := new(recorder), new(recorder)
	h := memory.NewHandler(3, first, &memory.Options{Options: options(t)})
	first.set(func(_ context.Context, r slog.Record) error {
		h.SetTarget(second)
		return nil
	})
	handle(t, h, "a", "b", "c")
	first.got(t, "a")
	second.got(t, "b", "c")
	second.set(func(context.Context, slog.Record) error {
		h.SetTarget(nil)
		return nil
	})
	handle(t, h, "d", "e", "f")
	second.got(t, "d")
	counts(t, h, memory.Stats{Delivered: 4, Buffered: 2})
	h.SetTarget(first)
	first.set(nil)
	ok(t, h.Close())
	first.got(t, "e", "f")
}

func TestClose(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(5, target, &memory.Options{Options: errs.options()})
	derived := h.WithGroup("g")
	handle(t, derived, "a")
	ok(t, h.Close())
	target.got(t, "a")
	for _, h := range []slog.Handler{h, derived} {
		if err := tryHandle(h, "b"); !errors.Is(err, slogx.ErrClosed) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("Handle = %v", err)
		}
		errs.one(t, "b", slogx.ErrClosed)
	}
	ok(t, h.Close())
	ok(t, h.Flush())
	h.SetTarget(nil)
	counts(t, h, memory.Stats{Delivered: 1, Failed: 2})
	target.got(t)
}

func TestDiscardOnClose(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(5, target, &memory.Options{Options: options(t), DiscardOnClose: true})
	handle(t, h, "a", "!b", "c", "d")
	ok(t, h.Close())
	target.got(t, "a", "!b")
	counts(t, h, memory.Stats{Delivered: 2, Dropped: 2})

	h = memory.NewHandler(5, target, &memory.Options{Options: options(t), DiscardOnClose: true})
	handle(t, h, "a")
	ok(t, slogx.Shutdown(t.Context(), h))
	target.got(t)
	counts(t, h, memory.Stats{Dropped: 1})
}

// TestLostAtClose: what cannot be delivered then is an error, and counted.
func TestLostAtClose(t *testing.T) {
	var errs errorLog
	o := &memory.Options{Options: errs.options()}
	target := &recorder{hook: fails}
	h := memory.NewHandler(5, target, o)
	handle(t, h, "a", "b")
	if err := h.Close(); !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "lost at Close, 2 records") {
		t.Errorf("Close = %v", err)
	}
	errs.one(t, "a", errDisk)
	counts(t, h, memory.Stats{Failed: 2, Errors: 1})
	ok(t, h.Close())
	target.set(nil)
	ok(t, h.Flush())
	target.got(t)

	h = memory.NewHandler(5, nil, o)
	handle(t, h, "a")
	if err := h.Close(); err == nil || err.Error() != "memory: lost at Close, 1 records: no target" {
		t.Errorf("Close = %v", err)
	}
	if got := errs.Take(); len(got) != 1 {
		t.Errorf("ErrorHandler got %v", got)
	}
	ok(t, memory.NewHandler(5, nil, o).Close())
}

// TestTree has package slogx close a handler and its target, derived ones once.
func TestTree(t *testing.T) {
	closed := 0
	var errs errorLog
	target := &closer{onClose: func() { closed++ }}
	h := memory.NewHandler(5, target, &memory.Options{Options: errs.options()})
	tree := slogx.Fanout(h, h.WithGroup("a"), h.WithAttrs([]slog.Attr{slog.Int("b", 1)}))
	handle(t, h, "a")
	ok(t, slogx.Flush(tree))
	target.got(t, "a")
	handle(t, h, "b")
	ok(t, slogx.Drain(tree))
	target.got(t) // it waits on purpose
	ok(t, slogx.Close(tree))
	target.got(t, "b")
	if closed != 1 {
		t.Errorf("the target was closed %d times", closed)
	}
	errs.WantNone(t)
	refused(t, h, "c", slogx.ErrClosed)
}

type closer struct {
	recorder
	onClose func()
}

func (c *closer) Close() error {
	c.onClose()
	return nil
}

func (c *closer) WithAttrs([]slog.Attr) slog.Handler { return c }
func (c *closer) WithGroup(string) slog.Handler      { return c }

// TestContext: a record keeps what its context says, but not its end.
func TestContext(t *testing.T) {
	type key struct{}
	target := new(recorder)
	var values []any
	target.set(func(ctx context.Context, r slog.Record) error {
		values = append(values, ctx.Value(key{}))
		return ctx.Err()
	})
	h := memory.NewHandler(3, target, &memory.Options{Options: options(t)})
	for i := range 3 {
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, i))
		if i < 2 {
			cancel()
		}
		ok(t, h.Handle(ctx, record(0, "m")))
		cancel()
	}
	if len(values) != 3 || values[0] != 0 || values[1] != 1 || values[2] != 2 {
		t.Errorf("contexts had %v", values)
	}
	target.set(nil)
	var none context.Context
	ok(t, h.Handle(none, record(slog.LevelError, "no context")))
}

// TestOptions are copied, and may be nil.
func TestOptions(t *testing.T) {
	o := memory.Options{FlushLevel: slog.LevelWarn, Options: options(t)}
	target := new(recorder)
	h := memory.NewHandler(5, target, &o)
	o.FlushLevel, o.MaxRecords = slog.LevelDebug, 1
	handle(t, h, "a", "b")
	target.got(t)
	if o.Timeout != 0 {
		t.Error("the options were changed")
	}
	handle(t, memory.NewHandler(1, slog.NewTextHandler(io.Discard, nil), nil), "a")
}

func TestReceivers(t *testing.T) {
	h := memory.NewHandler(5, new(recorder), nil)
	b := memory.NewBufferingHandler(5, nil, nil)
	s := memory.NewScoped(new(recorder), nil)
	for _, h := range []slog.Handler{h, b, s, h.WithGroup("g"), b.WithGroup("g"), s.WithGroup("g")} {
		if h.WithGroup("") != h || h.WithAttrs(nil) != h || h.WithAttrs([]slog.Attr{}) != h {
			t.Errorf("%T: not the receiver", h)
		}
	}
}
