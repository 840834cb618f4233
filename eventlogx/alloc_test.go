package eventlogx

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// void is a system that takes everything and keeps nothing.
type void struct{}

func (void) register(string) (uintptr, error) { return 1, nil }
func (void) report(uintptr, *event) error     { return nil }
func (void) deregister(uintptr) error         { return nil }

// TestAllocations: none for a record, here nor, under wine, with the machine's own log.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET %1\x00"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Time("started", noon),
	}
	for systemName, system := range map[string]system{"void": void{}, "machine": machine{}} {
		if _, err := system.register("slogkit test"); err != nil {
			continue // no event log here
		}
		for name, o := range map[string]Options{
			"default": {}, "source": {Options: slogx.Options{AddSource: true}}, "JSON": {Options: slogx.Options{Format: slogx.JSON}},
			"foreign": {Options: slogx.Options{Format: slogx.FormatOf(slog.NewTextHandler)}},
			"all": {
				EventType: func(slog.Record) EventType { return Success }, EventID: func(slog.Record) uint32 { return 7 },
				Category: func(slog.Record) uint16 { return 7 }, Strings: func() func(slog.Record) []string {
					more := []string{"a", "b"}
					return func(slog.Record) []string { return more }
				}(),
			},
		} {
			h := newHandler("slogkit test", quiet(t, o), system)
			for derived, h := range map[string]slog.Handler{
				"plain": h, "With(5)": h.WithAttrs(attrs), "both": h.WithGroup("g").WithAttrs(attrs).WithGroup("h"),
			} {
				logger := slog.New(h)
				got := testing.AllocsPerRun(100, func() {
					logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", attrs...)
				})
				if got != 0 {
					t.Errorf("%s, %s, %s: %v allocations", systemName, name, derived, got)
				}
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
