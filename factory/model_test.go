package factory_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// program is what the model and the Handler both do.
type program struct {
	layers []factory.Layer
	adds   [][]slog.Attr // what each layer adds
	static []bool        // by Attrs
	steps  []step        // With and WithGroup
	record []slog.Attr
}

type step struct {
	group string // or
	attrs []slog.Attr
}

// model is the slow and obvious way: it lays everything out for each record, and knows nothing of handlers. It returns
// the attributes of one record without With.
func (p program) model() (root []slog.Attr) {
	type owned struct {
		attr slog.Attr
		by   int // -1: the user
	}
	var groups []string
	levels := [][]owned{nil} // attributes by group; the last is the one that is open
	put := func(attrs []slog.Attr) {
		for _, a := range inlined(attrs) {
			levels[len(levels)-1] = append(levels[len(levels)-1], owned{a, -1})
		}
	}
	for _, s := range p.steps {
		if s.group != "" {
			groups = append(groups, s.group)
			levels = append(levels, nil)
		} else {
			put(s.attrs)
		}
	}
	withs := len(levels[0]) // at the root, before the record
	put(p.record)
	own := map[bool]int{false: len(levels[0]), true: withs}[len(groups) > 0]

	for i, l := range p.layers {
		at := 0
		if l.InGroup {
			at = len(levels) - 1
		}
		fixed := map[string]bool{}
		if at == 0 {
			fixed = map[string]bool{"time": true, "level": true, "msg": true, "source": true}
			if len(groups) > 0 {
				fixed[groups[0]] = true
			}
		}
		taken := func(key string) bool {
			return fixed[key] || slices.ContainsFunc(levels[at], func(o owned) bool { return o.by != i && o.attr.Key == key })
		}
		for _, a := range inlined(p.adds[i]) {
			if taken(a.Key) {
				policy := l.OnCollision
				if policy == factory.Replace && fixed[a.Key] {
					policy = factory.Rename
				}
				switch policy {
				case factory.Keep, factory.Reject:
					continue
				case factory.Replace:
					levels[at] = slices.DeleteFunc(levels[at], func(o owned) bool { return o.by != i && o.attr.Key == a.Key })
				case factory.Rename:
					key := a.Key
					a.Key = l.Name + "." + key
					for n := 2; taken(a.Key); n++ {
						a.Key = fmt.Sprint(l.Name, ".", key, "#", n)
					}
				}
			}
			levels[at] = append(levels[at], owned{a, i})
		}
	}

	// Outward: what the group has, and the group itself after the attributes of WithAttrs.
	var group []slog.Attr
	for at := len(levels) - 1; at > 0; at-- {
		var attrs []slog.Attr
		for _, o := range levels[at] {
			attrs = append(attrs, o.attr)
		}
		attrs = append(attrs, group...)
		group = nil
		if len(attrs) > 0 {
			group = []slog.Attr{slog.GroupAttrs(groups[at-1], attrs...)}
		}
	}
	_ = own
	var with, added []slog.Attr
	for _, o := range levels[0] {
		switch {
		case o.by >= 0 && p.static[o.by]:
			root = append(root, o.attr)
		case o.by >= 0:
			added = append(added, o.attr)
		default:
			with = append(with, o.attr)
		}
	}
	return slices.Concat(root, with, group, added)
}

// inlined are attrs with the members of groups without a name in their place.
func inlined(attrs []slog.Attr) (flat []slog.Attr) {
	for _, a := range attrs {
		switch v := a.Value.Resolve(); {
		case a.Equal(slog.Attr{}):
		case a.Key == "" && v.Kind() == slog.KindGroup:
			flat = append(flat, inlined(v.Group())...)
		case a.Value.Kind() == slog.KindGroup && len(v.Group()) == 0:
		default:
			flat = append(flat, a)
		}
	}
	return flat
}

// run logs the record through the Handler.
func (p program) run(next slog.Handler, r slog.Record) error {
	h := slog.Handler(factory.New(next, p.layers...))
	for _, s := range p.steps {
		if s.group != "" {
			h = h.WithGroup(s.group)
		} else {
			h = h.WithAttrs(s.attrs)
		}
	}
	r.AddAttrs(p.record...)
	return h.Handle(context.Background(), r)
}

// generator makes a program of bytes; of random ones where they end.
type generator struct {
	data []byte
	rand *rand.Rand
	next int
}

func (g *generator) pick(n int) int {
	if len(g.data) > 0 {
		b := g.data[0]
		g.data = g.data[1:]
		return int(b) % n
	}
	if g.rand != nil {
		return g.rand.IntN(n)
	}
	return 0
}

var keysInPlay = []string{"a", "b", "c", "g", "h", "msg", "l0.a", "l0.a#2", "l1.a", "l1.b", "time", "a", "b"}

func (g *generator) attrs(most int) (attrs []slog.Attr) {
	for range g.pick(most + 1) {
		g.next++
		key := keysInPlay[g.pick(len(keysInPlay))]
		value := slog.IntValue(g.next)
		switch g.pick(12) {
		case 0:
			attrs = append(attrs, slog.Attr{Value: slog.GroupValue(slog.Int(key, g.next), slog.Int("inline", g.next))})
			continue
		case 1:
			attrs = append(attrs, slog.Any("", valuer{slog.GroupValue(slog.Int(key, g.next))}))
			continue
		case 2:
			value = slog.GroupValue(slog.Int("a", g.next), slog.GroupAttrs("deep", slog.Int("b", 1)))
		case 3:
			value = slog.AnyValue(valuer{slog.IntValue(g.next)})
		case 4:
			value = slog.GroupValue()
		case 5:
			attrs = append(attrs, slog.Attr{})
			continue
		case 6:
			value = slog.StringValue("always the same")
		case 7:
			value = slog.AnyValue([]int{g.next})
		}
		attrs = append(attrs, slog.Attr{Key: key, Value: value})
	}
	return attrs
}

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

func (g *generator) program() (p program) {
	for i := range g.pick(5) {
		adds := g.attrs(3)
		l := factory.Layer{
			Name: fmt.Sprint("l", i), OnCollision: factory.Collision(g.pick(5)), InGroup: g.pick(4) == 0,
			ErrorHandler: slogx.IgnoreErrors,
		}
		kind := g.pick(4)
		switch kind {
		case 0, 1:
			l.Factory = factory.Attrs(adds...)
		case 2:
			l.Factory = factory.FromContext(func(context.Context) []slog.Attr { return adds })
		case 3:
			l.Factory = func(_ context.Context, r slog.Record) slog.Record {
				r.AddAttrs(adds...)
				return r
			}
		}
		p.layers = append(p.layers, l)
		p.adds = append(p.adds, adds)
		p.static = append(p.static, kind <= 1 && !l.InGroup)
	}
	for range g.pick(5) {
		if g.pick(3) == 0 {
			p.steps = append(p.steps, step{group: []string{"g", "h", "a"}[g.pick(3)]})
		} else {
			p.steps = append(p.steps, step{attrs: g.attrs(3)})
		}
	}
	p.record = g.attrs(7)
	return p
}

var formats = []struct {
	name string
	make func(io.Writer) slog.Handler
}{
	{"slogx.JSON", func(w io.Writer) slog.Handler { return slogx.JSON(w, nil) }},
	{"slogx.Text", func(w io.Writer) slog.Handler { return slogx.Text(w, nil) }},
	{"slog.JSON", func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) }},
	{"slog.Text", func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }},
	{"Stream", func(w io.Writer) slog.Handler {
		return slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{Format: slogx.JSON}})
	}},
}

func checkProgram(t *testing.T, p program) {
	t.Helper()
	for _, f := range formats {
		var got, want bytes.Buffer
		if err := p.run(f.make(&got), record("m")); err != nil && !slices.ContainsFunc(p.layers, rejects) {
			t.Fatal(err)
		}
		if err := f.make(&want).Handle(t.Context(), record("m", p.model()...)); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("%s:\n got %swant %s%s", f.name, &got, &want, p)
		}
	}
}

func rejects(l factory.Layer) bool { return l.OnCollision == factory.Reject }

func (p program) String() string {
	var b strings.Builder
	for i, l := range p.layers {
		fmt.Fprintf(&b, "layer %s, policy %d, InGroup %v, static %v: %v\n", l.Name, l.OnCollision, l.InGroup, p.static[i], p.adds[i])
	}
	fmt.Fprintf(&b, "steps %v\nrecord %v\n", p.steps, p.record)
	return b.String()
}

func TestModel(t *testing.T) {
	n := 20_000
	if testing.Short() || raceEnabled {
		n = 2_000
	}
	for seed := range n {
		g := generator{rand: rand.New(rand.NewPCG(uint64(seed), 1))}
		checkProgram(t, g.program())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzModel(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 1, 0, 9, 0, 1, 0, 1, 0, 9, 0, 1, 2, 1, 1, 1, 0, 9, 3, 0, 9, 1, 9, 2, 9})
	for seed := range 8 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		data := make([]byte, 64)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := generator{data: data}
		checkProgram(t, g.program())
	})
}
