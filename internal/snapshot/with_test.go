package snapshot

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// FuzzWith repeats random chains on a handler, and flattens them.
func FuzzWith(f *testing.F) {
	for i := range uint64(64) {
		f.Add(i, i*i)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		rnd := rand.New(rand.NewPCG(a, b))
		// Nothing may turn out to be empty: what log/slog then leaves behind depends on where it is.
		animals := slices.DeleteFunc(zoo(), func(a animal) bool {
			return strings.HasSuffix(a.name, "source") || a.name == "valuer of nothing"
		})
		keys := []string{"a", "b b", "c"}
		var w *With
		type link struct {
			attrs []slog.Attr
			group string
		}
		var links []link
		for range rnd.IntN(6) {
			l := link{group: []string{"g", "h h", ""}[rnd.IntN(3)]}
			if rnd.IntN(2) == 0 {
				l = link{attrs: []slog.Attr{mixedAttr(rnd, animals, keys, 2), slog.Int("n", 1)}[rnd.IntN(2):]}
			}
			links = append(links, l)
			w = w.Group(l.group).Attrs(l.attrs)
		}
		r := newRecord()
		for range rnd.IntN(8) {
			r.AddAttrs(mixedAttr(rnd, animals, keys, 1))
		}
		direct := make([]slog.Handler, len(formats))
		var want []string
		var buf bytes.Buffer
		for i, format := range formats {
			direct[i] = format.new(&buf, nil)
			for _, l := range links {
				if l.group != "" {
					direct[i] = direct[i].WithGroup(l.group)
				}
				direct[i] = direct[i].WithAttrs(l.attrs)
			}
			want = append(want, written(t, direct[i], r, &buf))
		}
		kept, flat := Record(r), w.Flatten(Record(r))
		for _, animal := range animals {
			if animal.change != nil {
				animal.change()
			}
		}
		for i, format := range formats {
			root := &Root{format.new(&buf, nil)}
			for range 2 {
				h, err := w.On(root)
				if err != nil {
					t.Fatal(err)
				}
				if got := written(t, h, kept, &buf); got != want[i] {
					t.Errorf("%s, derived:\n got %s\nwant %s", format.name, got, want[i])
				}
			}
			if got := written(t, root.Handler, flat, &buf); got != want[i] {
				t.Errorf("%s, flattened:\n got %s\nwant %s", format.name, got, want[i])
			}
		}
	})
}

func written(t *testing.T, h slog.Handler, r slog.Record, buf *bytes.Buffer) string {
	t.Helper()
	buf.Reset()
	if err := h.Handle(t.Context(), r); err != nil {
		t.Error(err)
	}
	return buf.String()
}
