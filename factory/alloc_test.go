package factory_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

var five = []slog.Attr{
	slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
	slog.Bool("cached", true), slog.Float64("ratio", 0.5),
}

// derivations are what loggers are derived with.
var derivations = map[string]func(slog.Handler) slog.Handler{
	"plain":     with(),
	"With(5)":   with(five...),
	"WithGroup": inside(nil, nil),
	"both":      inside(five, five),
	"deep": func(h slog.Handler) slog.Handler {
		return h.WithGroup("g").WithAttrs(five).WithGroup("h").WithAttrs(five).WithGroup("i")
	},
}

// allocations are those of one call with n attributes.
func allocations(h slog.Handler, n int) float64 {
	logger := slog.New(h)
	return testing.AllocsPerRun(100, func() {
		logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", five[:n]...)
	})
}

// TestAllocations: over handlers of ours nothing is allocated for a record, wherever attributes go.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	o := slogx.Options{Format: slogx.JSON, ErrorHandler: testkit.NoErrors(t)}
	watched := rotate.NewWatchedHandler(filepath.Join(t.TempDir(), "log"), &rotate.WatchedOptions{Options: o})
	t.Cleanup(func() { _ = watched.Close() })
	for name, next := range map[string]slog.Handler{
		"JSON":        slogx.JSON(io.Discard, nil),
		"Text":        slogx.Text(io.Discard, &slog.HandlerOptions{AddSource: true}),
		"ReplaceAttr": slogx.JSON(io.Discard, &slog.HandlerOptions{ReplaceAttr: unchanged}),
		"Stream":      slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: o}),
		"rotate":      openFile(t, o),
		"Watched":     watched,
	} {
		testAllocations(t, name, next, func(string) float64 { return 0 })
		if got := allocations(factory.Global(next), 5); got != 0 {
			t.Errorf("%s, Global: %v allocations", name, got)
		}
	}
}

// TestAllocationsForeign: over any other handler one is, for a record of more than five attributes; with groups open, and
// attributes at the root, one more.
func TestAllocationsForeign(t *testing.T) {
	testkit.SkipUnderRace(t)
	testAllocations(t, "foreign", blank{}, func(derived string) float64 {
		if derived == "plain" || derived == "With(5)" {
			return 1
		}
		return 2
	})
}

func testAllocations(t *testing.T, name string, next slog.Handler, most func(derived string) float64) {
	for _, kinds := range [][]string{{"Attrs"}, {"FromContext"}, {"Attrs", "FromContext"}} {
		for _, inGroup := range []bool{false, true} {
			for _, layers := range []int{1, 4, 16} {
				chain := chained(layers, kinds...)
				for i := range chain {
					chain[i].InGroup = inGroup
				}
				for derived, derive := range derivations {
					h := derive(factory.New(next, chain...))
					for n := range len(five) + 1 {
						if got := allocations(h, n); got > most(derived) {
							t.Errorf("%s, %d of %v, InGroup %v, %s, %d attributes: %v allocations",
								name, layers, kinds, inGroup, derived, n, got)
						}
					}
				}
			}
		}
	}
}

// blank is a handler of somebody else that does nothing.
type blank struct{}

func (blank) Enabled(context.Context, slog.Level) bool  { return true }
func (blank) Handle(context.Context, slog.Record) error { return nil }
func (b blank) WithAttrs([]slog.Attr) slog.Handler      { return b }
func (b blank) WithGroup(string) slog.Handler           { return b }
