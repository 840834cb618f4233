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
)

// Stop hands on what is there and leaves what comes later, however fast.
func TestStopDoesNotRunAfterProducers(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		h := NewHandler(q, nil)
		l := NewListener(q, nil, handlerFunc(func(ctx context.Context, _ slog.Record) error {
			return h.Handle(ctx, info("one more"))
		}))
		handle(t, h, numbers(1, 500)...)
		must(t, l.Start())
		stop(t, l)
		if n := len(empty(t, q)); n != 500 {
			t.Errorf("%d wait", n)
		}
	})
}

// A record that comes, with Stop after it, in the very moment in which the goroutine has found nothing, is handed on.
func TestStopHandsOnTheLastRecord(t *testing.T) {
	q, out := NewRing(10, nil), &recorder{}
	s := newSession(NewListener(q, nil, out))
	s.stop()
	s.ctx = &lateStop{Context: s.ctx, before: func() { enqueue(t, q, "1") }}
	testkit.Within(t, s.run)
	wantEqual(t, out.messages(), []string{"1"})
}

// The same for a queue that is no Ring: the moment is that in which a burst is found to be over.
func TestStopHandsOnTheLastRecordOfABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch, out := make(chan slog.Record, 10), &recorder{}
		inner := Chan(ch)
		var l *Listener
		calls := 0
		l = NewListener(foreign{dequeue: func(ctx context.Context) (slog.Record, error) {
			r, err := inner.Dequeue(ctx)
			if calls++; calls == 2 { // nothing came
				enqueue(t, inner, "2")
				l.running.stop()
			}
			return r, err
		}}, nil, out)
		enqueue(t, inner, "1")
		must(t, l.Start())
		time.Sleep(time.Second)
		stop(t, l)
		wantEqual(t, out.messages(), []string{"1", "2"})
	})
}

// lateStop is a context that is done when its error is asked for the second time.
type lateStop struct {
	context.Context
	asked  int
	before func()
}

func (c *lateStop) Err() error {
	if c.asked++; c.asked == 1 {
		return nil
	}
	if c.asked == 2 {
		c.before()
	}
	return c.Context.Err()
}

// A Stop that gives up says so, and loses nothing: what no handler has had comes with the next Start, once and in order.
func TestStopThatGivesUp(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		synctest.Test(t, func(t *testing.T) {
			q := open()
			out := newGate(t)
			l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
			enqueue(t, q, numbers(1, 300)...)
			must(t, l.Start())
			wantEqual(t, <-out.entered, "1")
			errMine := errors.New("mine")
			for _, tt := range []struct {
				ctx  func() (context.Context, context.CancelFunc)
				want error
			}{
				{deadline(time.Second), context.DeadlineExceeded},
				{deadline(-1), context.DeadlineExceeded},
				{func() (context.Context, context.CancelFunc) {
					return context.WithTimeoutCause(context.Background(), time.Second, errMine)
				}, errMine},
			} {
				ctx, cancel := tt.ctx()
				wantErr(t, l.Stop(ctx), tt.want)
				cancel()
				wantErr(t, l.Start(), ErrStarted) // for the handler has not returned
			}
			enqueue(t, q, "301")
			out.open()
			synctest.Wait()
			wantEqual(t, out.messages(), []string{"1"})
			if out.drains.Load() != 0 {
				t.Error("drained by a Listener that was given up")
			}
			stop(t, l)
			must(t, l.Start())
			stop(t, l)
			wantEqual(t, out.messages(), numbers(1, 301))
		})
	})
}

// Stop with records left in the batch that is given up, many times over.
func TestStopInTheMiddleOfABatch(t *testing.T) {
	const records = 3000
	q := NewRing(10_000, nil)
	enqueue(t, q, numbers(1, records)...)
	out := &recorder{}
	interrupt := make(chan context.CancelFunc, 1)
	var n int
	l := NewListener(q, nil, handlerFunc(func(ctx context.Context, r slog.Record) error {
		if n++; n%41 == 0 {
			(<-interrupt)()
			<-interrupt // Stop has returned
		}
		return out.Handle(ctx, r)
	}))
	for out.count() < records/41*41 {
		must(t, l.Start())
		ctx, cancel := context.WithCancel(context.Background())
		interrupt <- cancel
		wantErr(t, l.Stop(ctx), context.Canceled)
		interrupt <- nil
		testkit.Eventually(t, "the end of the goroutine", func() bool { return l.running.ended() })
		s := q.Stats()
		if check(t, s); s.Delivered != int64(out.count()) {
			t.Fatalf("%d records are out, %+v", out.count(), s)
		}
	}
	must(t, l.Start())
	stop(t, l)
	wantEqual(t, out.messages(), numbers(1, records))
}

// Stop without a deadline waits, also if its context is nil.
func TestStopWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(100, nil)
		l := NewListener(q, nil, handlerFunc(func(context.Context, slog.Record) error {
			time.Sleep(time.Minute)
			return nil
		}))
		enqueue(t, q, numbers(1, 60)...)
		must(t, l.Start())
		began := time.Now()
		must(t, l.Stop(noContext))
		wantEqual(t, time.Since(began), time.Hour)
	})
}

// Stop of a Listener that is asleep, lingering or parked, comes at once.
func TestStopWakesTheListener(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		for _, idle := range []time.Duration{0, lingerStep / 2, 50 * lingerStep, quiet + lingerStep, time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				q := open()
				out := &recorder{}
				l := NewListener(q, nil, out)
				enqueue(t, q, "1")
				must(t, l.Start())
				time.Sleep(idle)
				began := time.Now()
				must(t, l.Stop(context.Background()))
				if took := time.Since(began); took != 0 || out.count() != 1 {
					t.Errorf("after %v: it takes %v, %d records", idle, took, out.count())
				}
			})
		}
	})
}

// A handler that stops its own Listener cannot be waited for. It is told so, and the Listener ends all the same.
func TestStopFromInside(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		var l *Listener
		var inside error
		out := &recorder{}
		l = NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, handlerFunc(func(ctx context.Context, r slog.Record) error {
			if r.Message == "1" {
				inside = l.Stop(context.Background())
			}
			return out.Handle(ctx, r)
		}))
		enqueue(t, q, "1", "2", "3")
		must(t, l.Start())
		testkit.Within(t, func() { testkit.Eventually(t, "the end", l.running.ended) })
		wantErr(t, inside, reentry.ErrInside)
		wantEqual(t, out.messages(), []string{"1", "2", "3"})
	})
}

// Start and Stop by many at a time, while records come: none is lost, and none comes twice or out of order.
func TestStartAndStopByMany(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
		const records = 900 // there is room for all, whoever stops last
		stopped := make(chan struct{})
		for range 4 {
			go func() {
				defer func() { stopped <- struct{}{} }()
				for range 100 {
					_ = l.Start()
					ctx, cancel := context.WithTimeout(context.Background(), 50*time.Microsecond)
					_ = l.Stop(ctx)
					cancel()
				}
			}()
		}
		for n := range records {
			must(t, q.Enqueue(context.Background(), info(fmt.Sprint(n))))
		}
		for range 4 {
			<-stopped
		}
		testkit.Eventually(t, "a start", func() bool { return l.Start() == nil })
		stop(t, l)
		wantEqual(t, out.messages(), numbers(0, records-1))
	})
}
