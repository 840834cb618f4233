package factory_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestReplaceAttr: a layer's ReplaceAttr sees, once, all that comes through it, with the groups it is in: what log/slog
// shows to that of a handler.
func TestReplaceAttr(t *testing.T) {
	var seen []string
	see := factory.Layer{Name: "see", ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		seen = append(seen, strings.Join(append(slices.Clone(groups), a.String()), "."))
		return a
	}}
	var buf bytes.Buffer
	h := factory.New(slogx.JSON(&buf, nil),
		one("ahead", factory.Attrs(slog.Int("ahead", 1))),
		one("context", fromContext(slog.Group("c", "d", 2), slog.Any("v", valuer{slog.IntValue(3)}))),
		inGroup(one("inner", factory.Attrs(slog.Int("inner", 4)))),
		see,
		one("late", addAttrs(slog.Int("late", 5))),
	)
	derived := inside([]slog.Attr{slog.Group("", "with", 6)}, []slog.Attr{slog.Group("h", "with", 7)})(h)
	deep := slog.GroupValue(slog.Any("deep", valuer{slog.IntValue(8)}))
	if err := derived.Handle(t.Context(), record("m", slog.Any("r", valuer{deep}))); err != nil {
		t.Error(err)
	}
	want := []string{"ahead=1", "with=6", "g.h.with=7", "g.r.deep=8", "c.d=2", "v=3", "g.inner=4"}
	if !slices.Equal(seen, want) {
		t.Errorf("seen %q, want %q", seen, want)
	}
	const line = `{"level":"INFO","msg":"m","ahead":1,"with":6,` +
		`"g":{"h":{"with":7},"r":{"deep":8},"inner":4},"c":{"d":2},"v":3,"late":5}` + "\n"
	if buf.String() != line {
		t.Errorf("got  %swant %s", &buf, line)
	}
}

// TestReplaceAttrChanges: what becomes of attributes that are changed, dropped and given other keys.
func TestReplaceAttrChanges(t *testing.T) {
	change := factory.Layer{Name: "change", ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "value":
			return slog.String("value", "changed")
		case "key":
			return slog.Attr{Key: "changed", Value: a.Value}
		case "drop":
			return slog.Attr{}
		case "inline":
			return slog.Group("", "one", 1, "two", 2)
		case "group":
			return slog.Group("group", "in", strings.Join(groups, "."))
		case "empty":
			return slog.Group("empty")
		case "valuer":
			return slog.Any("valuer", valuer{slog.IntValue(1)})
		}
		return a
	}}
	var attrs []slog.Attr
	for _, key := range []string{"value", "key", "drop", "inline", "group", "empty", "valuer", "stays"} {
		attrs = append(attrs, slog.Int(key, 0))
	}
	const (
		want = `"value":"changed","changed":0,"one":1,"two":2,"group":{"in":""},"valuer":1,"stays":0`
		deep = `"deep":{"value":"changed","changed":0,"one":1,"two":2,"group":{"in":"deep"},"valuer":1,"stays":0}`
	)
	gone := slog.Group("gone", "drop", 1, slog.Group("gone", "drop", 1))
	all := append(slices.Clone(attrs), slog.GroupAttrs("deep", attrs...), gone)
	for name, wrap := range map[string]func(slog.Handler) slog.Handler{
		"record": func(h slog.Handler) slog.Handler { return factory.New(h, change) },
		"twice":  func(h slog.Handler) slog.Handler { return factory.New(h, change, one("f", addAttrs()), change) },
	} {
		if got := jsonOf(t, wrap, all...); got != want+","+deep {
			t.Errorf("%s: got  %s\nwant %s", name, got, want+","+deep)
		}
	}
	for name, layers := range map[string][]factory.Layer{
		"With":        {change},
		"Attrs":       {one("a", factory.Attrs(all...)), change},
		"FromContext": {one("a", fromContext(all...)), change},
		"function":    {one("a", addAttrs(all...)), change},
	} {
		got := jsonOf(t, func(h slog.Handler) slog.Handler {
			h = factory.New(h, layers...)
			if len(layers) == 1 {
				h = h.WithAttrs(all)
			}
			return h
		})
		if got != want+","+deep {
			t.Errorf("%s: got  %s\nwant %s", name, got, want+","+deep)
		}
	}
}

// TestReplaceAttrEmpties: if nothing is left there is nothing, and no group around it.
func TestReplaceAttrEmpties(t *testing.T) {
	drop := factory.Layer{Name: "drop", ReplaceAttr: func([]string, slog.Attr) slog.Attr { return slog.Attr{} }}
	late := one("late", fromContext(k))
	for _, kind := range kinds {
		got := jsonOf(t, func(h slog.Handler) slog.Handler {
			return inside([]slog.Attr{n}, []slog.Attr{n})(factory.New(h, one("early", kind.make(n)), drop, late))
		}, n, slog.Group("h", n))
		if got != `"k":"old"` {
			t.Errorf("%s: got %s", kind.name, got)
		}
	}
}

// TestReplaceAttrCollisions: keys count as they are when a layer adds its attributes. What a ReplaceAttr makes of them
// afterwards is left alone, as what users have twice; what is known ahead is replaced ahead.
func TestReplaceAttrCollisions(t *testing.T) {
	rename := factory.Layer{Name: "rename", ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "from" {
			a.Key = "k"
		}
		return a
	}}
	x := factory.Layer{Name: "x", Factory: fromContext(same), OnCollision: factory.Rename, ErrorHandler: testkit.NoErrors(t)}
	from := slog.String("from", "old")
	for _, test := range []struct {
		layers []factory.Layer
		with   []slog.Attr
		record []slog.Attr
		want   string
	}{
		{[]factory.Layer{rename, x}, nil, []slog.Attr{from}, "k=old x.k=new"},
		{[]factory.Layer{x, rename}, nil, []slog.Attr{from}, "k=old k=new"},
		{[]factory.Layer{rename, x}, []slog.Attr{from}, nil, "k=old x.k=new"},
		{[]factory.Layer{x, rename}, []slog.Attr{from}, nil, "k=old x.k=new"},
		{[]factory.Layer{one("a", factory.Attrs(from)), rename, x}, nil, nil, "k=old x.k=new"},
	} {
		got, err := textOf(t, func(h slog.Handler) slog.Handler {
			return factory.New(h, test.layers...).WithAttrs(test.with)
		}, test.record...)
		if got != test.want || err != nil {
			t.Errorf("got %s, want %s (%v)", got, test.want, err)
		}
	}
}

// TestReplaceAttrFrees: a key that a ReplaceAttr has taken away is free for the layers that follow, though a layer before had
// to leave its attribute out, and without the record's it would have been the other way round.
func TestReplaceAttrFrees(t *testing.T) {
	first := factory.Layer{Name: "first", Factory: factory.Attrs(slog.Int("k", 1)), ErrorHandler: slogx.IgnoreErrors}
	drop := factory.Layer{Name: "drop", ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Equal(k) {
			return slog.Attr{}
		}
		return a
	}}
	second := factory.Layer{Name: "second", Factory: factory.Attrs(slog.Int("k", 2)), ErrorHandler: slogx.IgnoreErrors}
	wrap := factory.Middleware(first, drop, second)
	if got := jsonOf(t, wrap, n); got != `"k":1,"n":1` {
		t.Errorf("got %s", got)
	}
	if got := jsonOf(t, wrap, k, n); got != `"k":2,"n":1` {
		t.Errorf("got %s", got)
	}
}
