package backlog

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

// TestAllocs: a record costs none, once there is memory.
func TestAllocs(t *testing.T) {
	q := New(Config[int]{
		BatchRecords: 100, MaxAge: time.Minute, Report: func(error) {},
		Send: func(_ context.Context, batch []int) int { return len(batch) },
	})
	ctx := t.Context()
	put := func() {
		for range 1000 {
			_ = q.Put(ctx, 1, slog.LevelInfo, 10)
		}
	}
	put()
	if n := testing.AllocsPerRun(100, put); n > 10 { // for a thousand; the goroutine has timers
		t.Errorf("%v allocations for 1000 records", n)
	}
	if err := q.Close(ctx); err != nil {
		t.Error(err)
	}
}

func BenchmarkPut(b *testing.B) {
	q := New(Config[int]{
		BatchRecords: 1000, MaxAge: time.Minute, Report: func(error) {},
		Send: func(_ context.Context, batch []int) int { return len(batch) },
	})
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_ = q.Put(ctx, 1, slog.LevelInfo, 10)
	}
	if err := q.Close(ctx); err != nil {
		b.Error(err)
	}
}
