package socketx

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25),
	}
	with := []slog.Attr{slog.String("service", "shop"), slog.Int("instance", 7), slog.Bool("canary", false)}
	for _, encoding := range []Encoding{JSON, Pickle} {
		for _, stream := range []bool{true, false} {
			o := Options{Encoding: encoding}
			o.ErrorHandler, o.AddSource = testkit.NoErrors(t), true
			e := newEmitter(&o, "", stream)
			e.sink = discard{} // the connection's own are package link's to count
			h := &Handler{emitter: e}
			for derived, h := range map[string]slog.Handler{"plain": h, "With": h.WithAttrs(with), "WithGroup": h.WithGroup("g")} {
				logger := slog.New(h)
				for n := range len(attrs) + 1 {
					got := testing.AllocsPerRun(100, func() {
						logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", attrs[:n]...)
					})
					if got != 0 {
						t.Errorf("%v, stream %v, %s, %d attributes: %v allocations", encoding, stream, derived, n, got)
					}
				}
				if got := testing.AllocsPerRun(100, func() { logger.Debug("off") }); got != 0 {
					t.Errorf("%v, %s: %v allocations when not enabled", encoding, derived, got)
				}
			}
		}
	}
}

type discard struct{}

// TestAllocationsSent: the way through a connection costs none either.
func TestAllocationsSent(t *testing.T) {
	testkit.SkipUnderRace(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var receiving sync.WaitGroup
	receiving.Go(func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	})
	var o Options
	o.ErrorHandler = testkit.NoErrors(t)
	h := newHandler(t, "tcp", l.Addr().String(), o).(*Handler)
	logger := slog.New(h)
	log := func() {
		logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", slog.String("method", "GET"),
			slog.Int("status", 200), slog.Duration("took", time.Millisecond), slog.Bool("cached", true), slog.Float64("ratio", 0.25))
	}
	for range 2000 { // buffers grow
		log()
	}
	if err := h.Flush(); err != nil {
		t.Error(err)
	}
	if got := testing.AllocsPerRun(5000, log); got != 0 {
		t.Errorf("%v allocations", got)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	receiving.Wait()
	_ = l.Close()
}
