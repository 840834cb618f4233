package factory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

var attrA, attrB = slog.Int("a", 1), slog.Int("b", 2)

// nestings are ways to have layers a in front of layers b.
var nestings = []struct {
	name string
	nest func(h slog.Handler, a, b factory.Layer) slog.Handler
}{
	{"one Handler", func(h slog.Handler, a, b factory.Layer) slog.Handler { return factory.New(h, a, b) }},
	{"two Handlers", func(h slog.Handler, a, b factory.Layer) slog.Handler { return factory.New(factory.New(h, b), a) }},
	{"Middleware", func(h slog.Handler, a, b factory.Layer) slog.Handler {
		return slogx.Chain(h, factory.Middleware(a), factory.Middleware(), factory.Middleware(b))
	}},
	{"another in between", func(h slog.Handler, a, b factory.Layer) slog.Handler {
		return factory.New(slogx.Fanout(factory.New(h, b)), a)
	}},
}

// TestNesting: a Handler over a Handler does what one with all the layers does, but that with another middleware in
// between the inner one's Attrs come first, and groups are attributes for it if something is injected at the root.
func TestNesting(t *testing.T) {
	rename := func(l factory.Layer) factory.Layer {
		l.OnCollision = factory.Rename
		return l
	}
	for _, test := range []struct {
		name          string
		a, b          factory.Layer
		with          func(slog.Handler) slog.Handler
		want, between string // between: with another in between, if that differs
	}{
		{
			name: "plain", a: one("a", fromContext(attrA)), b: one("b", fromContext(attrB)), with: with(n),
			want: `"n":1,"k":"old","a":1,"b":2`,
		},
		{
			name: "ahead", a: one("a", factory.Attrs(attrA)), b: one("b", factory.Attrs(attrB)), with: with(n),
			want: `"a":1,"b":2,"n":1,"k":"old"`, between: `"b":2,"a":1,"n":1,"k":"old"`,
		},
		{
			name: "collision of both", a: one("a", fromContext(same)), b: rename(one("b", fromContext(same))), with: with(n),
			want: `"n":1,"k":"old","b.k":"new"`,
		},
		{
			name: "renaming twice", a: rename(one("a", addAttrs(same))), b: rename(one("b", factory.Attrs(same))), with: with(),
			want: `"b.k":"new","k":"old","a.k":"new"`,
		},
		{
			name: "group", a: one("a", fromContext(attrA)), b: one("b", addAttrs(attrB)), with: inside(nil, []slog.Attr{n}),
			want: `"g":{"n":1,"k":"old"},"a":1,"b":2`,
		},
		{
			name: "in the group", a: inGroup(one("a", fromContext(attrA))), b: inGroup(one("b", fromContext(attrB))),
			with: inside(nil, nil),
			want: `"g":{"k":"old","a":1,"b":2}`,
		},
		{
			name: "both", a: one("a", fromContext(attrA)), b: inGroup(one("b", fromContext(attrB))), with: inside(nil, nil),
			want: `"g":{"k":"old","b":2},"a":1`, between: `"g":{"k":"old"},"a":1,"b":2`,
		},
	} {
		for _, by := range nestings {
			want := test.want
			if by.name == "another in between" && test.between != "" {
				want = test.between
			}
			test.a.ErrorHandler, test.b.ErrorHandler = slogx.IgnoreErrors, slogx.IgnoreErrors
			got := jsonOf(t, func(h slog.Handler) slog.Handler { return test.with(by.nest(h, test.a, test.b)) }, k)
			if got != want {
				t.Errorf("%s, %s:\ngot  %s\nwant %s", test.name, by.name, got, want)
			}
		}
	}
}

// TestNestingDerived: layers that come later stand in front of what the Handler has from With, and within its group.
func TestNestingDerived(t *testing.T) {
	a, b := one("a", fromContext(attrA)), one("b", factory.Attrs(attrB))
	late := factory.Layer{Name: "late", Factory: factory.Attrs(same), OnCollision: factory.Rename}
	for _, test := range []struct {
		with func(slog.Handler) slog.Handler
		want string
	}{
		{with(k), `"late.k":"new","b":2,"k":"old","n":1,"a":1`},
		{inside([]slog.Attr{k}, nil), `"b":2,"k":"old","g":{"k":"new","n":1},"a":1`},
	} {
		got := jsonOf(t, func(h slog.Handler) slog.Handler { return factory.New(test.with(factory.New(h, a, b)), late) }, n)
		if got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// TestNestingReplaceAttr: a layer rewrites what comes through it, and nothing that was given to the Handler under it.
func TestNestingReplaceAttr(t *testing.T) {
	upper := func(l string) factory.Layer {
		return factory.Layer{Name: l, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			a.Value = slog.StringValue(a.Value.String() + l)
			return a
		}}
	}
	ahead := func(key string) factory.Layer { return one(key, factory.Attrs(slog.Int(key, 0))) }
	got := jsonOf(t, func(h slog.Handler) slog.Handler {
		inner := with(slog.Int("inner", 1))(factory.New(h, ahead("mid"), upper("b"), ahead("last")))
		return with(slog.Int("outer", 2))(factory.New(inner, ahead("first"), upper("a")))
	}, n)
	if want := `"first":"0ab","mid":"0b","last":0,"inner":"1b","outer":"2ab","n":"1ab"`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestNestingTellsOnce: what the inner Handler has told of is not told again by the outer one.
func TestNestingTellsOnce(t *testing.T) {
	var told complaints
	lost := one("lost", factory.Attrs(slog.Int("msg", 1)))
	lost.ErrorHandler, lost.OnCollision = told.Handle, factory.Reject
	inner := factory.New(slogx.NewNullHandler(), lost)
	const taken = `factory: layer "lost": "msg": key is taken: the layer's attribute is left out`
	told.want(t, taken)
	h := factory.New(inner.WithAttrs([]slog.Attr{k}), one("a", factory.Attrs(n))).WithAttrs([]slog.Attr{n}).WithGroup("g")
	told.want(t)
	if err := h.Handle(t.Context(), record("m")); !errors.Is(err, factory.ErrTaken) {
		t.Errorf("Handle returns %v", err)
	}
	told.want(t)
}

// counting embeds one of our handlers, and counts.
type counting struct {
	*slogx.StreamHandler
	records *int
}

func (c counting) Handle(ctx context.Context, r slog.Record) error {
	*c.records++
	return c.StreamHandler.Handle(ctx, r)
}

func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.StreamHandler.WithGroup(name).(*slogx.StreamHandler), c.records}
}

// TestEmbedding: a handler that embeds one of ours, and so has its method Injector, is not passed by.
func TestEmbedding(t *testing.T) {
	var buf bytes.Buffer
	c := counting{slogx.NewStreamHandler(&buf, nil), new(int)}
	for _, h := range []slog.Handler{c, &c} {
		h = factory.New(h, one("a", fromContext(attrA)))
		for _, h := range []slog.Handler{h, h.WithGroup("g")} {
			if err := h.Handle(t.Context(), record("m", n)); err != nil {
				t.Error(err)
			}
		}
	}
	if *c.records != 4 {
		t.Errorf("%d records were counted", *c.records)
	}
	const line, grouped = "level=INFO msg=m n=1 a=1\n", "level=INFO msg=m g.n=1 a=1\n"
	if want := line + grouped + line + grouped; buf.String() != want {
		t.Errorf("got %s", &buf)
	}
}

// TestUnwrap: slogx.Close finds what is under a Handler, and under a Handler over it.
func TestUnwrap(t *testing.T) {
	file := openFile(t, slogx.Options{ErrorHandler: slogx.IgnoreErrors})
	h := factory.New(factory.Global(factory.New(file, one("a", factory.Attrs(k)))), one("b", fromContext(n)))
	if got := slogx.Unwrap(h.WithGroup("g")); len(got) != 1 || got[0] != slog.Handler(file) {
		t.Errorf("Unwrap: %v", got)
	}
	if err := slogx.Close(h); err != nil {
		t.Error(err)
	}
	if err := h.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// quietGroups is a handler that is enabled as long as no group is open.
type quietGroups struct{ *archive }

func (q quietGroups) WithGroup(string) slog.Handler { return slogx.NewNullHandler() }

// TestEnabled: it is the derived handler that is asked.
func TestEnabled(t *testing.T) {
	h := factory.New(quietGroups{newArchive()}, one("a", fromContext(k)))
	if !h.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("not enabled")
	}
	if h.WithGroup("g").Enabled(t.Context(), slog.LevelInfo) {
		t.Error("enabled, though the handler with the group is not")
	}
}
