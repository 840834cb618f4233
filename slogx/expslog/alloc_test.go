package expslog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx/expslog"
)

// Handlers that look at every attribute and keep nothing.

type stdSink struct{ slog.Handler }

func (stdSink) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { return a.Key != "" })
	return nil
}

type expSink struct{ xslog.Handler }

func (expSink) Handle(_ context.Context, r xslog.Record) error {
	r.Attrs(func(a xslog.Attr) bool { return a.Key != "" })
	return nil
}

func manyStd(n int) []slog.Attr {
	var as []slog.Attr
	for i := range n {
		as = append(as, slog.Int(fmt.Sprint("k", i), i))
	}
	return as
}

func manyExp(n int) []xslog.Attr {
	var as []xslog.Attr
	for i := range n {
		as = append(as, xslog.Int(fmt.Sprint("k", i), i))
	}
	return as
}

// The allocations of one record's crossing, as promised in the package comment.
func TestAllocs(t *testing.T) {
	ctx := t.Context()
	now, err := time.Now(), errors.New("boom")
	for _, tt := range []struct {
		name string
		std  []slog.Attr
		exp  []xslog.Attr
		want float64
	}{
		{"none", nil, nil, 0},
		{
			"five",
			[]slog.Attr{slog.String("a", "x"), slog.Int64("b", 1<<40), slog.Float64("c", 1.5), slog.Bool("d", true), slog.Duration("e", time.Hour)},
			[]xslog.Attr{xslog.String("a", "x"), xslog.Int64("b", 1<<40), xslog.Float64("c", 1.5), xslog.Bool("d", true), xslog.Duration("e", time.Hour)},
			0,
		},
		{
			"time, any, error",
			[]slog.Attr{slog.Time("a", now), slog.Any("b", &now), slog.Any("c", err), slog.Any("d", nil)},
			[]xslog.Attr{xslog.Time("a", now), xslog.Any("b", &now), xslog.Any("c", err), xslog.Any("d", nil)},
			0,
		},
		{"six", manyStd(6), manyExp(6), 1},
		{"sixteen", manyStd(16), manyExp(16), 1},
		{"seventeen", manyStd(17), manyExp(17), 2},
		{"group", []slog.Attr{slog.Group("g", "a", 1)}, []xslog.Attr{xslog.Group("g", "a", 1)}, 1},
		{"LogValuer", []slog.Attr{slog.Any("g", stdLoop{})}, []xslog.Attr{xslog.Any("g", expLoop{})}, 1},
	} {
		sr := slog.NewRecord(now, 0, "m", 0)
		sr.AddAttrs(tt.std...)
		toStd := expslog.ToStd(expSink{})
		if got := testing.AllocsPerRun(100, func() { toStd.Handle(ctx, sr) }); got != tt.want {
			t.Errorf("ToStd, %s: %v allocations, want %v", tt.name, got, tt.want)
		}
		if testkit.Race && len(tt.exp) > 5 {
			continue
		}
		er := xslog.NewRecord(now, 0, "m", 0)
		er.AddAttrs(tt.exp...)
		fromStd := expslog.FromStd(stdSink{})
		if got := testing.AllocsPerRun(100, func() { fromStd.Handle(ctx, er) }); got != tt.want {
			t.Errorf("FromStd, %s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

func BenchmarkHandle(b *testing.B) {
	ctx := context.Background()
	for _, n := range []int{0, 5, 10} {
		sr := slog.NewRecord(instant, 0, "m", 0)
		sr.AddAttrs(manyStd(n)...)
		er := xslog.NewRecord(instant, 0, "m", 0)
		er.AddAttrs(manyExp(n)...)
		std := func(name string, h slog.Handler) {
			b.Run(fmt.Sprintf("%s/attrs=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					h.Handle(ctx, sr)
				}
			})
		}
		exp := func(name string, h xslog.Handler) {
			b.Run(fmt.Sprintf("%s/attrs=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					h.Handle(ctx, er)
				}
			})
		}
		std("ToStd", expslog.ToStd(expSink{}))
		exp("FromStd", expslog.FromStd(stdSink{}))
		std("JSON/std", slog.NewJSONHandler(io.Discard, nil))
		exp("JSON/std-FromStd", expslog.FromStd(slog.NewJSONHandler(io.Discard, nil)))
		exp("JSON/exp", xslog.NewJSONHandler(io.Discard, nil))
		std("JSON/exp-ToStd", expslog.ToStd(xslog.NewJSONHandler(io.Discard, nil)))
	}
}
