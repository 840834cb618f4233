package snapshot

import (
	"errors"
	"log/slog"
	"testing"
	"time"
)

// BenchmarkInPlace takes snapshots of records of five attributes.
func BenchmarkInPlace(b *testing.B) {
	for _, bench := range []struct {
		name string
		last slog.Attr
	}{
		{"constant", slog.Time("started", time.Unix(1, 2))},
		{"group", slog.Group("g", slog.Int("a", 1), slog.String("b", "2"))},
		{"error", slog.Any("err", errors.New("no"))},
		{"slice", slog.Any("ids", []int{1, 2, 3})},
		{"map", slog.Any("by", map[string]int{"a": 1, "b": 2})},
		{"pointer", slog.Any("p", &slog.Source{File: "f", Line: 1})},
		{"captured", slog.Any("u", &counter{n: 3})},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := slog.NewRecord(time.Unix(3, 4), slog.LevelInfo, "request served", 0)
			r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", time.Second),
				slog.Bool("cached", true), bench.last)
			b.ReportAllocs()
			for b.Loop() {
				kept := r
				InPlace(&kept)
			}
		})
	}
}

// BenchmarkSize weighs a record of five constant attributes.
func BenchmarkTake(b *testing.B) {
	r := slog.NewRecord(time.Unix(3, 4), slog.LevelInfo, "request served", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", time.Second),
		slog.Bool("cached", true), slog.Time("started", time.Unix(1, 2)))
	for b.Loop() {
		Take(&r)
	}
}

func BenchmarkSize(b *testing.B) {
	r := slog.NewRecord(time.Unix(3, 4), slog.LevelInfo, "request served", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", time.Second),
		slog.Bool("cached", true), slog.Time("started", time.Unix(1, 2)))
	for b.Loop() {
		Size(&r)
	}
}
