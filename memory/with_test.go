package memory_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestBytes: what comes out is what the target would have written at once, though all that was logged has changed since.
func TestBytes(t *testing.T) {
	for _, format := range formats {
		for _, wrap := range wraps {
			t.Run(format.name+"/"+wrap.name, func(t *testing.T) {
				var direct, through testkit.Buffer
				h, finish := wrap.wrap(t, format.new(&through, &slog.HandlerOptions{Level: slog.LevelDebug}))
				ids := []int{1, 2, 3}
				tags := map[string]any{"a": []string{"x"}}
				mood := "good"
				change := func() {
					ids[0]++
					tags["b"] = ids[0]
					tags["a"].([]string)[0] += "y"
					mood += "!"
				}
				both := func(f func(h slog.Handler)) {
					f(format.new(&direct, &slog.HandlerOptions{Level: slog.LevelDebug}))
					f(h)
					change()
				}
				both(func(h slog.Handler) {
					l := slog.New(dropTime{h}).With("ids", ids, slog.Group("", "inline", 1))
					l.Info("one", "tags", tags, "mood", valuer(func() string { return mood }))
					l.WithGroup("g").With("tags", tags).WithGroup("h").Debug("two", "e", io.EOF, "ids", &ids)
					l.WithGroup("g").WithGroup("g").With("a", 1).With("a", 2).Info("three")
					l.WithGroup("empty").Info("four")
					l.WithGroup("g").Error("five", "err", &moody{&mood})
				})
				finish()
				want := direct.Take()
				if got := through.Take(); got != want {
					t.Errorf("got\n%swant\n%s", got, want)
				}
			})
		}
	}
}

type valuer func() string

func (v valuer) LogValue() slog.Value { return slog.StringValue(v()) }

// moody is an error that changes.
type moody struct{ mood *string }

func (m *moody) Error() string { return "mood: " + *m.mood }

// dropTime makes records comparable.
type dropTime struct{ slog.Handler }

func (d dropTime) Handle(ctx context.Context, r slog.Record) error {
	r2 := slog.NewRecord(time.Time{}, r.Level, r.Message, 0)
	r.Attrs(func(a slog.Attr) bool { r2.AddAttrs(a); return true })
	return d.Handler.Handle(ctx, r2)
}

func (d dropTime) WithAttrs(attrs []slog.Attr) slog.Handler {
	return dropTime{d.Handler.WithAttrs(attrs)}
}

func (d dropTime) WithGroup(name string) slog.Handler { return dropTime{d.Handler.WithGroup(name)} }

// TestDerivedOnce: a target formats the attributes of a derived handler once, when they are given, and again only for
// another target.
func TestDerivedOnce(t *testing.T) {
	first, second := &derivations{calls: new(int)}, &derivations{calls: new(int)}
	h := memory.NewHandler(2, first, &memory.Options{Options: options(t)})
	derived := h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("b", 2)})
	if *first.calls != 3 {
		t.Errorf("%d derivations, want 3", *first.calls)
	}
	handle(t, derived, "a", "b", "c", "d", "e")
	if *first.calls != 3 {
		t.Errorf("%d derivations, want 3", *first.calls)
	}
	h.SetTarget(second)
	if *second.calls != 0 {
		t.Error("derived before it was needed")
	}
	handle(t, derived, "f", "g", "h")
	derived.Enabled(t.Context(), 0)
	if *first.calls != 3 || *second.calls != 3 {
		t.Errorf("%d and %d derivations, want 3 each", *first.calls, *second.calls)
	}
}

type derivations struct {
	recorder
	calls *int
}

func (d *derivations) WithAttrs(attrs []slog.Attr) slog.Handler {
	attrs[0] = slog.String("overwritten", "by its owner")
	*d.calls++
	return d
}

func (d *derivations) WithGroup(string) slog.Handler {
	*d.calls++
	return d
}

// TestSiblings derives many handlers of one, at the same time, and logs through all.
func TestSiblings(t *testing.T) {
	for _, wrap := range wraps {
		t.Run(wrap.name, func(t *testing.T) {
			var b testkit.Buffer
			h, finish := wrap.wrap(t, slogx.Text(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
			base := h.WithAttrs([]slog.Attr{slog.Int("base", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("more", 2)})
			var wg sync.WaitGroup
			names := []string{"a", "b", "c", "d", "e", "f"}
			for _, name := range names {
				wg.Go(func() {
					h := base.WithGroup(name).WithAttrs([]slog.Attr{slog.String("own", name)})
					for range 20 {
						handle(t, h, name)
						handle(t, h.WithAttrs([]slog.Attr{slog.String("also", name)}), name)
					}
				})
			}
			wg.Wait()
			finish()
			lines := strings.Split(strings.TrimSuffix(b.Take(), "\n"), "\n")
			if len(lines) != 240 {
				t.Fatalf("%d lines", len(lines))
			}
			for _, line := range lines {
				name := strings.TrimPrefix(strings.Fields(line)[1], "msg=")
				plain := "level=INFO msg=" + name + " base=1 g.more=2 g." + name + ".own=" + name
				if line != plain && line != plain+" g."+name+".also="+name {
					t.Errorf("%s", line)
				}
			}
		})
	}
}
