package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// fullRing returns a Ring of the given capacity that is full of "0".
func fullRing(t testing.TB, capacity int, opts *RingOptions) *Ring {
	q := NewRing(capacity, opts)
	for range capacity {
		enqueue(t, q, "0")
	}
	return q
}

// enqueueLater enqueues a record on a goroutine of its own and returns where its error will be.
func enqueueLater(ctx context.Context, q *Ring, r slog.Record) <-chan error {
	result := make(chan error, 1)
	go func() { result <- q.Enqueue(ctx, r) }()
	return result
}

// How long a record waits for room, and why it is dropped then.
func TestBlockTimeout(t *testing.T) {
	errMine := errors.New("mine")
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		policy  Policy
		ctx     func() (context.Context, context.CancelFunc)
		after   time.Duration
		why     error
	}{
		{"default", 0, Block, background, 5 * time.Second, errBlockTimeout},
		{"3 s", 3 * time.Second, Block, background, 3 * time.Second, errBlockTimeout},
		{"1 ms", time.Millisecond, Block, background, time.Millisecond, errBlockTimeout},
		{"DropBelow", time.Minute, DropBelow(slog.LevelInfo), background, time.Minute, errBlockTimeout},
		{"nil context", time.Second, Block, func() (context.Context, context.CancelFunc) { return nil, func() {} }, time.Second, errBlockTimeout},
		{"deadline", 0, Block, deadline(time.Second), time.Second, context.DeadlineExceeded},
		{"a later deadline", 0, Block, deadline(time.Minute), 5 * time.Second, errBlockTimeout},
		{"no timeout", -1, Block, deadline(10 * time.Hour), 10 * time.Hour, context.DeadlineExceeded},
		{"done before", 0, Block, deadline(-1), 0, context.DeadlineExceeded},
		{"cause", 0, Block, func() (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(context.Background(), time.Second, errMine)
		}, time.Second, errMine},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := fullRing(t, 2, &RingOptions{Policy: tt.policy, BlockTimeout: tt.timeout})
				ctx, cancel := tt.ctx()
				defer cancel()
				began := time.Now()
				err := q.Enqueue(ctx, info("1"))
				wantErr(t, err, ErrFull)
				wantErr(t, err, tt.why)
				wantEqual(t, time.Since(began), tt.after)
				s := q.Stats()
				wantEqual(t, s, Stats{Handled: 3, Dropped: 1, Waiting: 2, Bytes: s.Bytes, Blocked: 1})
			})
		})
	}
}

func background() (context.Context, context.CancelFunc) { return context.Background(), func() {} }

func deadline(d time.Duration) func() (context.Context, context.CancelFunc) {
	return func() (context.Context, context.CancelFunc) { return context.WithTimeout(context.Background(), d) }
}

// A record whose context is done gets in if there is room.
func TestContextIsForWaitingOnly(t *testing.T) {
	q := NewRing(1, nil)
	must(t, q.Enqueue(ended(), info("1")))
	wantErr(t, q.Enqueue(ended(), info("2")), context.Canceled)
	wantEqual(t, empty(t, q), []string{"1", DropMessage})
}

// Who waits longest is let in first, and nobody overtakes those that wait.
func TestBlockedRecordsKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fullRing(t, 4, &RingOptions{BlockTimeout: time.Hour})
		for n := 1; n <= 10; n++ {
			go enqueueLater(context.Background(), q, info(fmt.Sprint(n)))
			synctest.Wait()
		}
		var got []string
		for range 14 {
			r, err := q.Dequeue(ended())
			must(t, err)
			got = append(got, r.Message)
			if s := q.Stats(); s.Waiting != int64(min(4, 14-len(got))) {
				t.Errorf("%d wait", s.Waiting)
			}
			if len(got) <= 10 { // the next of those that wait has taken the room
				wantErr(t, q.Enqueue(ended(), info("who overtakes")), ErrFull)
			}
		}
		wantEqual(t, got, append([]string{"0", "0", "0", "0"}, numbers(1, 10)...))
		synctest.Wait()
		wantEqual(t, q.Stats(), Stats{Handled: 24, Delivered: 14, Dropped: 10, Blocked: 20})
	})
}

// Those who give up leave no gap: the ones behind them are let in, and there is no room lost.
func TestGivingUpWhileBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fullRing(t, 2, &RingOptions{BlockTimeout: time.Hour})
		ctx, cancel := context.WithCancel(context.Background())
		var results []<-chan error
		for n := range 6 {
			c := context.Background()
			if n%2 == 0 {
				c = ctx
			}
			results = append(results, enqueueLater(c, q, info(fmt.Sprint(n))))
			synctest.Wait()
		}
		cancel()
		synctest.Wait()
		var got []string
		for range 6 {
			r, err := q.Dequeue(ended())
			if err != nil {
				break
			}
			got = append(got, r.Message)
		}
		wantEqual(t, got, []string{"0", "0", "1", "3", "5", DropMessage})
		for n, result := range results {
			if err := <-result; (err == nil) != (n%2 == 1) {
				t.Errorf("%d: %v", n, err)
			}
		}
		wantEqual(t, q.Stats(), Stats{Handled: 8, Delivered: 5, Dropped: 3, Blocked: 6})
	})
}

// Room that comes in the very moment in which the time is over: the record is in, or dropped, and never both. Waiters are
// used again afterwards.
func TestTimeoutMeetsRoom(t *testing.T) {
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			q := fullRing(t, 1, &RingOptions{BlockTimeout: time.Second})
			for round := range 3 {
				results := []<-chan error{
					enqueueLater(context.Background(), q, info("1")), enqueueLater(context.Background(), q, info("2")),
				}
				time.Sleep(time.Second) // with the timers of those two
				r, err := q.Dequeue(ended())
				must(t, err)
				if r.Message == DropMessage {
					t.Fatal("nothing was in the Ring")
				}
				in := 0
				for _, result := range results {
					if err := <-result; err == nil {
						in++
					} else {
						wantErr(t, err, errBlockTimeout)
					}
				}
				s := q.Stats()
				check(t, s)
				if s.Waiting != int64(in) || s.Blocked != int64(2*round+2) || len(q.blocked) != 0 || len(q.unused) != 2 {
					t.Fatalf("%d got in: %+v, %d blocked, %d waiters", in, s, len(q.blocked), len(q.unused))
				}
				time.Sleep(time.Hour)
				for _, w := range q.unused {
					if len(w.decided) != 0 {
						t.Fatal("a waiter is not at rest")
					}
					select {
					case <-w.timer.C:
						t.Fatal("a waiter's timer still runs")
					default:
					}
				}
				if _ = empty(t, q); round < 2 {
					enqueue(t, q, "0")
				}
			}
		})
	}
}

// Close refuses who waits. These are not among the handled.
func TestCloseWhileBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fullRing(t, 3, nil)
		var results []<-chan error
		for range 5 {
			results = append(results, enqueueLater(context.Background(), q, info("late")))
		}
		synctest.Wait()
		must(t, q.Close())
		for _, result := range results {
			wantErr(t, <-result, slogx.ErrClosed)
		}
		wantEqual(t, empty(t, q), []string{"0", "0", "0"})
		wantEqual(t, q.Stats(), Stats{Handled: 3, Delivered: 3, Blocked: 5})
	})
}

// A blocked producer wakes a consumer that lingers, even if there is not much to do.
func TestBlockedProducerWakesTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(1000, &RingOptions{MaxBytes: 1})
		began := time.Now()
		go func() {
			for range 5 {
				_, _ = q.Dequeue(context.Background())
			}
		}()
		synctest.Wait()
		for range 5 {
			enqueue(t, q, "m")
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("it takes %v", took)
		}
	})
}

// The Listener's goroutine never waits for itself: a handler that logs into its own full Ring loses that record soon.
func TestHandlerThatLogsIntoItsFullRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(2, &RingOptions{BlockTimeout: time.Hour})
		h := NewHandler(q, &Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
		var inner []error
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, handlerFunc(func(ctx context.Context, r slog.Record) error {
			if r.Message == "1" {
				began := time.Now()
				for range 3 {
					inner = append(inner, h.Handle(ctx, info("inner")))
				}
				if took := time.Since(began); took != 2*suspicion {
					t.Errorf("it takes %v", took)
				}
			}
			return out.Handle(ctx, r)
		}))
		handle(t, h, "1")
		must(t, l.Start())
		time.Sleep(time.Second)
		stop(t, l)
		wantErr(t, inner[1], reentry.ErrInside)
		wantErr(t, inner[2], reentry.ErrInside)
		wantEqual(t, inner[0], nil)
		wantEqual(t, out.messages(), []string{"1", "inner", DropMessage})
	})
}

// Waiters do not outlive a synctest bubble, or a test of the application's would fail because of another.
func TestBubblesShareNothing(t *testing.T) {
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			h := Async(&recorder{}, &AsyncOptions{Capacity: 1, RingOptions: RingOptions{BlockTimeout: time.Millisecond}})
			for range 20 {
				_ = h.Handle(context.Background(), info("m"))
			}
			must(t, h.Close())
		})
	}
}
