package rotate

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// A record allocates nothing on its way into a buffer, nor does the buffer on its way into the file.
func TestBufferAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	for name, opts := range map[string]Options{"size": {MaxBytes: 1 << 30, BackupCount: 3}, "time": {When: Monday}, "both": {When: Monday, MaxBytes: 1 << 30}} {
		opts.Format, opts.ErrorHandler, opts.BufferSize, opts.FlushInterval = slogx.JSON, testkit.NoErrors(t), 64<<10, time.Hour
		h := NewHandler(filepath.Join(t.TempDir(), "a"), &opts)
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "a message", 0)
		r.AddAttrs(slog.String("s", "some text"), slog.Int("i", 123456), slog.Bool("b", true), slog.Duration("d", time.Second), slog.Float64("f", 1.5))
		line := []byte("a line of a hundred bytes, or so ----------------------------------------------------------------\n")
		handle := func() {
			if err := h.Handle(context.Background(), r); err != nil {
				t.Error(err)
			}
		}
		write := func() {
			if _, err := h.writer.Write(line); err != nil {
				t.Error(err)
			}
		}
		for range 2000 { // until both buffers have their size
			write()
		}
		// In one run the buffer is written some times, by a goroutine that is new: it may allocate once each, but no record.
		const records = 3000
		for what, do := range map[string]func(){"Handle": handle, "Write": write} {
			got := testing.AllocsPerRun(5, func() {
				for range records {
					do()
				}
			})
			if got > records/100 {
				t.Errorf("%s, %s: %v allocations for %d records", name, what, got, records)
			}
		}
		must(t, h.Close())
	}
}
