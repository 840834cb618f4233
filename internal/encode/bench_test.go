package encode

import (
	"errors"
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

// BenchmarkAppendRecord formats records, and does nothing else.
func BenchmarkAppendRecord(b *testing.B) {
	five := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond), slog.Bool("cached", true),
		slog.Time("started", time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)),
	}
	for _, bench := range []struct {
		name  string
		attrs []slog.Attr
	}{
		{"message", nil},
		{"five", five},
		{"an error", append(five[:4:4], slog.Any("err", errors.New("no such file")))},
		{"a group", []slog.Attr{slog.GroupAttrs("request", five[:4]...), five[4]}},
		{"escapes", append(five[:4:4], slog.String("query", `a "quoted" word`))},
	} {
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", 0)
		r.AddAttrs(bench.attrs...)
		for format, h := range map[string]*Handler{"JSON": NewJSON(nil, nil), "Text": NewText(nil, nil)} {
			b.Run(format+"/"+bench.name, func(b *testing.B) {
				line := NewLine()
				for b.Loop() {
					line.B = line.B[:0]
					line.Next()
					h.AppendRecord(line, &r)
				}
			})
		}
	}
}
