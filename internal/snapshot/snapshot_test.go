package snapshot

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// formats are those whose bytes a snapshot must not alter.
var formats = []struct {
	name string
	new  func(io.Writer, *slog.HandlerOptions) slog.Handler
}{
	{"slogx.JSON", slogx.JSON},
	{"slogx.Text", slogx.Text},
	{"slog.JSON", slogx.FormatOf(slog.NewJSONHandler)},
	{"slog.Text", slogx.FormatOf(slog.NewTextHandler)},
}

// lines is what all formats write for r, in a group and out of it.
func lines(t *testing.T, r slog.Record) []string {
	t.Helper()
	var all []string
	for _, f := range formats {
		for _, group := range []string{"", "G"} {
			var b bytes.Buffer
			h := f.new(&b, nil)
			if group != "" {
				h = h.WithGroup(group)
			}
			if err := h.Handle(t.Context(), r); err != nil {
				t.Error(err)
			}
			all = append(all, f.name+": "+b.String())
		}
	}
	return all
}

func newRecord(attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Unix(1, 2).UTC(), slog.LevelInfo, "m", 0)
	r.AddAttrs(attrs...)
	return r
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s\n got %s\nwant %s", what, got[i], want[i])
		}
	}
}

// TestZoo has each value alone and in all sorts of company.
func TestZoo(t *testing.T) {
	n := len(zoo())
	for i := range n {
		for _, form := range []struct {
			name string
			make func(any) []slog.Attr
		}{
			{"alone", func(v any) []slog.Attr { return []slog.Attr{slog.Any("k", v)} }},
			{"no key", func(v any) []slog.Attr { return []slog.Attr{slog.Any("", v)} }},
			{"fifth to seventh", func(v any) []slog.Attr {
				return []slog.Attr{
					slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3), slog.Int("d", 4),
					slog.Any("k", v), slog.Any("l", v), slog.Any("m", v), slog.Int("z", 9),
				}
			}},
			{"grouped", func(v any) []slog.Attr {
				return []slog.Attr{slog.Group("g", slog.Int("a", 1), slog.Any("k", v), slog.Group("h", slog.Any("k", v)))}
			}},
			{"inline", func(v any) []slog.Attr { return []slog.Attr{slog.Group("", slog.Any("k", v)), slog.String("k", "")} }},
		} {
			animal := zoo()[i]
			t.Run(animal.name+"/"+form.name, func(t *testing.T) {
				r := newRecord(form.make(animal.value)...)
				want := lines(t, r)
				kept := Record(r)
				again := Record(kept)
				viaAttrs := newRecord(Attrs(form.make(animal.value))...)
				same(t, "at once", lines(t, kept), want)
				if animal.change != nil {
					animal.change()
				}
				same(t, "later", lines(t, kept), want)
				same(t, "a snapshot of the snapshot", lines(t, again), want)
				same(t, "Attrs", lines(t, viaAttrs), want)
				if changed := lines(t, r); animal.change != nil && slices.Equal(changed, want) {
					t.Errorf("the change does not show in the original: it proves nothing")
				}
			})
		}
	}
}

// FuzzZoo mixes values into groups, slices, maps and pointers.
func FuzzZoo(f *testing.F) {
	for i := range uint64(64) {
		f.Add(i, i*i)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		rnd := rand.New(rand.NewPCG(a, b))
		animals := zoo()
		attrs := make([]slog.Attr, rnd.IntN(9))
		for i := range attrs {
			attrs[i] = mixedAttr(rnd, animals, []string{"", "a", "b b", "c"}, 3)
		}
		r := newRecord(attrs...)
		want := lines(t, r)
		kept := Record(r)
		for _, animal := range animals {
			if animal.change != nil {
				animal.change()
			}
		}
		same(t, "later", lines(t, kept), want)
	})
}

func mixedAttr(rnd *rand.Rand, animals []animal, keys []string, depth int) slog.Attr {
	key := keys[rnd.IntN(len(keys))]
	if depth > 0 && rnd.IntN(3) == 0 {
		attrs := make([]slog.Attr, rnd.IntN(4))
		for i := range attrs {
			attrs[i] = mixedAttr(rnd, animals, keys, depth-1)
		}
		return slog.Attr{Key: key, Value: slog.GroupValue(attrs...)}
	}
	return slog.Any(key, mixed(rnd, animals, depth))
}

func mixed(rnd *rand.Rand, animals []animal, depth int) any {
	one := func() any { return mixed(rnd, animals, depth-1) }
	if depth == 0 {
		return animals[rnd.IntN(len(animals))].value
	}
	switch rnd.IntN(12) {
	case 0:
		return []any{one(), one()}
	case 1:
		return map[string]any{"x": one(), "y": one()}
	case 2:
		v := one()
		return &v
	case 3:
		return &[]any{one()}
	case 4:
		return config{Name: "mixed", Any: one()}
	case 5:
		return &config{Name: "mixed", Any: one(), Tags: []string{"t"}}
	case 6:
		return [1]any{one()}
	case 7:
		return struct{ unexported, Exported any }{one(), one()}
	default:
		return animals[rnd.IntN(len(animals))].value
	}
}
