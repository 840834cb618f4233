package factory_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// run logs the record through Handlers over next. It returns what ErrorHandlers were told, and what Handle returned.
func (p program) run(next slog.Handler) (told []string, err error) {
	layers := make([]factory.Layer, len(p.layers))
	for i, l := range p.layers {
		layers[i] = l.Layer
		layers[i].ErrorHandler = func(_ context.Context, _ slog.Record, err error) { told = append(told, err.Error()) }
	}
	h := next
	if p.inner < len(layers) {
		h = derived(p.steps[:p.early], factory.New(h, layers[p.inner:]...))
	}
	if p.apart {
		h = slogx.Fanout(h)
	}
	h = derived(p.steps[p.early:], factory.New(h, layers[:p.inner]...))
	return told, h.Handle(context.Background(), p.record.Clone())
}

func derived(steps []step, h slog.Handler) slog.Handler {
	for _, s := range steps {
		if s.group != "" {
			h = h.WithGroup(s.group)
		} else {
			h = h.WithAttrs(slices.Clone(s.attrs))
		}
	}
	return h
}

func (l *layer) setFactory() {
	switch l.kind {
	case static:
		l.Factory = factory.Attrs(l.adds...)
	case contextual:
		l.Factory = factory.FromContext(func(context.Context) []slog.Attr { return l.adds })
	case appends:
		l.Factory = func(_ context.Context, r slog.Record) slog.Record {
			r.AddAttrs(l.adds...)
			return r
		}
	case rebuilds:
		l.Factory = func(_ context.Context, r slog.Record) slog.Record {
			n := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
			n.AddAttrs(l.adds...)
			n.AddAttrs(attrsOf(r)...)
			return n
		}
	case tells:
		l.Factory = func(_ context.Context, r slog.Record) slog.Record {
			r.AddAttrs(slog.String("tells", keysOf(attrsOf(r))))
			r.Message += "!"
			r.Level = slog.LevelWarn
			return r
		}
	}
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

var keysInPlay = []string{"a", "b", "c", "g", "h", "msg", "l0.a", "l0.a#2", "l1.a", "l1.b", "time", "tells", "a", "b"}

func (g *generator) attrs(most int) (attrs []slog.Attr) {
	for range g.pick(most + 1) {
		attrs = append(attrs, g.attr())
	}
	return attrs
}

func (g *generator) attr() slog.Attr {
	g.next++
	key := keysInPlay[g.pick(len(keysInPlay))]
	number := slog.Int(key, g.next)
	switch g.pick(14) {
	case 0:
		return slog.GroupAttrs("", number, slog.Int("inline", g.next))
	case 1:
		return slog.Any("", valuer{slog.GroupValue(number)})
	case 2:
		deep := slog.GroupAttrs("deep", slog.Int("b", 1), slog.Any("c", valuer{number.Value}))
		return slog.GroupAttrs(key, slog.Int("a", g.next), deep)
	case 3:
		return slog.Any(key, valuer{number.Value})
	case 4:
		return slog.GroupAttrs(key)
	case 5:
		return slog.Attr{}
	case 6, 7:
		return slog.String(key, "always the same")
	case 8:
		return slog.Any(key, []int{g.next})
	default:
		return number
	}
}

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

// replacers are for ReplaceAttr.
var replacers = []func(groups []string, a slog.Attr) slog.Attr{
	func(_ []string, a slog.Attr) slog.Attr { // redacts
		if a.Key == "a" || strings.HasSuffix(a.Key, ".a") {
			a.Value = slog.StringValue("redacted")
		}
		return a
	},
	func(groups []string, a slog.Attr) slog.Attr { // drops
		if a.Key == "b" && !slices.Contains(groups, "g") {
			return slog.Attr{}
		}
		return a
	},
	func(_ []string, a slog.Attr) slog.Attr { // renames
		if a.Key == "c" {
			a.Key = "a"
		}
		return a
	},
	func(groups []string, a slog.Attr) slog.Attr { // makes inline groups
		if a.Key == "h" && len(groups) == 0 {
			return slog.GroupAttrs("", slog.String("a", "inlined"), slog.Attr{Key: "h", Value: a.Value})
		}
		return a
	},
}

func (g *generator) layer(i int) layer {
	l := layer{kind: kind(g.pick(int(none) + 1))}
	l.Name, l.OnCollision, l.InGroup = fmt.Sprint("l", i), factory.Collision(g.pick(5)), g.pick(4) == 0
	switch l.kind {
	case tells, none:
	case rebuilds: // its attributes must be none of those that are there
		for range g.pick(3) {
			g.next++
			l.adds = append(l.adds, slog.Int(keysInPlay[g.pick(len(keysInPlay))], g.next))
		}
	default:
		l.adds = g.attrs(3)
	}
	l.setFactory()
	if n := g.pick(3 * len(replacers)); n < len(replacers) {
		l.ReplaceAttr = replacers[n]
	}
	return l
}

func (g *generator) program() (p program) {
	for i := range g.pick(5) {
		p.layers = append(p.layers, g.layer(i))
	}
	p.inner = len(p.layers)
	if len(p.layers) > 1 && g.pick(3) == 0 {
		p.inner = 1 + g.pick(len(p.layers)-1)
		p.apart = g.pick(2) == 0
		for range g.pick(2) {
			p.early++
			p.steps = append(p.steps, step{attrs: g.attrs(3)})
		}
	}
	for range g.pick(5) {
		if g.pick(3) == 0 {
			p.steps = append(p.steps, step{group: []string{"g", "h", "a"}[g.pick(3)]})
		} else {
			p.steps = append(p.steps, step{attrs: g.attrs(3)})
		}
	}
	p.record = record("m", g.attrs(7)...)
	return p
}

func checkProgram(t *testing.T, p program) {
	t.Helper()
	out := p.model()
	r := out.record.Clone()
	r.AddAttrs(out.attrs(p.last())...)
	for _, f := range formats {
		var got, want bytes.Buffer
		told, err := p.run(f.make(&got))
		if e := f.make(&want).Handle(t.Context(), r); e != nil {
			t.Fatal(e)
		}
		if got.String() != want.String() {
			t.Fatalf("%s:\n got %swant %s%s", f.name, &got, &want, p)
		}
		if (err != nil) != out.rejected {
			t.Fatalf("%s: Handle returns %v, rejected: %v\n%s", f.name, err, out.rejected, p)
		}
		if !subset(out.told, told) || !subset(told, slices.Concat(out.told, p.toldAhead())) {
			t.Fatalf("%s: told\n\t%q, want\n\t%q and perhaps\n\t%q\n%s", f.name, told, out.told, p.toldAhead(), p)
		}
	}
}

// toldAhead is what ErrorHandlers are told while Handlers are derived, when there are no attributes but those of static
// layers and of With.
func (p program) toldAhead() (told []string) {
	p.record = record("")
	p.layers = slices.Clone(p.layers)
	for i := range p.layers {
		if !p.layers[i].ahead() {
			p.layers[i].kind, p.layers[i].adds = none, nil
		}
	}
	for n := range len(p.steps) + 1 {
		part := p
		part.steps, part.early = p.steps[:n], min(p.early, n)
		told = append(told, part.model().told...)
		if n <= p.early { // not yet in the outer Handler
			alone := program{layers: p.layers[p.inner:], inner: len(p.layers) - p.inner, steps: p.steps[:n], record: p.record}
			told = append(told, alone.model().told...)
		}
	}
	return told
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// last returns the program of the Handler that comes last.
func (p program) last() program {
	if p.apart {
		p.layers = p.layers[p.inner:]
	}
	return p
}

func (p program) String() string {
	var b strings.Builder
	for i, l := range p.layers {
		fmt.Fprintf(&b, "layer %d: kind %d, policy %d, InGroup %v, ReplaceAttr %v: %v\n",
			i, l.kind, l.OnCollision, l.InGroup, l.ReplaceAttr != nil, l.adds)
	}
	fmt.Fprintf(&b, "steps %v\nrecord %v\n", p.steps, attrsOf(p.record))
	fmt.Fprintf(&b, "inner %d, early %d, apart %v\n", p.inner, p.early, p.apart)
	return b.String()
}

func TestModel(t *testing.T) {
	n := 20_000
	if testing.Short() || testkit.Race {
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
