package snapshot

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestLayoutUnknown does all again without that knowledge.
func TestLayoutUnknown(t *testing.T) {
	unknown := func(f func()) {
		defer func(known bool) { layout.Known = known }(layout.Known)
		layout.Known = false
		f()
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	animals := zoo()
	constants := 0
	for range 600 {
		r := newRecord()
		for range rnd.IntN(9) {
			switch rnd.IntN(12) {
			case 0:
				r.AddAttrs(mixedAttr(rnd, animals, []string{"k"}, 1))
			case 1:
				r.AddAttrs(slog.Time("t", time.Date(1+rnd.IntN(9000), 1, 1, 0, 0, 0, 0, time.UTC)))
			case 2:
				r.AddAttrs(slog.Group("g", slog.Float64("f", 1), slog.Uint64("u", 2)))
			default:
				r.AddAttrs(slog.String("s", "x"), slog.Bool("b", true))
			}
		}
		known := constant(&r)
		unknown(func() {
			if constant(&r) != known {
				t.Errorf("constant is %v with the layout and without %v: %v", known, !known, lines(t, r))
			}
		})
		if known {
			constants++
		}
	}
	if constants < 60 || constants > 540 {
		t.Errorf("%d of 600 records are constant", constants)
	}
	unknown(func() { t.Run("zoo", TestZoo); t.Run("clip", TestClipped); t.Run("size", TestSize) })
}

func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1), slog.Bool("cached", true),
		slog.Time("started", time.Unix(1, 2)), slog.Float64("load", 0.5),
		slog.Group("g", slog.Uint64("n", 1), slog.Group("h", slog.Int("m", 1))),
		slog.Any("err", errors.New("e")), slog.Any("level", slog.LevelWarn), slog.Any("nil", nil),
	}
	for n := range len(attrs) + 1 {
		r := newRecord(attrs[:n]...)
		if got := testing.AllocsPerRun(100, func() { kept := r; InPlace(&kept) }); got != 0 {
			t.Errorf("%d attributes: %v allocations", n, got)
		}
	}
}
