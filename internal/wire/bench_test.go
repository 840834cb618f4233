package wire

import (
	"encoding/json"
	"log/slog"
	"runtime"
	"testing"
	"time"
)

// served is the record of five attributes that the whole project measures with.
func served(source bool) slog.Record {
	var pc [1]uintptr
	if source {
		runtime.Callers(1, pc[:])
	}
	r := slog.NewRecord(time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.FixedZone("CEST", 7200)),
		slog.LevelInfo, "request served", pc[0])
	r.AddAttrs(
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25))
	return r
}

func BenchmarkAppend(b *testing.B) {
	var e Encoder
	buf := make([]byte, 0, 1024)
	for name, r := range map[string]slog.Record{"plain": served(false), "source": served(true)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Append(buf, &r)
			}
		})
	}
}

// BenchmarkDecode compares with what encoding/json takes for the same line, into maps and, knowing the fields, into a
// struct with the attributes undecoded.
func BenchmarkDecode(b *testing.B) {
	var e Encoder
	r := served(true)
	line := e.Append(nil, &r)
	b.Run("wire", func(b *testing.B) {
		var d Decoder
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Decode(line); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v map[string]any
			if err := json.Unmarshal(line, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v struct {
				V      int
				Time   time.Time
				Level  int
				Msg    string
				Source slog.Source
				Attrs  []json.RawMessage
			}
			if err := json.Unmarshal(line, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
