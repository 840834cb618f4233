package factory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

var errPanic = errors.New("out of order")

// TestPanics: user code that panics is an error of the Handle, which the layer's ErrorHandler is told of once. The record
// is logged with what the others have added, and so is the next one.
func TestPanics(t *testing.T) {
	const line = `"k":"old","before":1,"after":2`
	function := func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(slog.Int("lost", 1), slog.Int("lost2", 2))
		r.Message = "lost"
		panic(errPanic)
	}
	find := func(context.Context) []slog.Attr { panic(errPanic) }
	replace := func(_ []string, a slog.Attr) slog.Attr {
		if strings.HasPrefix(a.Key, "secret") {
			panic(errPanic)
		}
		return a
	}
	for _, test := range []struct {
		name   string
		layer  factory.Layer
		record []slog.Attr
		want   string
		told   string
	}{
		{
			"Factory",
			factory.Layer{Factory: function},
			[]slog.Attr{k},
			line, `factory: layer "x": panic: out of order`,
		},
		{
			"FromContext",
			factory.Layer{Factory: factory.FromContext(find)},
			[]slog.Attr{k},
			line, `factory: layer "x": panic: out of order`,
		},
		{
			"ReplaceAttr",
			factory.Layer{ReplaceAttr: replace},
			[]slog.Attr{k, slog.String("secret", "1234")},
			`"k":"old","secret":"!PANIC in ReplaceAttr","before":1,"after":2`,
			`factory: layer "x": ReplaceAttr of "secret": panic: out of order`,
		},
		{
			"in a group",
			factory.Layer{ReplaceAttr: replace},
			[]slog.Attr{k, slog.Group("g", "secret", "1234", "open", 1)},
			`"k":"old","g":{"secret":"!PANIC in ReplaceAttr","open":1},"before":1,"after":2`,
			`factory: layer "x": ReplaceAttr of "secret": panic: out of order`,
		},
		{
			"both",
			factory.Layer{Factory: function, ReplaceAttr: replace},
			[]slog.Attr{k, slog.String("secret", "1234")},
			`"k":"old","secret":"!PANIC in ReplaceAttr","before":1,"after":2`,
			"factory: layer \"x\": ReplaceAttr of \"secret\": panic: out of order\npanic: out of order",
		},
	} {
		for _, kind := range kinds[1:] {
			for _, newHandler := range []func(*bytes.Buffer) slog.Handler{
				func(w *bytes.Buffer) slog.Handler { return slogx.JSON(w, nil) },
				func(w *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(w, nil) },
			} {
				var buf bytes.Buffer
				var told complaints
				test.layer.Name, test.layer.ErrorHandler = "x", told.Handle
				h := factory.New(newHandler(&buf), one("before", kind.make(slog.Int("before", 1))), test.layer,
					one("after", kind.make(slog.Int("after", 2))))
				for range 2 {
					buf.Reset()
					if err := h.Handle(t.Context(), record("m", test.record...)); !errors.Is(err, errPanic) {
						t.Errorf("%s: Handle returns %v", test.name, err)
					}
					told.want(t, test.told)
					if want := `{"level":"INFO","msg":"m",` + test.want + "}\n"; buf.String() != want {
						t.Errorf("%s:\ngot  %swant %s", test.name, &buf, want)
					}
				}
			}
		}
	}
}

// TestPanicsBetween: nothing is left of what a Factory had added before it panicked, though it was to the same memory.
func TestPanicsBetween(t *testing.T) {
	panics := one("panics", func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(slog.Int("lost", 1))
		panic(errPanic)
	})
	panics.ErrorHandler = slogx.IgnoreErrors
	add := func(i int) factory.Layer { return one("add", addAttrs(injected(i))) }
	for own := range 12 {
		var attrs []slog.Attr
		want := ""
		for i := range own {
			attrs = append(attrs, slog.Int("own", i))
			want += "own "
		}
		a := newArchive()
		h := factory.New(a, add(0), panics, add(1), one("", fromContext(injected(2))), panics, add(3))
		if err := h.Handle(t.Context(), record("m", attrs...)); !errors.Is(err, errPanic) {
			t.Errorf("Handle returns %v", err)
		}
		want += "injected0 injected1 injected2 injected3"
		if got := keysOf(attrsOf((*a.kept)[0].Record)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestPanicsAhead: what panics over attributes that are known ahead is told when they are given, and nothing is shown.
func TestPanicsAhead(t *testing.T) {
	var told complaints
	replace := func(_ []string, a slog.Attr) slog.Attr { panic(a.Key) }
	x := factory.Layer{Name: "x", ErrorHandler: told.Handle, ReplaceAttr: replace}
	got := jsonOf(t, func(h slog.Handler) slog.Handler {
		h = factory.New(h, one("a", factory.Attrs(slog.String("attrs", "1234"))), x)
		told.want(t, `factory: layer "x": ReplaceAttr of "attrs": panic: attrs`)
		h = h.WithAttrs([]slog.Attr{slog.String("with", "1234")})
		told.want(t, `factory: layer "x": ReplaceAttr of "with": panic: with`)
		return h
	})
	if want := `"attrs":"!PANIC in ReplaceAttr","with":"!PANIC in ReplaceAttr"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	told.want(t)
}

// TestPanickingErrorHandler: its panic is an error of the Handle, and the record is logged.
func TestPanickingErrorHandler(t *testing.T) {
	handler := func(context.Context, slog.Record, error) { panic(errPanic) }
	panics := func(context.Context, slog.Record) slog.Record { panic("first") }
	for _, l := range []factory.Layer{
		{Factory: fromContext(same)},
		{Factory: addAttrs(same)},
		{Factory: factory.Attrs(same)},
		{Factory: panics},
		{Factory: fromContext(same), OnCollision: factory.Reject},
	} {
		l.Name, l.ErrorHandler = "x", handler
		got, err := textOf(t, factory.Middleware(l), k)
		if got != "k=old" || !errors.Is(err, errPanic) {
			t.Errorf("got %s, %v", got, err)
		}
		if want := `layer "x": ErrorHandler: panic: out of order`; err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Handle returns %v", err)
		}
	}
}

// panicking is a handler that panics at some records, and keeps the others.
type panicking struct{ *archive }

func (p panicking) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "panic" {
		panic(errPanic)
	}
	return p.archive.Handle(ctx, r)
}

func (p panicking) WithAttrs(attrs []slog.Attr) slog.Handler {
	return panicking{p.archive.WithAttrs(attrs).(*archive)}
}

// TestPanicOfNext: that of the next handler is not ours to catch, and leaves nothing broken behind.
func TestPanicOfNext(t *testing.T) {
	for _, layers := range [][]factory.Layer{
		chained(2, "Attrs"), chained(3, "FromContext"), chained(3, "function"), everything(),
	} {
		p := panicking{newArchive()}
		h := factory.New(p, layers...)
		want := ""
		for i := range 20 {
			msg := []string{"m", "panic"}[i%2]
			func() {
				defer func() {
					if got := recover(); (got == errPanic) != (msg == "panic") {
						t.Errorf("%s: recovered %v", msg, got)
					}
				}()
				if err := h.Handle(t.Context(), record(msg, n)); err != nil {
					t.Error(err)
				}
			}()
		}
		for _, r := range *p.kept {
			got := keysOf(attrsOf(r.Record))
			if want == "" {
				want = got
			}
			if got != want || !strings.HasPrefix(got, "n") {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// TestPanickingValuer: log/slog makes an error of it, and so do we.
func TestPanickingValuer(t *testing.T) {
	for _, l := range []factory.Layer{
		{ReplaceAttr: unchanged}, one("a", fromContext(n)), one("a", addAttrs(n)), one("a", factory.Attrs(n)),
	} {
		for _, key := range []string{"v", ""} {
			attr := slog.Any(key, panickingValuer{})
			got, err := textOf(t, func(h slog.Handler) slog.Handler {
				return factory.New(h, l).WithAttrs([]slog.Attr{attr})
			}, attr)
			if strings.Count(got, "LogValue panicked") != 2 || err != nil {
				t.Errorf("got %s, %v", got, err)
			}
		}
	}
}

type panickingValuer struct{}

func (panickingValuer) LogValue() slog.Value { panic(errPanic) }
