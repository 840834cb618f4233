package memory_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

var attrs = []slog.Attr{
	slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
	slog.Bool("cached", true), slog.Time("started", time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)),
}

// TestAllocations: no allocation per record; of a delivery, a few for all records together.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	target := slogx.JSON(io.Discard, nil)
	o := options(t)
	background := context.Background()
	atOnce := memory.Options{Options: o, FlushLevel: slog.LevelInfo}
	failed, op := memory.Begin(background)
	op.Fail()
	running, _ := memory.Begin(background)
	canceled, cancel := context.WithCancel(background)
	cancel()
	for name, test := range map[string]struct {
		h    slog.Handler
		ctx  context.Context
		most float64
	}{
		"buffered":               {memory.NewHandler(200, target, &memory.Options{Options: o}), background, 0},
		"context that can end":   {memory.NewHandler(200, target, &memory.Options{Options: o}), canceled, 1},
		"passed through":         {memory.NewHandler(1, target, &memory.Options{Options: o}), background, 0},
		"delivered at once":      {memory.NewHandler(200, target, &atOnce), background, 4},
		"outside of operations":  {memory.NewScoped(target, nil), background, 0},
		"passing in one":         {memory.NewScoped(target, nil), running, 0},
		"kept in one":            {memory.NewScoped(target, &memory.ScopedOptions{InOrder: true, MaxRecords: 100}), running, 0},
		"in one that has failed": {memory.NewScoped(target, nil), failed, 6},
	} {
		for derived, h := range map[string]slog.Handler{
			"plain": test.h, "With(5)": test.h.WithAttrs(attrs), "WithGroup": test.h.WithGroup("g"),
		} {
			logger := slog.New(h)
			log := func() { logger.LogAttrs(test.ctx, slog.LevelInfo, "request served", attrs...) }
			for range 500 {
				log() // until all buffers have grown
			}
			if got := testing.AllocsPerRun(500, log); got > test.most {
				t.Errorf("%s, %s: %v allocations, want %v at most", name, derived, got, test.most)
			}
			off := func() { logger.Log(test.ctx, slog.LevelDebug-1, "off") }
			if got := testing.AllocsPerRun(100, off); got != 0 {
				t.Errorf("%s, %s: %v allocations when not enabled", name, derived, got)
			}
		}
	}
}

// BenchmarkHandle logs records of five attributes.
func BenchmarkHandle(b *testing.B) {
	target := slogx.JSON(io.Discard, nil)
	ctx, _ := memory.Begin(context.Background())
	for _, bench := range []struct {
		name string
		h    slog.Handler
		ctx  context.Context
	}{
		{"direct", target, context.Background()},
		{"buffered", memory.NewHandler(100, target, nil), context.Background()},
		{"passed through", memory.NewHandler(1, target, nil), context.Background()},
		{"delivered at once", memory.NewHandler(100, target, &memory.Options{FlushLevel: slog.LevelInfo}), context.Background()},
		{"outside of operations", memory.NewScoped(target, nil), context.Background()},
		{"passing in an operation", memory.NewScoped(target, nil), ctx},
		{"kept in an operation", memory.NewScoped(target, &memory.ScopedOptions{InOrder: true}), ctx},
		{"begin, keep five, end", beginKeepEnd{memory.NewScoped(target, &memory.ScopedOptions{InOrder: true})}, ctx},
	} {
		b.Run(bench.name, func(b *testing.B) {
			logger := slog.New(bench.h)
			b.ReportAllocs()
			for b.Loop() {
				logger.LogAttrs(bench.ctx, slog.LevelInfo, "request served", attrs...)
			}
		})
	}
}

// beginKeepEnd makes an operation of five records of each.
type beginKeepEnd struct{ *memory.ScopedHandler }

func (h beginKeepEnd) Handle(_ context.Context, r slog.Record) error {
	ctx, op := memory.Begin(context.Background())
	r.Level = slog.LevelDebug
	for range 5 {
		_ = h.ScopedHandler.Handle(ctx, r)
	}
	op.End(nil)
	return nil
}
