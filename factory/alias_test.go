package factory_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// scribbler is a handler that writes into the slices that it owns, those of WithAttrs.
type scribbler struct{ slog.Handler }

func (s scribbler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h := s.Handler.WithAttrs(slices.Clone(attrs))
	for i := range attrs {
		attrs[i] = slog.String("scribbled", "over")
	}
	return scribbler{h}
}

func (s scribbler) WithGroup(name string) slog.Handler { return scribbler{s.Handler.WithGroup(name)} }

// longRecord has attributes in both places that a slog.Record keeps them in, and room for more in the second.
func longRecord() slog.Record {
	r := record("m")
	for i := range 8 {
		r.AddAttrs(slog.Int(fmt.Sprint("own", i), i))
	}
	return r
}

// everything is a chain in which everything happens to a record.
func everything() []factory.Layer {
	layers := chained(10, "Attrs", "FromContext", "function", "InGroup", "ReplaceAttr")
	for i := range layers {
		layers[i].OnCollision = factory.Collision(i % 5)
		layers[i].ErrorHandler = slogx.IgnoreErrors
	}
	return append(layers,
		replacing(addAttrs(slog.Int("own1", -1))),
		replacing(factory.Attrs(slog.Int("with", -1))),
		factory.Layer{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "own2" {
				return slog.Attr{}
			}
			return a
		}})
}

func replacing(f factory.Factory) factory.Layer {
	return factory.Layer{Name: "replacing", Factory: f, OnCollision: factory.Replace, ErrorHandler: slogx.IgnoreErrors}
}

// TestCallersRecord: the record and the slices of whoever logs stay as they are.
func TestCallersRecord(t *testing.T) {
	for _, layers := range [][]factory.Layer{
		everything(), chained(1, "FromContext"), chained(4, "FromContext"), chained(1, "function"), chained(4, "function"),
		chained(4, "InGroup"), everything()[10:],
	} {
		for _, next := range []slog.Handler{newArchive(), slogx.JSON(&lineWriter{}, nil)} {
			with := []slog.Attr{slog.Int("with", 1), slog.Group("", "inline", 2), slog.Group("g", "a", 1)}
			h := factory.New(next, layers...)
			r := longRecord()
			record, attrs := attrsOf(r), slices.Clone(with)
			for _, h := range []slog.Handler{h, h.WithAttrs(with), h.WithAttrs(with).WithGroup("g").WithAttrs(with)} {
				if err := h.Handle(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
			if !slices.EqualFunc(attrsOf(r), record, slog.Attr.Equal) {
				t.Errorf("the record has %v", attrsOf(r))
			}
			r.AddAttrs(slog.Int("more", 1)) // log/slog says so if a copy was written to
			if got := attrsOf(r); got[len(got)-1].Key != "more" || len(got) != len(record)+1 {
				t.Errorf("after AddAttrs the record has %v", got)
			}
			if !slices.EqualFunc(with, attrs, slog.Attr.Equal) {
				t.Errorf("the attributes of With are %v", with)
			}
		}
	}
}

// TestSlices: the slice that the next handler is given is its own, and those that we are given are not ours to write to,
// or to see change.
func TestSlices(t *testing.T) {
	ahead, context, w := []slog.Attr{slog.Int("ahead", 1)}, []slog.Attr{slog.Int("context", 1)}, []slog.Attr{slog.Int("w", 1)}
	layers := []factory.Layer{
		{Name: "a", Factory: factory.Attrs(ahead...), OnCollision: factory.Rename},
		{Name: "b", Factory: fromContext(context...), OnCollision: factory.Replace, ErrorHandler: slogx.IgnoreErrors},
	}
	m := factory.Middleware(layers...)
	clear(layers)
	ahead[0].Key = "changed"
	ahead = []slog.Attr{slog.Int("ahead", 1)}
	for _, test := range []struct {
		record []slog.Attr
		want   string
	}{
		{[]slog.Attr{n}, `"ahead":1,"w":1,"g":{"w":1,"w":1,"n":1},"context":1`},
		{[]slog.Attr{slog.Int("ahead", 2)}, `"ahead":1,"w":1,"g":{"w":1,"w":1,"ahead":2},"context":1`},
	} {
		got := jsonOf(t, func(h slog.Handler) slog.Handler {
			return m(scribbler{h}).WithAttrs(w).WithGroup("g").WithAttrs(w).WithAttrs(w)
		}, test.record...)
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	for _, test := range []struct {
		record []slog.Attr
		want   string
	}{
		{[]slog.Attr{slog.Int("ahead", 2)}, `"a.ahead":1,"w":1,"ahead":2,"context":1`},
		{[]slog.Attr{slog.Int("context", 2)}, `"ahead":1,"w":1,"context":1`},
	} {
		got := jsonOf(t, func(h slog.Handler) slog.Handler { return m(scribbler{h}).WithAttrs(w) }, test.record...)
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if keysOf(ahead)+keysOf(context)+keysOf(w) != "aheadcontextw" {
		t.Errorf("the slices are %v, %v and %v", ahead, context, w)
	}
}

// TestKeptRecords: a next handler may keep records as they are, without a Clone, while the memory of the pass goes to
// others.
func TestKeptRecords(t *testing.T) {
	for name, layers := range map[string][]factory.Layer{
		"everything": everything(), "FromContext": chained(16, "FromContext"), "function": chained(16, "function"),
		"InGroup": chained(3, "InGroup", "FromContext"), "collisions": everything()[10:],
	} {
		a := newArchive()
		h := factory.New(a, layers...)
		for _, h := range []slog.Handler{h, with(slog.Int("with", 1))(h), inside(nil, []slog.Attr{n})(h)} {
			for i := range 20 {
				r := longRecord()
				r.AddAttrs(slog.Int("i", i))
				if err := h.Handle(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
		}
		for i, kept := range *a.kept {
			if got := attrsOf(kept.Record); fmt.Sprint(got) != fmt.Sprint(kept.copy) {
				t.Fatalf("%s: record %d was %v and is %v", name, i, kept.copy, got)
			}
		}
	}
}

// TestFactoryKeepsClone: a Factory may keep a Clone of what it returns.
func TestFactoryKeepsClone(t *testing.T) {
	var clones []slog.Record
	keep := one("keep", func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(slog.Int("mine", 1))
		clones = append(clones, r.Clone())
		return r
	})
	h := factory.New(newArchive(), keep, one("a", addAttrs(k)), keep)
	for range 3 {
		if err := h.Handle(t.Context(), longRecord()); err != nil {
			t.Error(err)
		}
	}
	for i, r := range clones {
		want := "own0 own1 own2 own3 own4 own5 own6 own7 mine"
		if i%2 == 1 {
			want += " k mine"
		}
		if got := keysOf(attrsOf(r)); got != want {
			t.Errorf("clone %d has %s, want %s", i, got, want)
		}
	}
}

// TestSiblings: what is derived from one Handler shares nothing, though derived and used side by side.
func TestSiblings(t *testing.T) {
	groups := []string{"g", "h", "i", "j", "k", "l"} // some slice has room for one more on the way
	for _, next := range []func(*lineWriter) slog.Handler{
		func(w *lineWriter) slog.Handler { return slogx.JSON(w, nil) },
		func(w *lineWriter) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		for depth := range len(groups) {
			var w lineWriter
			layers := chained(5, "Attrs", "FromContext", "function", "InGroup", "ReplaceAttr")
			parent := slog.Handler(factory.New(next(&w), layers...))
			for _, name := range groups[:depth] {
				parent = parent.WithAttrs([]slog.Attr{n}).WithAttrs([]slog.Attr{n}).WithGroup(name)
			}
			var children []slog.Handler
			for i := range 8 {
				children = append(children, parent.WithGroup(fmt.Sprint("child", i)), with(slog.Int("child", i))(parent))
			}
			var wg sync.WaitGroup
			for i, h := range slices.Concat(children, children) { // each used twice at a time
				i %= len(children)
				wg.Go(func() {
					for range 5 {
						if err := h.Handle(t.Context(), record(fmt.Sprint(i), slog.Group("child", "r", i))); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			checkSiblings(t, w.lines, groups[:depth])
		}
	}
}

func checkSiblings(t *testing.T, lines, groups []string) {
	t.Helper()
	for _, line := range lines {
		var msg int
		if _, err := fmt.Sscanf(line, `{"level":"INFO","msg":"%d"`, &msg); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		want := fmt.Sprintf(`"child%d":{"child":{"r":%d},"injected3":3}`, msg/2, msg)
		if msg%2 == 1 {
			want = fmt.Sprintf(`"child":%d,"child":{"r":%d}`, msg/2, msg)
			if len(groups) > 0 {
				want += `,"injected3":3`
			}
		}
		for _, g := range slices.Backward(groups) {
			want = fmt.Sprintf(`"n":1,"n":1,%q:{%s}`, g, want)
		}
		want = fmt.Sprintf(`{"level":"INFO","msg":"%d","injected0":0,%s,"injected1":1,"injected2":2`, msg, want)
		if !strings.HasPrefix(line, want) {
			t.Fatalf("got  %swant %s", line, want)
		}
	}
}

// TestSiblingsTouched: nor if what was formatted in advance is taken back.
func TestSiblingsTouched(t *testing.T) {
	for depth := range 6 {
		var w lineWriter
		parent := with(n)(factory.New(slogx.Text(&w, nil), replacing(addAttrs(slog.Int("n", 2)))))
		names := ""
		for i := range depth {
			parent = parent.WithGroup(fmt.Sprint("g", i))
			names += fmt.Sprint("g", i, ".")
		}
		a, b := parent.WithGroup("a"), parent.WithGroup("b")
		for _, h := range []slog.Handler{a, b, a} {
			if err := h.Handle(t.Context(), record("m", k)); err != nil {
				t.Error(err)
			}
		}
		for i, name := range []string{"a", "b", "a"} {
			if want := fmt.Sprintf("level=INFO msg=m %s%s.k=old n=2\n", names, name); w.lines[i] != want {
				t.Errorf("got  %swant %s", w.lines[i], want)
			}
		}
	}
}
