package rotate

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// A record of up to five attributes allocates nothing on its way into a file.
func TestAllocations(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the look whether the file is still there allocates")
	}
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("s", "some text"), slog.Int("i", 123456), slog.Bool("b", true), slog.Duration("d", time.Second), slog.Float64("f", 1.5),
	}
	for formatName, format := range map[string]slogx.Format{"JSON": slogx.JSON, "Text": slogx.Text} {
		var o slogx.Options
		o.Format, o.ErrorHandler = format, testkit.NoErrors(t)
		for sink, open := range map[string]func(path string) slog.Handler{
			"rotated by size": func(p string) slog.Handler {
				return NewHandler(p, &Options{Options: o, MaxBytes: 1 << 30, BackupCount: 3})
			},
			"rotated by time": func(p string) slog.Handler {
				return NewHandler(p, &Options{Options: o, When: Monday, BackupCount: 3})
			},
			"watched": func(p string) slog.Handler { return NewWatchedHandler(p, &WatchedOptions{Options: o}) },
		} {
			base := open(filepath.Join(t.TempDir(), "a"))
			for derived, h := range map[string]slog.Handler{
				"plain": base, "With": base.WithAttrs(attrs), "WithGroup": base.WithGroup("g"),
				"With, WithGroup, With": base.WithAttrs(attrs).WithGroup("g").WithAttrs(attrs[:1]),
			} {
				for n := range 6 {
					r := slog.NewRecord(time.Now(), slog.LevelInfo, "a message", 0)
					r.AddAttrs(attrs[:n]...)
					got := testing.AllocsPerRun(50, func() {
						if err := h.Handle(context.Background(), r); err != nil {
							t.Error(err)
						}
					})
					if got != 0 {
						t.Error(fmt.Sprint(formatName, ", ", sink, ", ", derived, ", ", n, " attributes: ", got, " allocations"))
					}
				}
			}
			must(t, slogx.Close(base))
		}
	}
}
