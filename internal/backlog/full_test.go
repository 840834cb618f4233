package backlog

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"

	"github.com/slogkit-go/slogkit/internal/policy"
)

// filled returns a sink with room for ten records, of which the first is being sent.
func filled(t *testing.T, p policy.Policy, bytes bool) *sink {
	t.Helper()
	c := Config[int]{MaxRecords: 10, Policy: p}
	if bytes {
		c.MaxRecords, c.MaxBytes = 0, 100
	}
	s := gated(t, c)
	for n := range 10 {
		if err := s.Put(t.Context(), n, slog.LevelError, 10); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			synctest.Wait()
		}
	}
	return s
}

// drain lets everything through, and returns in which order it was sent.
func drain(t *testing.T, s *sink) (order []int) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		closeNow(t, s)
		close(closed)
	}()
	for {
		select {
		case s.gate <- 1:
		case <-closed:
			for _, b := range s.sent() {
				order = append(order, b...)
			}
			return order
		}
	}
}

func TestPolicies(t *testing.T) {
	for _, bytes := range []bool{false, true} {
		for _, tt := range []struct {
			policy policy.Policy
			level  slog.Level // of an eleventh
			err    string
			order  string
			waits  time.Duration
		}{
			{policy.Block, slog.LevelInfo, "full: record dropped: no room in time", "0123456789", 5 * time.Second},
			{policy.DropNewest, slog.LevelInfo, "full: record dropped", "0123456789", 0},
			{policy.DropOldest, slog.LevelInfo, "", "023456789:", 0},
			{policy.DropBelow(slog.LevelWarn), slog.LevelInfo, "full: record dropped", "0123456789", 0},
			{policy.DropBelow(slog.LevelWarn), slog.LevelWarn, "full: record dropped: no room in time", "0123456789", 5 * time.Second},
		} {
			t.Run(tt.policy.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := filled(t, tt.policy, bytes)
					began := time.Now()
					err := s.Put(t.Context(), 10, tt.level, 10)
					if waited := time.Since(began); waited != tt.waits {
						t.Errorf("waited for %v", waited)
					}
					switch {
					case tt.err == "" && err == nil:
					case err == nil || err.Error() != tt.err || !errors.Is(err, ErrFull) || reported.Rest(err) != nil:
						t.Errorf("%v, want %s", err, tt.err)
					}
					wantCounts(t, s, 0, 1, 10)
					var order strings.Builder
					for _, n := range drain(t, s) {
						order.WriteByte('0' + byte(n))
					}
					if order.String() != tt.order {
						t.Errorf("sent %s, want %s", order.String(), tt.order)
					}
					wantCounts(t, s, 10, 1, 0)
				})
			})
		}
	}
}

// TestDropBelowEarly: from four fifths on.
func TestDropBelowEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gated(t, Config[int]{MaxRecords: 10, Policy: policy.DropBelow(slog.LevelWarn)})
		s.put(t, 0)
		synctest.Wait()
		s.put(t, 1, 2, 3, 4, 5, 6, 7)
		if err := s.Put(t.Context(), 8, slog.LevelInfo, 10); !errors.Is(err, ErrFull) {
			t.Error(err)
		}
		if err := s.Put(t.Context(), 9, slog.LevelWarn, 10); err != nil {
			t.Error(err)
		}
		drain(t, s)
		wantCounts(t, s, 9, 1, 0)
	})
}

// TestBlockOnce: after one that has waited in vain nobody waits, until there has been room.
func TestBlockOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.Block, false)
		began := time.Now()
		for range 3 {
			if err := s.Put(t.Context(), 10, slog.LevelInfo, 10); !errors.Is(err, ErrFull) {
				t.Error(err)
			}
			if waited := time.Since(began); waited != 5*time.Second {
				t.Errorf("waited for %v", waited)
			}
		}
		s.gate <- 1
		synctest.Wait()
		s.put(t, 10)
		began = time.Now()
		if err := s.Put(t.Context(), 11, slog.LevelInfo, 10); !errors.Is(err, ErrFull) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		drain(t, s)
		wantCounts(t, s, 11, 4, 0)
	})
}

// TestBlock: those that wait get in as they came, unless their context is done; a nil one never is.
func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.Block, false)
		impatient, cancel := context.WithCancelCause(t.Context())
		results := make([]error, 4)
		var all sync.WaitGroup
		for i := range results {
			ctx := t.Context()
			switch i {
			case 1:
				ctx = impatient
			case 2:
				ctx = nil
			}
			all.Go(func() { results[i] = s.Put(ctx, 10+i, slog.LevelInfo, 10) })
			synctest.Wait()
		}
		why := errors.New("why")
		cancel(why)
		synctest.Wait()
		order := drain(t, s)
		all.Wait()
		for i, err := range results {
			if got := errors.Is(err, why) && errors.Is(err, ErrFull); got != (i == 1) || i != 1 && err != nil && !errors.Is(err, ErrClosed) {
				t.Errorf("%d: %v", i, err)
			}
		}
		for i, n := range order[:10] {
			if n != i {
				t.Error(order)
			}
		}
		if s.Stats().Blocked != 4 {
			t.Errorf("%+v", s.Stats())
		}
	})
}

// TestBlockedGetIn once there is room.
func TestBlockedGetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.Block, false)
		for n := range 3 {
			go func() { s.put(t, 10+n) }()
			synctest.Wait()
		}
		for range 13 {
			s.gate <- 1
			synctest.Wait()
		}
		order := drain(t, s)
		for i, n := range order {
			if n != i || len(order) != 13 {
				t.Fatal(order)
			}
		}
		wantCounts(t, s, 13, 0, 0)
	})
}

// TestNotDueButFull: a caller that waits does not wait for MaxAge.
func TestNotDueButFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t, Config[int]{MaxRecords: 1, MaxAge: time.Hour, BatchRecords: 100, MaxBytes: 1000, BlockTimeout: -1})
		began := time.Now()
		s.put(t, 1, 2, 3)
		if time.Since(began) > 0 {
			t.Error(time.Since(began))
		}
		closeNow(t, s)
		wantCounts(t, s, 3, 0, 0)
	})
}

// TestInside: on the goroutine that sends nothing is waited for.
func TestInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sink
		var errs []error
		s = newSink(t, Config[int]{MaxRecords: 2, Send: func(ctx context.Context, batch []int) int {
			if batch[0] == 1 {
				errs = append(errs,
					s.Put(ctx, 10, slog.LevelInfo, 10), // there is room
					s.Put(ctx, 11, slog.LevelInfo, 10),
					s.Flush(ctx))
			}
			return 1
		}})
		began := time.Now()
		s.put(t, 1)
		synctest.Wait()
		time.Sleep(time.Second)
		closeNow(t, s)
		if time.Since(began) != time.Second || len(errs) != 3 {
			t.Fatal(time.Since(began), errs)
		}
		if errs[0] != nil || !errors.Is(errs[1], reentry.ErrInside) || !errors.Is(errs[1], ErrFull) || !errors.Is(errs[2], reentry.ErrInside) {
			t.Error(errs)
		}
		wantCounts(t, s, 2, 1, 0)
	})
}

// TestDrops are told once for a burst, and each second while it lasts.
func TestDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.DropNewest, false)
		began := time.Now()
		drop := func(l slog.Level) { _ = s.Put(t.Context(), 0, l, 10) }
		drop(slog.LevelInfo)
		drop(slog.LevelInfo)
		drop(slog.LevelError + 1)
		if errs := s.errs.All(); len(errs) > 0 {
			t.Error("told too early:", errs)
		}
		time.Sleep(time.Second)
		drop(slog.LevelInfo)
		drop(slog.LevelDebug)
		order := drain(t, s)
		errs := s.errs.All()
		if len(order) != 10 || len(errs) != 2 {
			t.Fatal(order, errs)
		}
		want := "4 records dropped since " + began.Format(time.TimeOnly) + ", for there was no room: 3 INFO, 1 ERROR+1"
		if errs[0].Error() != want {
			t.Errorf("%v, want %s", errs[0], want)
		}
		var d *Drops
		if !errors.As(errs[1], &d) || d.N != 1 || d.Levels[slog.LevelDebug] != 1 || !d.Since.Equal(began.Add(time.Second)) {
			t.Error(errs[1])
		}
	})
}

// TestOldestTold: those that make room for others are told while Send takes its time.
func TestOldestTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, policy.DropOldest, false)
		s.put(t, 10, 11)
		if errs := s.errs.All(); len(errs) > 0 {
			t.Error("told too early:", errs)
		}
		time.Sleep(time.Second)
		s.put(t, 12)
		var d *Drops
		if errs := s.errs.All(); len(errs) != 1 || !errors.As(errs[0], &d) || d.N != 3 {
			t.Error(errs)
		}
		drain(t, s)
	})
}
