package factory_test

import (
	"log/slog"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// counter is a LogValuer that says how often it was asked.
type counter struct {
	asked *int
	key   string // "": a number, else a group with it
}

func (c counter) LogValue() slog.Value {
	*c.asked++
	if c.key == "" {
		return slog.IntValue(*c.asked)
	}
	return slog.GroupValue(slog.Int(c.key, *c.asked))
}

// TestValuersAhead: the LogValuers of Attrs and With are asked once, whatever becomes of records.
func TestValuersAhead(t *testing.T) {
	for _, key := range []string{"", "in"} {
		for _, group := range []bool{false, true} {
			attr := func(name string, asked *int) slog.Attr {
				a := slog.Any(name, counter{asked, key})
				if group {
					return slog.Group(name, "deep", a.Value)
				}
				return a
			}
			var ahead, with int
			h := factory.New(newArchive(),
				factory.Layer{Factory: factory.Attrs(attr("ahead", &ahead), slog.Int("k", 1)), ErrorHandler: slogx.IgnoreErrors},
				one("b", fromContext(n)),
			).WithAttrs([]slog.Attr{attr("with", &with)}).WithGroup("g").WithAttrs([]slog.Attr{attr("with", &with)})
			inner := h.WithAttrs([]slog.Attr{n})
			for _, h := range []slog.Handler{h, inner, factory.New(inner, one("", factory.Attrs(k)))} {
				for range 2 {
					if err := h.Handle(t.Context(), record("m", k)); err != nil {
						t.Error(err)
					}
				}
			}
			if ahead != 1 || with != 2 {
				t.Errorf("asked %d times, and %d times for two", ahead, with)
			}
		}
	}
}

// TestValuersOfRecords: a LogValuer without a key may be a group, so it is asked; but once, and what it has said is logged.
func TestValuersOfRecords(t *testing.T) {
	for _, kind := range kinds {
		for _, policy := range []factory.Collision{factory.Keep, factory.Rename, factory.Replace} {
			for _, inGroup := range []bool{false, true} {
				var asked int
				l := one("x", kind.make(same))
				l.OnCollision, l.InGroup, l.ErrorHandler = policy, inGroup, slogx.IgnoreErrors
				a := newArchive()
				h := factory.New(a, l)
				if err := h.Handle(t.Context(), record("m", n, slog.Any("", counter{&asked, "k"}))); err != nil {
					t.Error(err)
				}
				for _, attr := range attrsOf((*a.kept)[0].Record) {
					attr.Value.Resolve()
				}
				if asked != 1 {
					t.Errorf("%s, policy %d: asked %d times", kind.name, policy, asked)
				}
			}
		}
	}
}

// TestValuersLeftAlone: a LogValuer with a key is for the handler to ask, or not.
func TestValuersLeftAlone(t *testing.T) {
	for _, kind := range kinds {
		var asked int
		a := newArchive()
		h := factory.New(a, one("x", kind.make(same)))
		if err := h.Handle(t.Context(), record("m", slog.Any("v", counter{&asked, ""}))); err != nil {
			t.Error(err)
		}
		if kind := attrsOf((*a.kept)[0].Record)[0].Value.Kind(); kind != slog.KindLogValuer || asked != 0 {
			t.Errorf("%v, asked %d times", kind, asked)
		}
	}
}
