package queue

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// nothing handles records by doing nothing.
type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool  { return true }
func (nothing) Handle(context.Context, slog.Record) error { return nil }
func (n nothing) WithAttrs([]slog.Attr) slog.Handler      { return n }
func (n nothing) WithGroup(string) slog.Handler           { return n }

var fiveAttrs = []slog.Attr{
	slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
	slog.Bool("cached", true), slog.Time("started", time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)),
}

// BenchmarkHandle is a call of Handle and, on another processor, all that follows from it.
func BenchmarkHandle(b *testing.B) {
	targets := map[string]func(*testing.B) slog.Handler{
		"nothing": func(*testing.B) slog.Handler { return nothing{} },
		"file": func(b *testing.B) slog.Handler {
			return rotate.NewHandler(filepath.Join(b.TempDir(), "log"), &rotate.Options{Options: slogx.Options{Format: slogx.JSON}})
		},
		"stream": func(*testing.B) slog.Handler { return slogx.NewStreamHandler(io.Discard, nil) },
	}
	for _, name := range []string{"nothing", "file", "stream"} {
		for _, goroutines := range []int{1, 8} {
			b.Run(name+map[int]string{1: "", 8: ", 8 goroutines"}[goroutines], func(b *testing.B) {
				h := Async(targets[name](b), nil)
				defer slogx.Close(h)
				r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", 0)
				r.AddAttrs(fiveAttrs...)
				b.ReportAllocs()
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() {
						for range b.N / goroutines {
							_ = h.Handle(context.Background(), r)
						}
					})
				}
				wg.Wait()
				_ = h.Close()
			})
		}
	}
}

// BenchmarkPut is what Handle does before anything else can happen.
func BenchmarkPut(b *testing.B) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", 0)
	r.AddAttrs(fiveAttrs...)
	const batch = 4096
	b.ReportAllocs()
	for n := 0; n < b.N; n += batch {
		b.StopTimer()
		q := NewRing(batch, nil)
		h := NewHandler(q, nil)
		for range batch {
			_ = h.Handle(context.Background(), r)
		}
		done, cancel := context.WithCancel(context.Background())
		cancel()
		for range batch {
			_, _ = q.Dequeue(done)
		}
		b.StartTimer()
		for range min(batch, b.N-n) {
			_ = h.Handle(context.Background(), r)
		}
	}
}
