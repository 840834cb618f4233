package factory_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

func one(name string, f factory.Factory) factory.Layer {
	return factory.Layer{Name: name, Factory: f}
}

func inGroup(l factory.Layer) factory.Layer {
	l.InGroup = true
	return l
}

// TestOrder: attributes of Attrs layers, then those of With, of the record or its groups, of other layers; each in the
// order in which they were given.
func TestOrder(t *testing.T) {
	layers := factory.Middleware(
		one("1", fromContext(slog.Int("context", 1))),
		one("2", factory.Attrs(slog.Int("ahead", 2), slog.Int("ahead2", 2))),
		one("3", addAttrs(slog.Int("function", 3))),
		one("4", factory.Attrs(slog.Int("ahead4", 4))),
		inGroup(one("5", fromContext(slog.Int("inner", 5)))),
		inGroup(one("6", factory.Attrs(slog.Int("inner6", 6)))), // not known ahead where it is
		one("7", fromContext(slog.Int("context7", 7))),
	)
	const ahead = "ahead=2 ahead2=2 ahead4=4 "
	for _, test := range []struct {
		name string
		with func(slog.Handler) slog.Handler
		want string
	}{
		{"plain", with(), ahead + "r=1 context=1 function=3 inner=5 inner6=6 context7=7"},
		{"With", with(slog.Int("w", 1)), ahead + "w=1 r=1 context=1 function=3 inner=5 inner6=6 context7=7"},
		{"a group", inside(nil, nil), ahead + "g.r=1 g.inner=5 g.inner6=6 context=1 function=3 context7=7"},
		{
			"a group and With", inside([]slog.Attr{slog.Int("w", 1)}, []slog.Attr{slog.Int("w", 2)}),
			ahead + "w=1 g.w=2 g.r=1 g.inner=5 g.inner6=6 context=1 function=3 context7=7",
		},
		{
			"groups", func(h slog.Handler) slog.Handler {
				h = h.WithAttrs([]slog.Attr{slog.Int("w", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("w", 2)})
				return h.WithGroup("h").WithGroup("i").WithAttrs([]slog.Attr{slog.Int("w", 3)})
			},
			ahead + "w=1 g.w=2 g.h.i.w=3 g.h.i.r=1 g.h.i.inner=5 g.h.i.inner6=6 context=1 function=3 context7=7",
		},
	} {
		got, err := textOf(t, func(h slog.Handler) slog.Handler { return test.with(layers(h)) }, slog.Int("r", 1))
		if got != test.want || err != nil {
			t.Errorf("%s: %v\ngot  %s\nwant %s", test.name, err, got, test.want)
		}
	}
}

// TestGroups: what is injected at the root is there even if nothing is in the group, and a group that only a layer fills
// is written.
func TestGroups(t *testing.T) {
	outer := one("outer", fromContext(slog.Int("root", 1)))
	inner := inGroup(one("inner", fromContext(slog.Int("inner", 2))))
	empty := one("empty", fromContext())
	for _, test := range []struct {
		name   string
		layers []factory.Layer
		record []slog.Attr
		want   string
	}{
		{"empty", []factory.Layer{outer}, nil, `"root":1`},
		{"filled", []factory.Layer{inner}, nil, `"g":{"h":{"inner":2}}`},
		{"both", []factory.Layer{outer, inner}, nil, `"g":{"h":{"inner":2}},"root":1`},
		{"nothing injected", []factory.Layer{empty}, []slog.Attr{n}, `"g":{"h":{"n":1}}`},
		{"empty members", []factory.Layer{outer}, []slog.Attr{{}, slog.Group("e"), slog.Group("", slog.Group("e"))}, `"root":1`},
	} {
		got := jsonOf(t, func(h slog.Handler) slog.Handler {
			return factory.New(h, test.layers...).WithGroup("g").WithGroup("h")
		}, test.record...)
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// TestZeroLayer: a Layer without anything does nothing, whatever else is set.
func TestZeroLayer(t *testing.T) {
	for _, l := range []factory.Layer{
		{},
		{Name: "x", OnCollision: factory.Replace, InGroup: true},
		{Factory: factory.Attrs()},
		{Factory: factory.Attrs(slog.Attr{}, slog.Group("g"), slog.Group(""))},
		{Factory: fromContext()},
		{Factory: fromContext(slog.Attr{}, slog.Group("g"))},
		{Factory: factory.Get()},
		{ReplaceAttr: unchanged},
	} {
		l.ErrorHandler = testkit.NoErrors(t)
		got, err := textOf(t, factory.Middleware(l), k, n)
		if got != "k=old n=1" || err != nil {
			t.Errorf("%+v: got %s, %v", l, got, err)
		}
	}
}

// TestSameHandler: what changes nothing returns the receiver.
func TestSameHandler(t *testing.T) {
	drop := factory.Layer{ReplaceAttr: func([]string, slog.Attr) slog.Attr { return slog.Attr{} }}
	for _, h := range []slog.Handler{factory.New(newArchive()), factory.New(newArchive(), one("", factory.Attrs(k)), drop)} {
		if h.WithGroup("") != h {
			t.Error("WithGroup of nothing")
		}
		for _, attrs := range [][]slog.Attr{nil, {}, {{}}, {slog.Group("g"), slog.Group("", slog.Attr{})}} {
			if h.WithAttrs(attrs) != h {
				t.Errorf("WithAttrs(%v)", attrs)
			}
		}
	}
	if h := factory.New(newArchive(), drop); h.WithAttrs([]slog.Attr{k}) != h {
		t.Error("WithAttrs of what ReplaceAttr drops")
	}
}

// TestContext: layers get the context of the log call, which may be nil.
func TestContext(t *testing.T) {
	type key struct{}
	find := func(ctx context.Context) []slog.Attr {
		if ctx == nil {
			return nil
		}
		return []slog.Attr{slog.Any("found", ctx.Value(key{}))}
	}
	function := func(ctx context.Context, r slog.Record) slog.Record {
		r.AddAttrs(find(ctx)...)
		return r
	}
	for _, f := range []factory.Factory{factory.FromContext(find), function} {
		var buf bytes.Buffer
		h := factory.New(slog.NewJSONHandler(&buf, nil), one("", f))
		//nolint:staticcheck // nil is what is tested
		for _, ctx := range []context.Context{nil, context.WithValue(t.Context(), key{}, "it")} {
			if err := h.Handle(ctx, record("m")); err != nil {
				t.Error(err)
			}
		}
		if want := `{"level":"INFO","msg":"m"}` + "\n" + `{"level":"INFO","msg":"m","found":"it"}` + "\n"; buf.String() != want {
			t.Errorf("got %s", &buf)
		}
	}
}
