package syslogx

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestAllocations: none for a record, in any protocol.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET \"]"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Time("started", noon),
	}
	daemon := listenPackets(t, "unixgram")
	go func() {
		buf := make([]byte, 1<<16)
		for {
			if _, _, err := daemon.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	for name, o := range map[string]Options{
		"5424": {}, "3164": {Protocol: RFC3164}, "bare": {Protocol: Bare}, "source": {Options: slogx.Options{AddSource: true}},
		"JSON": {Options: slogx.Options{Format: slogx.JSON}}, "foreign": {Options: slogx.Options{Format: slogx.FormatOf(slog.NewTextHandler)}},
	} {
		o.ErrorHandler, o.WriteTimeout = testkit.NoErrors(t), patience
		h := closing(t, NewHandler("unixgram", daemon.LocalAddr().String(), &o))
		for derived, h := range map[string]slog.Handler{
			"plain": h, "With(5)": h.WithAttrs(attrs), "both": h.WithGroup("g").WithAttrs(attrs).WithGroup("h"),
		} {
			logger := slog.New(h)
			got := testing.AllocsPerRun(100, func() {
				logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", attrs...)
			})
			if got != 0 {
				t.Errorf("%s, %s: %v allocations", name, derived, got)
			}
		}
	}
}
