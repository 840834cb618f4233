package slogx_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestAllocations: no allocation per record, by whatever way it goes.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Time("started", time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)),
	}
	keep := slogx.Filter(func(_ context.Context, r slog.Record) bool { return r.Level >= slog.LevelInfo })
	for _, format := range formats[:2] {
		for _, source := range []bool{false, true} {
			hopts := &slog.HandlerOptions{AddSource: source}
			o := slogx.Options{Format: format.format, AddSource: source, ErrorHandler: testkit.NoErrors(t)}
			file := slogx.NewFileHandler(filepath.Join(t.TempDir(), "log"), &slogx.FileOptions{Options: o})
			t.Cleanup(func() { _ = file.Close() })
			stream := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: o})
			for name, h := range map[string]slog.Handler{
				"alone":  format.format(io.Discard, hopts),
				"Stream": stream,
				"NUL":    slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: o, Terminator: "\r\n"}),
				"File":   file,
				"Filter": keep(keep(stream)),
				"Fanout": slogx.Fanout(stream, keep(file), slogx.NewNullHandler()),
			} {
				for derived, h := range map[string]slog.Handler{
					"plain": h, "With(5)": h.WithAttrs(attrs), "WithGroup": h.WithGroup("g"),
					"both": h.WithGroup("g").WithAttrs(attrs).WithGroup("h"),
				} {
					logger := slog.New(h)
					for n := range len(attrs) + 1 {
						got := testing.AllocsPerRun(100, func() {
							logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", attrs[:n]...)
						})
						if got != 0 {
							t.Errorf("%s, %s, %s, source %v, %d attributes: %v allocations", format.name, name, derived, source, n, got)
						}
					}
					if got := testing.AllocsPerRun(100, func() { logger.Debug("off") }); got != 0 {
						t.Errorf("%s, %s: %v allocations when not enabled", name, derived, got)
					}
				}
			}
		}
	}
}

// TestAllocationsForeign: a foreign format costs what it costs alone.
func TestAllocationsForeign(t *testing.T) {
	testkit.SkipUnderRace(t)
	h := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: slogx.Options{
		Format: slogx.FormatOf(slog.NewJSONHandler), ErrorHandler: testkit.NoErrors(t),
	}})
	logger := slog.New(h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)}))
	got := testing.AllocsPerRun(100, func() {
		logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", slog.Int("status", 200))
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}
