package memory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// checkOrder fails the test unless each producer's messages, "producer number", came once and in order; with gaps, only
// in order.
func checkOrder(t *testing.T, messages []string, gaps bool) {
	t.Helper()
	next := map[string]int{}
	for _, msg := range messages {
		producer, number, _ := strings.Cut(msg, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if n < next[producer] || !gaps && n != next[producer] {
			t.Fatalf("%s is followed by %d, want %d", producer, n, next[producer])
		}
		next[producer] = n + 1
	}
}

// TestConcurrent: many goroutines, a target that fails now and then, others that flush, set the target and ask for stats.
// Nothing is lost, doubled or out of order.
func TestConcurrent(t *testing.T) {
	const producers, each = 8, 500
	for _, capacity := range []int{1, 2, 7, 100} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			var inside atomic.Int32
			target := new(recorder)
			target.set(func(context.Context, slog.Record) error {
				if capacity > 1 && inside.Add(1) > 1 {
					t.Error("two deliveries at a time")
				}
				defer inside.Add(-1)
				if rand.IntN(50) == 0 {
					return errDisk
				}
				return nil
			})
			h := memory.NewHandler(capacity, target, &memory.Options{
				Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, MaxRecords: producers * each, Timeout: time.Minute,
			})
			stop := make(chan struct{})
			var others, wg sync.WaitGroup
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					_ = h.Flush()
					if s := h.Stats(); s.Handled != s.Delivered+s.Buffered+s.Dropped+s.Failed || s.Dropped+s.Failed > 0 {
						t.Errorf("%+v do not add up", s)
						return
					}
					h.SetTarget(nil)
					h.SetTarget(target)
				}
			})
			for p := range producers {
				wg.Go(func() {
					h := slog.Handler(h)
					for i := range each {
						msg := fmt.Sprint("p", p, " ", i)
						if i%100 == 99 {
							msg = "!" + msg
							h = h.WithGroup("g")
						}
						_ = tryHandle(h, msg)
					}
				})
			}
			wg.Wait()
			close(stop)
			others.Wait()
			for h.Stats().Buffered > 0 {
				_ = h.Flush()
			}
			ok(t, h.Close())
			messages := target.take()
			if len(messages) != producers*each {
				t.Errorf("%d messages, want %d", len(messages), producers*each)
			}
			for i, msg := range messages {
				messages[i] = strings.TrimPrefix(msg, "!")
			}
			if capacity > 1 { // passing through, a record that fails comes after one of the same goroutine only if that came before
				checkOrder(t, messages, false)
			}
			s := h.Stats()
			counts(t, h, memory.Stats{Delivered: producers * each, Errors: s.Errors})
		})
	}
}

// TestNothingIsDroppedByCrowds: more goroutines than there is room for wait for their turn.
func TestNothingIsDroppedByCrowds(t *testing.T) {
	target := new(recorder)
	h := memory.NewHandler(2, target, &memory.Options{Options: options(t), MaxRecords: 2, Timeout: time.Minute})
	var wg sync.WaitGroup
	for p := range 50 {
		wg.Go(func() {
			for i := range 50 {
				handle(t, h, fmt.Sprint("p", p, " ", i))
			}
		})
	}
	wg.Wait()
	ok(t, h.Close())
	messages := target.take()
	if len(messages) != 2500 {
		t.Errorf("%d messages", len(messages))
	}
	checkOrder(t, messages, false)
	counts(t, h, memory.Stats{Delivered: 2500})
}

// TestCloseMeanwhile closes a handler while others log: each record is delivered, or refused to whom it belongs.
func TestCloseMeanwhile(t *testing.T) {
	for _, discard := range []bool{false, true} {
		for range 20 {
			target := new(recorder)
			h := memory.NewHandler(5, target, &memory.Options{
				Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, DiscardOnClose: discard, Timeout: time.Minute,
			})
			var taken, rejected atomic.Int64
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 200 {
						switch err := tryHandle(h, "m"); {
						case err == nil:
							taken.Add(1)
						case errors.Is(err, slogx.ErrClosed):
							rejected.Add(1)
						default:
							t.Error(err)
						}
					}
				})
			}
			wg.Go(func() { ok(t, h.Close()) })
			wg.Wait()
			s := h.Stats()
			if s.Delivered != int64(len(target.take())) || s.Delivered+s.Dropped != taken.Load() || s.Failed != rejected.Load() ||
				s.Buffered != 0 || !discard && s.Dropped != 0 || s.Handled != 800 {
				t.Errorf("%+v, %d taken, %d rejected", s, taken.Load(), rejected.Load())
			}
		}
	}
}

// TestBusy: a target that stalls holds up nobody for longer than Timeout, and loses nothing.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs errorLog
		target := new(recorder)
		stalled := make(chan struct{})
		target.set(func(_ context.Context, r slog.Record) error {
			if r.Message == "a" {
				<-stalled
			}
			return nil
		})
		h := memory.NewHandler(2, target, &memory.Options{Options: errs.options(), Timeout: 3 * time.Second})
		var first sync.WaitGroup
		first.Go(func() { handle(t, h, "a", "b") })
		synctest.Wait()
		handle(t, h, "c") // is just buffered
		start := time.Now()
		refused(t, h, "d", memory.ErrBusy)
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		errs.one(t, "", memory.ErrBusy)
		if err := h.Close(); !errors.Is(err, memory.ErrBusy) {
			t.Errorf("Close = %v", err)
		}
		errs.one(t, "", memory.ErrBusy)
		counts(t, h, memory.Stats{Buffered: 4})
		close(stalled)
		first.Wait() // who is at it does what Close could not
		target.got(t, "a", "b", "c", "d")
		counts(t, h, memory.Stats{Delivered: 4})
		errs.WantNone(t)
	})
}

// TestBusyLost is the same with a target that fails when it comes back.
func TestBusyLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs errorLog
		target := new(recorder)
		stalled := make(chan struct{})
		target.set(func(context.Context, slog.Record) error {
			<-stalled
			return errDisk
		})
		h := memory.NewHandler(2, target, &memory.Options{Options: errs.options()})
		var first sync.WaitGroup
		first.Go(func() { handle(t, h, "a"); refused(t, h, "b", errDisk) })
		synctest.Wait()
		_ = h.Close()
		errs.one(t, "", memory.ErrBusy)
		close(stalled)
		first.Wait()
		errs.one(t, "a", errDisk)
		counts(t, h, memory.Stats{Failed: 2, Errors: 1})
	})
}
