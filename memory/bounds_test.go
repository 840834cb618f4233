package memory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"testing"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestFull drops the oldest, and says so, with what was dropped.
func TestFull(t *testing.T) {
	for name, target := range map[string]slog.Handler{"no target": nil, "failing": &recorder{hook: fails}} {
		t.Run(name, func(t *testing.T) {
			var errs errorLog
			h := memory.NewHandler(2, target, &memory.Options{MaxRecords: 3, Options: errs.options()})
			attempts := int64(0)
			for _, msg := range []string{"a", "b", "c"} {
				err := tryHandle(h, msg)
				if wantErr := target != nil && msg != "a"; (err != nil) != wantErr {
					t.Errorf("Handle(%q) = %v", msg, err)
				} else if wantErr {
					errs.one(t, "a", errDisk)
					attempts++
				}
			}
			for _, drop := range []struct{ msg, oldest string }{{"d", "a"}, {"!e", "b"}, {"f", "c"}} {
				refused(t, h, drop.msg, memory.ErrFull)
				errs.one(t, drop.oldest, memory.ErrFull)
				if target != nil {
					attempts++ // one for each call
				}
			}
			counts(t, h, memory.Stats{Buffered: 3, Dropped: 3, Errors: attempts})
			good := new(recorder)
			h.SetTarget(good)
			handle(t, h, "g")
			good.got(t, "d", "!e", "f", "g")
			ok(t, h.Close())
			errs.WantNone(t)
		})
	}
}

// TestDefaultLimits: ten times the capacity, at least 1000.
func TestDefaultLimits(t *testing.T) {
	for _, test := range []struct{ capacity, max, want int }{
		{5, 0, 1000}, {200, 0, 2000}, {20, 3, 20}, {1, 1, 1}, {0, 2, 2}, {5, -1, 1000},
	} {
		o := &memory.Options{MaxRecords: test.max, Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}}
		h := memory.NewHandler(test.capacity, nil, o)
		for range test.want {
			handle(t, h, "m")
		}
		refused(t, h, "m", memory.ErrFull)
		counts(t, h, memory.Stats{Buffered: int64(test.want), Dropped: 1})
	}
	memory.NewHandler(math.MaxInt, nil, nil) // does not overflow, and allocates when it is needed
}

// TestFullWhileDelivering logs from within the target until the buffer is full: nothing waits, the limit holds.
func TestFullWhileDelivering(t *testing.T) {
	var errs errorLog
	target := new(recorder)
	h := memory.NewHandler(3, target, &memory.Options{MaxRecords: 3, Options: errs.options()})
	target.set(func(_ context.Context, r slog.Record) error {
		if r.Message == "c" {
			for i := range 5 {
				err := tryHandle(h, fmt.Sprint("inner ", i))
				if !errors.Is(err, memory.ErrFull) {
					t.Errorf("inner %d: %v", i, err)
				}
				if s := h.Stats(); s.Buffered > 3 {
					t.Errorf("%d buffered", s.Buffered)
				}
			}
		}
		return nil
	})
	handle(t, h, "a", "b", "c")
	target.got(t, "a", "b", "c")
	if got := errs.Take(); len(got) != 5 {
		t.Errorf("%d errors", len(got))
	}
	counts(t, h, memory.Stats{Delivered: 3, Dropped: 5})
}

// TestMemoryIsFreed: what piled up once is not held for ever, nor are the values of what was delivered.
func TestMemoryIsFreed(t *testing.T) {
	h := memory.NewHandler(4, nil, &memory.Options{MaxRecords: 20_000, Options: options(t)})
	for range 20_000 {
		handle(t, h, "m")
	}
	before := heap()
	h.SetTarget(new(slogx.NullHandler))
	ok(t, h.Flush())
	if freed := before - heap(); freed < 5<<20 {
		t.Errorf("%d bytes freed, of some 7 MB", freed)
	}
	ok(t, h.Close())
}
