package slogx_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// everyHandler is one of each type of the package.
func everyHandler(t *testing.T) map[string]slog.Handler {
	o := slogx.Options{ErrorHandler: testkit.NoErrors(t)}
	foreign := o
	foreign.Format = slogx.FormatOf(slog.NewJSONHandler)
	file := slogx.NewFileHandler(t.TempDir()+"/log", &slogx.FileOptions{Options: o})
	t.Cleanup(func() { _ = file.Close() })
	null := slogx.NewNullHandler()
	keep := func(context.Context, slog.Record) bool { return true }
	return map[string]slog.Handler{
		"JSON":    slogx.JSON(io.Discard, nil),
		"Text":    slogx.Text(io.Discard, nil),
		"Stream":  slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: o}),
		"foreign": slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: foreign}),
		"File":    file,
		"Null":    null,
		"Fanout":  slogx.Fanout(null, null),
		"Filter":  slogx.Filter(keep)(slogx.Text(io.Discard, nil)),
		"Chain":   slogx.Chain(null, slogx.Filter(keep)),
		"custom":  newTinyHandler(io.Discard, o),
	}
}

func TestWithNothingReturnsReceiver(t *testing.T) {
	for name, h := range everyHandler(t) {
		for _, h := range []slog.Handler{h, h.WithAttrs([]slog.Attr{slog.Int("a", 1)}), h.WithGroup("g")} {
			if h.WithAttrs(nil) != h || h.WithAttrs([]slog.Attr{}) != h {
				t.Errorf("%s: WithAttrs(nil) returns another handler", name)
			}
			if h.WithGroup("") != h {
				t.Errorf(`%s: WithGroup("") returns another handler`, name)
			}
		}
	}
	e := slogx.NewEmitter(io.Discard, slogx.Options{})
	if e.WithAttrs(nil) != e || e.WithGroup("") != e {
		t.Error("Emitter: another one")
	}
}

func TestDerivedKeepsType(t *testing.T) {
	for name, h := range everyHandler(t) {
		if name == "Null" {
			continue
		}
		for _, d := range []slog.Handler{h.WithAttrs([]slog.Attr{slog.Int("a", 1)}), h.WithGroup("g")} {
			if reflect.TypeOf(d) != reflect.TypeOf(h) {
				t.Errorf("%s: %T became %T", name, h, d)
			}
			if d == h {
				t.Errorf("%s: the derived handler is the handler itself", name)
			}
		}
	}
}

// TestSiblings derives many handlers from one with spare capacity everywhere, at the same time, and looks whether each
// still says what it was given.
func TestSiblings(t *testing.T) {
	keepAll := slogx.Filter(func(context.Context, slog.Record) bool { return true })
	eachHandler(t, slogx.Options{ErrorHandler: testkit.NoErrors(t)}, func(t *testing.T, base slog.Handler, written func() string) {
		h := slogx.Fanout(keepAll(base))
		for i := range 5 { // odd lengths: append leaves room
			h = h.WithAttrs([]slog.Attr{slog.Int("base", i)}).WithGroup(fmt.Sprint("b", i))
		}
		const n = 20
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				mark := fmt.Sprint("mark", i)
				attrs := make([]slog.Attr, 1, 8)
				attrs[0] = slog.String("k", mark)
				derived := h.WithAttrs(attrs)
				attrs[0] = slog.String("k", "stolen")
				_ = append(attrs, slog.String("more", "stolen"))
				derived = derived.WithGroup(mark)
				derived = derived.WithAttrs([]slog.Attr{slog.Group("g", "x", mark)}).WithGroup("h" + mark)
				for range 5 {
					handle(t, derived, mark)
					if err := derived.Handle(t.Context(), record(mark, slog.String("own", mark))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all := lines(written())
		if len(all) != n*10 {
			t.Fatalf("%d lines, want %d", len(all), n*10)
		}
		for _, line := range all {
			rest := strings.Split(line, "mark")[1:]
			var id string
			for i, r := range rest {
				end := strings.IndexFunc(r, func(c rune) bool { return c < '0' || c > '9' })
				if end < 0 {
					end = len(r)
				}
				if i > 0 && r[:end] != id {
					t.Fatalf("a sibling's attributes: %s", line)
				}
				id = r[:end]
			}
			if len(rest) < 4 || strings.Contains(line, "stolen") {
				t.Fatalf("attributes lost or changed: %s", line)
			}
		}
	})
}

// TestRecordsDoNotAlias has many records in flight on one handler, each derived of one Record with spare capacity.
func TestRecordsDoNotAlias(t *testing.T) {
	eachHandler(t, slogx.Options{ErrorHandler: testkit.NoErrors(t)}, func(t *testing.T, h slog.Handler, written func() string) {
		base := record("m")
		for i := range 8 { // three more than a Record holds itself, and room for a fourth
			base.AddAttrs(slog.Int("base", i))
		}
		h = slogx.Fanout(addsAttr{h, "first"}, addsAttr{h, "second"})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					if err := h.Handle(t.Context(), base); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		out := written()
		if f, s := strings.Count(out, "first"), strings.Count(out, "second"); f != 80 || s != 80 {
			t.Errorf("first %d times, second %d times, want 80 each", f, s)
		}
		if strings.Contains(out, "!BUG") {
			t.Error("log/slog found a copy that was modified")
		}
	})
}

// addsAttr adds an attribute to the record it is given, as many a middleware does.
type addsAttr struct {
	slog.Handler
	key string
}

func (a addsAttr) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(slog.Bool(a.key, true))
	return a.Handler.Handle(ctx, r)
}

// TestFanoutClonesAttrs has a child that does what it likes with the slice it was given: it owns it.
func TestFanoutClonesAttrs(t *testing.T) {
	var b testkit.Buffer
	h := slogx.Fanout(&overwriter{}, slogx.NewStreamHandler(&b, nil), &overwriter{}, &keeper{Handler: slogx.Text(&b, nil)})
	attrs := []slog.Attr{slog.Int("a", 1), slog.Int("b", 2)}
	derived := h.WithAttrs(attrs)
	if attrs[0].Key != "a" || attrs[1].Key != "b" {
		t.Errorf("the caller's slice is %v", attrs)
	}
	attrs[0] = slog.Int("caller", 0)
	handle(t, derived, "m")
	want := "level=INFO msg=m a=1 b=2\n"
	if got := b.String(); got != want+want {
		t.Errorf("got %q, want %q twice", got, want)
	}
}

type overwriter struct{ slogx.NullHandler }

func (o *overwriter) WithAttrs(attrs []slog.Attr) slog.Handler {
	for i := range attrs {
		attrs[i] = slog.String("overwritten", "yes")
	}
	_ = append(attrs[:0], slog.Int("x", 1))
	return o
}

// keeper formats the slice later.
type keeper struct {
	slog.Handler
	attrs []slog.Attr
}

func (k *keeper) WithAttrs(attrs []slog.Attr) slog.Handler { return &keeper{k.Handler, attrs} }

func (k *keeper) Handle(ctx context.Context, r slog.Record) error {
	return k.Handler.WithAttrs(k.attrs).Handle(ctx, r)
}

// TestFanoutOwnsItsSlice changes the slices that went into Fanout and came out of Unwrap.
func TestFanoutOwnsItsSlice(t *testing.T) {
	a, b := slogx.NewStreamHandler(io.Discard, nil), slogx.NewStreamHandler(io.Discard, nil)
	handlers := []slog.Handler{a, b}
	h := slogx.Fanout(handlers...)
	handlers[0] = nil
	slogx.Unwrap(h)[1] = nil
	if got := slogx.Unwrap(h); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("Unwrap = %v", got)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	var b testkit.Buffer
	so := &slogx.StreamOptions{Terminator: ";", Options: slogx.Options{Format: slogx.Text, Level: slog.LevelDebug}}
	before := fmt.Sprintf("%+v", *so)
	h := slogx.NewStreamHandler(&b, so)
	if after := fmt.Sprintf("%+v", *so); after != before {
		t.Errorf("the options were changed: %s, then %s", before, after)
	}
	so.Terminator, so.Format, so.Level = "!", slogx.JSON, slog.LevelError
	if !h.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("the level changed with the caller's options")
	}
	handle(t, h, "m")
	if got := b.String(); got != "level=INFO msg=m;" {
		t.Errorf("got %q", got)
	}
}

func TestLevelVar(t *testing.T) {
	var level slog.LevelVar
	eachHandler(t, slogx.Options{Level: &level}, func(t *testing.T, h slog.Handler, _ func() string) {
		level.Set(slog.LevelWarn)
		for _, h := range []slog.Handler{h, h.WithGroup("g"), slogx.Fanout(h), slogx.Filter(nil)(h)} {
			if h.Enabled(t.Context(), slog.LevelInfo) || !h.Enabled(t.Context(), slog.LevelWarn) {
				t.Errorf("%T: at Warn, Info is enabled or Warn is not", h)
			}
		}
		level.Set(slog.LevelDebug)
		if !h.Enabled(t.Context(), slog.LevelDebug) || h.Enabled(t.Context(), slog.LevelDebug-1) {
			t.Error("the change of the level was not seen")
		}
	})
	if h := slogx.NewStreamHandler(io.Discard, nil); h.Enabled(t.Context(), slog.LevelInfo-1) || !h.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("the default is not Info")
	}
}

func TestFanoutLevels(t *testing.T) {
	var low, high testkit.Buffer
	h := slogx.Fanout(
		slogx.NewStreamHandler(&low, &slogx.StreamOptions{Options: slogx.Options{Level: slog.LevelDebug}}),
		slogx.NewStreamHandler(&high, &slogx.StreamOptions{Options: slogx.Options{Level: slog.LevelError}}),
		slogx.NewNullHandler(),
	)
	logger := slog.New(h)
	logger.Debug("d")
	logger.Error("e")
	if n, m := low.Writes(), high.Writes(); n != 2 || m != 1 {
		t.Errorf("%d and %d records, want 2 and 1", n, m)
	}
	if h.Enabled(t.Context(), slog.LevelDebug-1) || slogx.Fanout().Enabled(t.Context(), slog.LevelError) {
		t.Error("enabled though no handler is")
	}
}

func TestFilter(t *testing.T) {
	var b testkit.Buffer
	h := slogx.Chain(slogx.NewStreamHandler(&b, nil),
		slogx.Filter(func(_ context.Context, r slog.Record) bool { return r.Message != "a" }),
		slogx.Filter(func(ctx context.Context, r slog.Record) bool { return r.NumAttrs() == 0 && ctx != nil }))
	h = h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("x", 1)})
	for _, r := range []slog.Record{record("a"), record("b"), record("c", slog.Int("y", 1))} {
		if err := h.Handle(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
	if got := b.String(); got != "level=INFO msg=b g.x=1\n" {
		t.Errorf("got %q", got)
	}
}

// TestChainOrder also checks that middleware of others fits.
func TestChainOrder(t *testing.T) {
	var b testkit.Buffer
	add := func(key string) func(slog.Handler) slog.Handler {
		return func(h slog.Handler) slog.Handler { return addsAttr{h, key} }
	}
	h := slogx.Chain(slogx.Text(&b, nil), add("a"), nil, add("b"))
	handle(t, h, "m")
	if got := b.String(); got != "level=INFO msg=m a=true b=true\n" {
		t.Errorf("got %q", got)
	}
	if inner := slogx.NewNullHandler(); slogx.Chain(inner) != slog.Handler(inner) {
		t.Error("Chain without middleware is not the handler itself")
	}
}
