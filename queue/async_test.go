package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// newAsync returns an AsyncHandler that is closed in the end, and whose errors, unless opts has a handler for them, fail t.
func newAsync(t testing.TB, target slog.Handler, opts AsyncOptions) *AsyncHandler {
	t.Helper()
	if opts.ErrorHandler == nil {
		opts.ErrorHandler = testkit.NoErrors(t)
	}
	if opts.CloseTimeout == 0 {
		opts.CloseTimeout = time.Minute // the machine may be busy
	}
	if opts.BlockTimeout == 0 {
		opts.BlockTimeout = -1
	}
	h := Async(target, &opts)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestAsync(t *testing.T) {
	out := &recorder{}
	h := Async(out, nil)
	wantEqual(t, h.opts.Capacity, 8192)
	if h.Unwrap() != slog.Handler(out) {
		t.Error("Unwrap is not the target")
	}
	handle(t, h, numbers(1, 1000)...)
	must(t, h.Close())
	must(t, h.Close())
	wantEqual(t, out.messages(), numbers(1, 1000))
	wantEqual(t, h.Stats(), Stats{Handled: 1000, Delivered: 1000})
	if out.drains.Load() == 0 {
		t.Error("Close does not drain")
	}
}

// TestNothing: what has nowhere to put records panics when it is made, as slog.New does, and not when something is logged.
func TestNothing(t *testing.T) {
	for want, f := range map[string]func(){
		"queue: Async: nil target":      func() { Async(nil, nil) },
		"queue: NewHandler: nil Queue":  func() { NewHandler(nil, nil) },
		"queue: NewListener: nil Queue": func() { NewListener(nil, nil) },
		"queue: Chan: nil channel":      func() { Chan(nil) },
	} {
		func() {
			defer func() {
				if p := recover(); p != want {
					t.Errorf("panic: %v, want %s", p, want)
				}
			}()
			f()
		}()
	}
}

// There is no goroutine before the first record, one then, and none after Close.
func TestAsyncGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := inBubble(t)
		h := newAsync(t, &recorder{}, AsyncOptions{})
		_, _ = h.WithGroup("g"), h.Enabled(context.Background(), slog.LevelInfo)
		if n := inBubble(t) - before; n != 0 {
			t.Errorf("%d goroutines before the first record", n)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { handle(t, h.WithGroup("g"), "m") })
		}
		wg.Wait()
		synctest.Wait()
		if n := inBubble(t) - before; n != 1 {
			t.Errorf("%d goroutines", n)
		}
		must(t, h.Close())
		synctest.Wait()
		if n := inBubble(t) - before; n != 0 {
			t.Errorf("%d goroutines after Close", n)
		}
	})
}

// inBubble counts the goroutines of the synctest bubble: others, of tests that are over, may still be on their way out.
func inBubble(t *testing.T) int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	head, _, _ := bytes.Cut(stacks, []byte("]:")) // goroutine 7 [running, synctest bubble 6]:
	_, bubble, ok := bytes.Cut(head, []byte(", synctest bubble "))
	if !ok {
		t.Fatalf("no bubble in %q", head)
	}
	return bytes.Count(stacks, fmt.Appendf(nil, ", synctest bubble %s]", bubble))
}

func TestAsyncDerivation(t *testing.T) {
	h := newAsync(t, &recorder{}, AsyncOptions{})
	if h.WithGroup("") != slog.Handler(h) || h.WithAttrs(nil) != slog.Handler(h) || h.WithAttrs([]slog.Attr{}) != slog.Handler(h) {
		t.Error("not the receiver")
	}
	if h.WithGroup("g").(*AsyncHandler).Sink() != h.Sink() {
		t.Error("another sink")
	}
	q := NewHandler(NewRing(1, nil), nil)
	if q.WithGroup("") != slog.Handler(q) || q.WithAttrs(nil) != slog.Handler(q) {
		t.Error("not the receiver")
	}
}

// Siblings that are derived from the same handler share nothing.
func TestAsyncSiblings(t *testing.T) {
	var b bytes.Buffer
	h := newAsync(t, slogx.Text(&b, nil), AsyncOptions{})
	base := h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").WithGroup("h")
	x, y := base.WithGroup("x"), base.WithGroup("y")
	attrs := []slog.Attr{slog.Int("b", 2)}
	x2, y2 := x.WithAttrs(attrs), y.WithAttrs(attrs)
	attrs[0] = slog.Int("changed", 0)
	for _, h := range []slog.Handler{base, x, y, x2, y2} {
		r := info("m")
		r.AddAttrs(slog.Int("c", 3))
		must(t, h.Handle(context.Background(), r))
	}
	must(t, h.Close())
	wantEqual(t, b.String(), "level=INFO msg=m a=1 g.h.c=3\nlevel=INFO msg=m a=1 g.h.x.c=3\nlevel=INFO msg=m a=1 g.h.y.c=3\n"+
		"level=INFO msg=m a=1 g.h.x.b=2 g.h.x.c=3\nlevel=INFO msg=m a=1 g.h.y.b=2 g.h.y.c=3\n")
}

// The target is asked at the time of the call, and what it has let in then comes out, whatever its level is by that time.
func TestAsyncLevelOfTheCall(t *testing.T) {
	var level slog.LevelVar
	var b bytes.Buffer
	held := make(chan struct{})
	target := slogx.Text(&b, &slog.HandlerOptions{Level: &level})
	h := newAsync(t, slogx.Chain(target, slogx.Filter(func(_ context.Context, r slog.Record) bool {
		<-held
		return true
	})), AsyncOptions{})
	logger := slog.New(h)
	level.Set(slog.LevelDebug)
	logger.Debug("1")
	logger.Debug("2")
	level.Set(slog.LevelError)
	logger.Info("3")
	close(held)
	must(t, h.Close())
	if got := b.String(); !strings.Contains(got, "msg=1") || !strings.Contains(got, "msg=2") || strings.Contains(got, "msg=3") {
		t.Errorf("%q", got)
	}
}

// AsyncOptions.Level and that of the target: a record has to pass both.
func TestAsyncLevels(t *testing.T) {
	for _, tt := range []struct {
		async  slog.Leveler
		target slog.Level
		want   string
	}{
		{nil, slog.LevelDebug, "DIWE"},
		{nil, slog.LevelWarn, "WE"},
		{slog.LevelError, slog.LevelDebug, "E"},
		{slog.LevelDebug, slog.LevelWarn, "WE"},
		{new(slog.LevelVar), slog.LevelDebug, "IWE"},
		{panics{}, slog.LevelWarn, "WE"},
	} {
		var b bytes.Buffer
		o := &slog.HandlerOptions{Level: tt.target, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key != slog.MessageKey {
				return slog.Attr{}
			}
			return a
		}}
		h := newAsync(t, slogx.Text(&b, o), AsyncOptions{Options: slogx.Options{Level: tt.async}})
		logger := slog.New(h)
		logger.Debug("D")
		logger.Info("I")
		logger.Warn("W")
		logger.Error("E")
		must(t, h.Close())
		got := strings.NewReplacer("msg=", "", "\n", "", " ", "").Replace(b.String())
		if got != tt.want {
			t.Errorf("%v, target %v: %s, want %s", tt.async, tt.target, got, tt.want)
		}
	}
}

// panics is a Leveler, and a target's Enabled, that panics.
type panics struct{}

func (panics) Level() slog.Level { panic("Level") }

// An Enabled that panics costs no record.
func TestAsyncEnabledPanics(t *testing.T) {
	out := &recorder{}
	h := newAsync(t, enabledFunc{out, func() bool { panic("Enabled") }}, AsyncOptions{})
	slog.New(h).Debug("m")
	must(t, h.Close())
	wantEqual(t, out.messages(), []string{"m"})
	q := NewRing(1, nil)
	slog.New(NewHandler(q, &Options{Options: slogx.Options{Level: panics{}}})).Debug("m")
	wantEqual(t, empty(t, q), []string{"m"})
}

// A derived handler is enabled for what the target derived likewise is.
func TestAsyncEnabledOfDerived(t *testing.T) {
	var b bytes.Buffer
	h := newAsync(t, verbose{slogx.Text(&b, &slog.HandlerOptions{Level: slog.LevelDebug}), slog.LevelInfo}, AsyncOptions{})
	root := slog.New(h)
	root.Debug("1")
	root.WithGroup("db").Debug("2")
	root.WithGroup("db").With("a", 1).WithGroup("pool").Debug("3")
	must(t, h.Close())
	if got := b.String(); strings.Contains(got, "msg=1") || !strings.Contains(got, "msg=2") || !strings.Contains(got, "msg=3") {
		t.Errorf("%q", got)
	}
}

// In front of our own handlers Enabled follows their level, also when that changes.
func TestAsyncEnabledAsTheTarget(t *testing.T) {
	var changed slog.LevelVar
	var none *slog.LevelVar
	for name, tt := range map[string]struct {
		level slog.Leveler
		want  []bool // of debug, info and warn, before and after the LevelVar goes from info to warn
	}{
		"default":  {nil, []bool{false, true, true, false, true, true}},
		"constant": {slog.LevelWarn, []bool{false, false, true, false, false, true}},
		"changed":  {&changed, []bool{false, true, true, false, false, true}},
		"none":     {none, []bool{true, true, true, true, true, true}}, // it panics
	} {
		changed.Set(slog.LevelInfo)
		opts := slogx.Options{Level: tt.level, ErrorHandler: slogx.IgnoreErrors}
		target := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: opts})
		h := newAsync(t, target, AsyncOptions{}).WithGroup("g")
		var got, asked []bool
		for range 2 {
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn} {
				got = append(got, h.Enabled(context.Background(), level))
				asked = append(asked, target.Enabled(context.Background(), level))
			}
			changed.Set(slog.LevelWarn)
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(asked, tt.want) {
			t.Errorf("%s: %v, of the target %v, want %v", name, got, asked, tt.want)
		}
	}
}

// verbose is a handler with a level of its own in groups.
type verbose struct {
	slog.Handler
	level slog.Level
}

func (h verbose) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }
func (h verbose) WithAttrs(a []slog.Attr) slog.Handler {
	return verbose{h.Handler.WithAttrs(a), h.level}
}

func (h verbose) WithGroup(name string) slog.Handler {
	return verbose{h.Handler.WithGroup(name), slog.LevelDebug}
}

// What WithAttrs gives is formatted once, on the caller's goroutine.
func TestAsyncFormatsAttributesOnce(t *testing.T) {
	var formatted atomic.Int64
	replace := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "once" {
			formatted.Add(1)
		}
		return a
	}
	h := newAsync(t, slogx.JSON(io.Discard, &slog.HandlerOptions{ReplaceAttr: replace}), AsyncOptions{})
	derived := h.WithAttrs([]slog.Attr{slog.Int("once", 1)})
	if n := formatted.Load(); n != 1 {
		t.Errorf("formatted %d times", n)
	}
	handle(t, derived, numbers(1, 300)...)
	must(t, h.Close())
	if n := formatted.Load(); n != 1 {
		t.Errorf("formatted %d times", n)
	}
}

// A target that panics over WithAttrs or WithGroup is told of once, and goes on without.
func TestAsyncTargetPanicsOverWith(t *testing.T) {
	var got testkit.ErrorLog
	var b bytes.Buffer
	h := newAsync(t, panicsOnWith{slogx.Text(&b, nil)}, AsyncOptions{Options: slogx.Options{ErrorHandler: got.Handle}})
	derived := h.WithAttrs([]slog.Attr{slog.Int("a", 1)})
	got.Want(t, "panic: WithAttrs")
	handle(t, derived, "1", "2")
	must(t, h.Close())
	got.WantNone(t)
	wantEqual(t, b.String(), "level=INFO msg=1\nlevel=INFO msg=2\n")
}

// A target that fails is told of, once: by itself, if it can, or by the AsyncHandler.
func TestAsyncErrors(t *testing.T) {
	var own, got testkit.ErrorLog
	o := AsyncOptions{Options: slogx.Options{ErrorHandler: got.Handle}}
	broken := testkit.WriterFunc(func([]byte) (int, error) { return 0, errors.New("broken") })
	h := newAsync(t, slogx.NewStreamHandler(broken, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: own.Handle}}), o)
	handle(t, h, "1")
	must(t, h.Close())
	own.Want(t, "broken")
	got.WantNone(t)

	h = newAsync(t, slogx.Text(broken, nil), o)
	handle(t, h, "1", "2")
	must(t, h.Close())
	wantEqual(t, got.Messages(), []string{"1", "2"})
	got.Take()

	r := info("late")
	wantErr(t, h.Handle(noContext, r), slogx.ErrClosed)
	got.Want(t, "closed")
}

// A queue behind a queue: each error is told of once, and drops not at all.
func TestAsyncOfAsync(t *testing.T) {
	var inner, outer testkit.ErrorLog
	sink := newGate(t)
	in := newAsync(t, sink, AsyncOptions{
		Capacity: 1, RingOptions: RingOptions{Policy: DropNewest}, Options: slogx.Options{ErrorHandler: inner.Handle},
	})
	h := newAsync(t, in, AsyncOptions{Options: slogx.Options{ErrorHandler: outer.Handle}})
	handle(t, h, "1")
	<-sink.entered
	handle(t, h, numbers(2, 9)...)
	testkit.Eventually(t, "drops", func() bool { return in.Stats().Dropped == 8 })
	sink.open()
	must(t, in.Close())
	handle(t, h, "late")
	must(t, h.Close())
	outer.WantNone(t)
	inner.Want(t, "closed")
	wantEqual(t, sink.messages(), []string{"1", DropMessage})
}

// Records of one goroutine come out in their order, through every kind of queue and though it is full all the time.
func TestOrderOfEachProducer(t *testing.T) {
	const producers, each = 8, 1000
	for name, open := range map[string]func() Queue{
		"Ring of 1":    func() Queue { return NewRing(1, &RingOptions{BlockTimeout: -1}) },
		"Ring of 10":   func() Queue { return NewRing(10, &RingOptions{BlockTimeout: -1}) },
		"Ring of 1000": func() Queue { return NewRing(1000, &RingOptions{BlockTimeout: -1}) },
		"few bytes":    func() Queue { return NewRing(1000, &RingOptions{BlockTimeout: -1, MaxBytes: 2000}) },
		"Chan":         func() Queue { return Chan(make(chan slog.Record)) },
	} {
		q := open()
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
		must(t, l.Start())
		var wg sync.WaitGroup
		for p := range producers {
			wg.Go(func() {
				h := NewHandler(q, nil)
				for n := range each {
					r := info(fmt.Sprint(p))
					r.AddAttrs(slog.Int("n", n))
					must(t, h.Handle(context.Background(), r))
				}
			})
		}
		testkit.Within(t, wg.Wait)
		stop(t, l)
		next := map[string]int64{}
		for _, r := range out.records {
			r.Attrs(func(a slog.Attr) bool {
				if a.Value.Int64() != next[r.Message] {
					t.Fatalf("%s: %v of %s, want %d", name, a, r.Message, next[r.Message])
				}
				next[r.Message]++
				return true
			})
		}
		if len(out.records) != producers*each || len(next) != producers {
			t.Errorf("%s: %d records of %d", name, len(out.records), len(next))
		}
	}
}

// A target that logs through the very handler: its records come out as well.
func TestTargetThatLogs(t *testing.T) {
	var h *AsyncHandler
	out := &recorder{}
	h = newAsync(t, handlerFunc(func(ctx context.Context, r slog.Record) error {
		if !strings.HasPrefix(r.Message, "inner") {
			must(t, h.Handle(ctx, info("inner "+r.Message)))
		}
		return out.Handle(ctx, r)
	}), AsyncOptions{FlushLevel: slog.LevelDebug, CloseTimeout: 20 * time.Second})
	testkit.Within(t, func() { handle(t, h, "1", "2") })
	must(t, h.Close())
	got := out.messages()
	slices.Sort(got)
	wantEqual(t, got, []string{"1", "2", "inner 1", "inner 2"})
}
