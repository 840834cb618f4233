package backlog

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/internal/reentry"
)

// TestFlush waits for what was put before, and for no more.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gated(t, Config[int]{BatchRecords: 2, MaxAge: time.Hour})
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		s.put(t, 1, 2, 3)
		synctest.Wait()
		flushed := make(chan error, 1)
		go func() { flushed <- s.Flush(t.Context()) }()
		synctest.Wait()
		select {
		case <-s.Urged():
		default:
			t.Error("Send is not urged")
		}
		s.put(t, 4)
		s.gate <- 2
		synctest.Wait()
		s.put(t, 5)
		s.gate <- 1 // of 3 and 4
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "2 records wait") {
			t.Error(err)
		}
		go func() { s.gate <- 2 }()
		closeNow(t, s)
		wantSent(t, s, []int{1, 2}, []int{3, 4}, []int{4, 5})
	})
}

// TestFlushDropped: what is dropped is not waited for.
func TestFlushDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.DropOldest, false)
		flushed := make(chan error, 1)
		go func() { flushed <- s.Flush(t.Context()) }()
		synctest.Wait()
		for n := range 9 {
			s.put(t, n)
		}
		s.gate <- 1
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		drain(t, s)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gated(t, Config[int]{MaxRecords: 4, BatchRecords: 2, MaxAge: time.Hour})
		s.put(t, 1, 2, 3, 4)
		blocked := make(chan error, 1)
		synctest.Wait()
		go func() { blocked <- s.Put(t.Context(), 5, slog.LevelInfo, 10) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { s.gate <- 1 }()
		began := time.Now()
		err := s.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "3 records lost") || time.Since(began) != time.Second {
			t.Error(err, time.Since(began))
		}
		if err := <-blocked; !errors.Is(err, ErrClosed) || !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		if err := s.Put(t.Context(), 6, slog.LevelInfo, 10); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		wantCounts(t, s, 1, 3, 0)
		closeNow(t, s)
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseUnused needs no goroutine.
func TestCloseUnused(t *testing.T) {
	s := newSink(t, Config[int]{})
	closeNow(t, s)
	closeNow(t, s)
}

// TestCloseInside does not wait for itself.
func TestCloseInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sink
		s = newSink(t, Config[int]{Send: func(ctx context.Context, _ []int) int {
			if err := s.Close(ctx); !errors.Is(err, reentry.ErrInside) {
				t.Error(err)
			}
			return 1
		}})
		s.put(t, 1)
		closeNow(t, s)
		wantCounts(t, s, 1, 0, 0)
	})
}

// TestSendHangs: Close returns all the same, and what Send says afterwards does not count.
func TestSendHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		s := newSink(t, Config[int]{Send: func(context.Context, []int) int { <-hang; return 1 }})
		s.put(t, 1, 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Close(ctx); err == nil || !strings.HasPrefix(err.Error(), "2 records lost") || time.Since(began) != 2*time.Second {
			t.Error(err, time.Since(began))
		}
		close(hang)
		closeNow(t, s)
		wantCounts(t, s, 0, 2, 0)
	})
}

// TestConcurrency: whatever happens at once, every record comes once, in the order of its goroutine, or is counted.
func TestConcurrency(t *testing.T) {
	const goroutines, each = 8, 2000
	for _, p := range []policy.Policy{policy.Block, policy.DropNewest, policy.DropOldest, policy.DropBelow(slog.LevelWarn)} {
		t.Run(p.String(), func(t *testing.T) {
			last, got := map[int]int{}, 0
			s := newSink(t, Config[int]{
				MaxRecords: 64, BatchRecords: 16, Policy: p, MaxAge: time.Millisecond, BlockTimeout: -1,
				Send: func(_ context.Context, batch []int) int {
					n := len(batch)
					if rand.IntN(3) == 0 {
						n = rand.IntN(n + 1)
					}
					for _, number := range batch[:n] {
						if from := number / each; number < last[from] {
							t.Errorf("%d after %d", number, last[from])
						}
						last[number/each] = number + 1
						got++
					}
					return n
				},
			})
			var all sync.WaitGroup
			for g := range goroutines {
				all.Go(func() {
					for i := range each {
						err := s.Put(t.Context(), g*each+i, slog.Level(i%3*4), 10)
						if err != nil && !errors.Is(err, ErrFull) {
							t.Error(err)
						}
						if i%500 == 0 {
							if err := s.Flush(t.Context()); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			all.Wait()
			closeNow(t, s)
			stats := s.Stats()
			wantCounts(t, s, int64(got), goroutines*each-int64(got), 0)
			if p == policy.Block && stats.Dropped > 0 {
				t.Errorf("%+v", stats)
			}
			var told int64
			for _, err := range s.errs.All() {
				told += err.(*Drops).N //nolint:errorlint // nothing else is reported
			}
			if told != stats.Dropped {
				t.Errorf("told of %d drops, %d were", told, stats.Dropped)
			}
		})
	}
}

// TestCloseTogether: of two that wait for the same, one has no more time, and each error has a cause.
func TestCloseTogether(t *testing.T) {
	for range 50 { // which of them is told what is lost is a matter of luck
		synctest.Test(t, func(t *testing.T) {
			s := gated(t, Config[int]{})
			s.put(t, 1)
			errs := make(chan error, 2)
			for _, patience := range []time.Duration{time.Second, time.Hour} {
				go func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					errs <- s.Close(ctx)
				}()
			}
			a, b := <-errs, <-errs
			if err := errors.Join(a, b); err == nil || strings.Contains(err.Error(), "%!") || (a == nil) == (b == nil) {
				t.Error(a, b)
			}
		})
	}
}
