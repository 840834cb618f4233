package backlog

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/policy"
)

// TestDue: a batch is sent for its number, its bytes, its age.
func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t, Config[int]{BatchRecords: 3, BatchBytes: 40, MaxAge: time.Second})
		s.put(t, 1, 2)
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		wantSent(t, s)
		s.put(t, 3)
		synctest.Wait()
		wantSent(t, s, []int{1, 2, 3})
		s.put(t, 4)
		time.Sleep(500 * time.Millisecond)
		s.put(t, 5)
		time.Sleep(499 * time.Millisecond)
		synctest.Wait()
		wantSent(t, s, []int{1, 2, 3})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		wantSent(t, s, []int{1, 2, 3}, []int{4, 5}) // the oldest counts
		_ = s.Put(t.Context(), 6, slog.LevelInfo, 39)
		synctest.Wait()
		_ = s.Put(t.Context(), 7, slog.LevelInfo, 2)
		synctest.Wait()
		wantSent(t, s, []int{1, 2, 3}, []int{4, 5}, []int{6})
		time.Sleep(time.Second)
		synctest.Wait()
		_ = s.Put(t.Context(), 8, slog.LevelInfo, 1000)
		synctest.Wait()
		wantSent(t, s, []int{1, 2, 3}, []int{4, 5}, []int{6}, []int{7}, []int{8})
		wantCounts(t, s, 8, 0, 0)
		closeNow(t, s)
	})
}

// TestAtOnce: without MaxAge a batch is what has come while the one before was sent.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gated(t, Config[int]{BatchRecords: 10})
		s.put(t, 1)
		synctest.Wait()
		s.put(t, 2, 3, 4)
		s.gate <- 1
		synctest.Wait()
		s.gate <- 3
		wantSent(t, s, []int{1}, []int{2, 3, 4})
		closeNow(t, s)
	})
}

// TestGiveBack: what Send has not done with comes first the next time, and counts meanwhile.
func TestGiveBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gated(t, Config[int]{BatchRecords: 3, MaxRecords: 6, Policy: policy.DropNewest})
		s.put(t, 1)
		synctest.Wait()
		s.put(t, 2, 3, 4, 5, 6)
		if err := s.Put(t.Context(), 7, slog.LevelInfo, 10); !errors.Is(err, ErrFull) {
			t.Error(err)
		}
		s.gate <- 0
		synctest.Wait()
		wantCounts(t, s, 0, 1, 6)
		s.gate <- 2
		synctest.Wait()
		s.put(t, 8, 9)
		if err := s.Put(t.Context(), 10, slog.LevelInfo, 10); !errors.Is(err, ErrFull) {
			t.Error(err)
		}
		s.gate <- 3
		synctest.Wait()
		s.gate <- 3
		wantSent(t, s, []int{1}, []int{1, 2, 3}, []int{3, 4, 5}, []int{6, 8, 9})
		closeNow(t, s)
		wantCounts(t, s, 8, 2, 0)
	})
}

// TestGoroutine: there is none before the first record, none after a while without any, and another when it is needed.
func TestGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t, Config[int]{Idle: time.Minute})
		running := func() bool {
			s.Queue.mu.Lock()
			defer s.Queue.mu.Unlock()
			return s.running
		}
		for i := range 3 {
			if running() {
				t.Error("a goroutine before it is needed")
			}
			s.put(t, i)
			time.Sleep(59 * time.Second)
			if s.put(t, i); !running() {
				t.Error("it has ended early")
			}
			time.Sleep(61 * time.Second)
		}
		if running() || s.waiting.buf != nil {
			t.Error("still there")
		}
		wantCounts(t, s, 6, 0, 0)
		closeNow(t, s)
	})
}

// TestUserCode: a Send that panics, or ends the goroutine, has done with its records, and the next ones are sent.
func TestUserCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []int
		s := newSink(t, Config[int]{Send: func(_ context.Context, batch []int) int {
			switch got = append(got, batch...); batch[0] {
			case 1:
				panic("at the disco")
			case 2:
				runtime.Goexit()
			case 3:
				return 99
			}
			return 1
		}})
		for n := range 5 {
			s.put(t, n)
			synctest.Wait()
		}
		closeNow(t, s)
		wantCounts(t, s, 5, 0, 0)
		if errs := s.errs.All(); len(errs) != 2 || !strings.Contains(errs[0].Error(), "at the disco") || !errors.Is(errs[1], errGoexit) {
			t.Error(errs)
		}
		if len(got) != 5 {
			t.Error(got)
		}
	})
}

// TestReportPanics harms nobody.
func TestReportPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t, Config[int]{
			Send:   func(context.Context, []int) int { panic(1) },
			Report: func(error) { panic(2) },
		})
		s.put(t, 1, 2, 3)
		closeNow(t, s)
		wantCounts(t, s, 3, 0, 0)
	})
}
