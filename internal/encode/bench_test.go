package encode

import (
	"log/slog"
	"testing"
	"time"
)

func BenchmarkHandle(b *testing.B) {
	mixed := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25),
	}
	for _, f := range []struct {
		name string
		h    slog.Handler
		src  bool
	}{
		{"slogJSON", slog.NewJSONHandler(discard, nil), false},
		{"JSON", NewJSON(discard, nil), false},
		{"slogText", slog.NewTextHandler(discard, nil), false},
		{"Text", NewText(discard, nil), false},
		{"slogJSONsrc", slog.NewJSONHandler(discard, &slog.HandlerOptions{AddSource: true}), true},
		{"JSONsrc", NewJSON(discard, &slog.HandlerOptions{AddSource: true}), true},
	} {
		logger := slog.New(f.h)
		b.Run(f.name+"/message", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				logger.LogAttrs(b.Context(), slog.LevelInfo, "request served")
			}
		})
		if f.src {
			continue
		}
		b.Run(f.name+"/5attrs", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				logger.LogAttrs(b.Context(), slog.LevelInfo, "request served", mixed...)
			}
		})
		with := slog.New(f.h.WithAttrs(mixed))
		b.Run(f.name+"/with5", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				with.LogAttrs(b.Context(), slog.LevelInfo, "request served", mixed[1])
			}
		})
	}
}
