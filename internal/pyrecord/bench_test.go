package pyrecord

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func BenchmarkAppendJSON(b *testing.B) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", testkit.Here())
	r.AddAttrs(
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25))
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		new(Encoder).AppendJSON(buf, &r)
	}
}

// BenchmarkParse compares with what encoding/json takes for the same.
func BenchmarkParse(b *testing.B) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", testkit.Here())
	r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Bool("cached", true))
	line := new(Encoder).AppendJSON(nil, &r)
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := new(Parser).Parse(line); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("MakeRecord", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dict, _ := new(Parser).Parse(line)
			if _, err := slogx.MakeRecord(dict); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var dict map[string]any
			if err := json.Unmarshal(line, &dict); err != nil {
				b.Fatal(err)
			}
		}
	})
}
