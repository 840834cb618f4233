package memory_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestScopedConcurrent has several goroutines in each of many operations, of which some fail while they log. Each record
// comes once, in order per goroutine, and none of a good operation.
func TestScopedConcurrent(t *testing.T) {
	const operations, goroutines, each = 60, 4, 25
	target := &recorder{level: slog.LevelInfo}
	h := memory.NewScoped(target, &memory.ScopedOptions{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Timeout: time.Minute})
	stop := make(chan struct{})
	var observer, all sync.WaitGroup
	observer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			s := h.Stats()
			if s.Handled != s.Delivered+s.Discarded+s.Buffered+s.Dropped+s.Failed || s.Dropped+s.Failed > 0 {
				t.Errorf("%+v do not add up", s)
				return
			}
			ok(t, h.Flush())
		}
	})
	slots := make(chan struct{}, 8)
	for o := range operations {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			ctx, op := memory.Begin(t.Context())
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					l := slog.New(h).With("o", o).WithGroup("g")
					for i := range each {
						switch msg := fmt.Sprint("o", o, "g", g, " ", i); {
						case o%3 == 0 && g == 1 && i == 11:
							l.ErrorContext(ctx, msg)
						case o%3 == 1 && g == 2 && i == 7:
							l.DebugContext(ctx, msg)
							op.Fail()
						default:
							l.DebugContext(ctx, msg)
						}
					}
				})
			}
			wg.Wait()
			op.End(nil)
		})
	}
	all.Wait()
	close(stop)
	observer.Wait()
	messages := target.take()
	if want := operations / 3 * 2 * goroutines * each; len(messages) != want {
		t.Errorf("%d messages, want %d", len(messages), want)
	}
	checkOrder(t, messages, false)
	n := int64(operations * goroutines * each)
	scopedCounts(t, h, memory.ScopedStats{Delivered: n / 3 * 2, Discarded: n / 3})
	ok(t, h.Close())
}

// TestScopedRandom does everything at once, with a target that fails at random and every limit reached.
func TestScopedRandom(t *testing.T) {
	for _, inOrder := range []bool{false, true} {
		target := &recorder{level: slog.LevelInfo}
		var taken atomic.Int64
		target.set(func(context.Context, slog.Record) error {
			if rand.IntN(10) == 0 {
				return errDisk
			}
			taken.Add(1)
			return nil
		})
		h := memory.NewScoped(target, &memory.ScopedOptions{
			Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, InOrder: inOrder, FlushAbandoned: inOrder,
			MaxRecords: 20, MaxOperations: 5, MaxBuffered: 60, MaxAge: time.Millisecond, Timeout: time.Minute,
		})
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for range 40 {
					ctx, op := memory.Begin(context.Background())
					inner, innerOp := memory.Begin(ctx)
					for range rand.IntN(40) {
						msg := "m"
						level := []slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelDebug, slog.LevelInfo}[rand.IntN(4)]
						if rand.IntN(50) == 0 {
							level = slog.LevelError
						}
						slog.New(h).Log([]context.Context{ctx, inner, context.Background()}[rand.IntN(3)], level, msg)
					}
					switch rand.IntN(5) {
					case 0:
						innerOp.End(errDisk)
					case 1:
						op.End(errDisk)
					case 2: // forgotten
					default:
						op.End(nil)
					}
					if s := h.Stats(); s.Handled != s.Delivered+s.Discarded+s.Buffered+s.Dropped+s.Failed {
						t.Errorf("%+v do not add up", s)
					}
					// Each goroutine, and the sweep, may be about to give up an operation.
					if s := h.Stats(); s.Operations > 5 || s.Buffered > 60+7*20 {
						t.Errorf("%+v exceeds the limits", s)
					}
				}
			})
		}
		wg.Wait()
		_ = h.Close()
		s := h.Stats()
		if s.Handled != s.Delivered+s.Discarded+s.Dropped+s.Failed || s.Buffered != 0 || s.Operations != 0 {
			t.Errorf("%+v after Close", s)
		}
		if s.Delivered != taken.Load() || int(s.Delivered) != len(target.take()) {
			t.Errorf("%d delivered, of which the target took %d", s.Delivered, taken.Load())
		}
	}
}

// TestScopedTargetThatLogs logs in the very operation that is being delivered, and ends it.
func TestScopedTargetThatLogs(t *testing.T) {
	for _, end := range []bool{false, true} {
		l, h, target := scoped(t, memory.ScopedOptions{})
		ctx, op := memory.Begin(t.Context())
		target.set(func(_ context.Context, r slog.Record) error {
			if !strings.HasPrefix(r.Message, "inner") {
				l.DebugContext(ctx, "inner "+r.Message)
				if end {
					op.End(nil)
				}
			}
			return nil
		})
		l.DebugContext(ctx, "a")
		testkit.Within(t, func() { l.ErrorContext(ctx, "!b") })
		if end {
			target.got(t, "a", "!b", "inner a")
		} else {
			target.got(t, "a", "!b", "inner a", "inner !b")
			op.End(nil)
		}
		if s := h.Stats(); s.Buffered != 0 || s.Failed+s.Dropped != 0 {
			t.Errorf("%+v", s)
		}
	}
}

// TestScopedTwoInside: two goroutines, each of which is given a record and logs in the operation of the other.
func TestScopedTwoInside(t *testing.T) {
	l, _, target := scoped(t, memory.ScopedOptions{Timeout: time.Minute})
	ctxA, a := memory.Begin(t.Context())
	ctxB, b := memory.Begin(t.Context())
	var both sync.WaitGroup
	both.Add(2)
	target.set(func(_ context.Context, r slog.Record) error {
		switch r.Message {
		case "a":
			both.Done()
			both.Wait()
			l.ErrorContext(ctxB, "!from a")
		case "b":
			both.Done()
			both.Wait()
			l.ErrorContext(ctxA, "!from b")
		}
		return nil
	})
	l.DebugContext(ctxA, "a")
	l.DebugContext(ctxB, "b")
	testkit.Within(t, func() {
		var wg sync.WaitGroup
		wg.Go(a.Fail)
		wg.Go(b.Fail)
		wg.Wait()
		a.End(nil)
		b.End(nil)
	})
	if got := target.take(); len(got) != 4 {
		t.Errorf("got %q", got)
	}
}
