package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// flushLater flushes q on a goroutine of its own; the function tells whether that is done.
func flushLater(ctx context.Context, q *Ring) (done func() bool, result chan error) {
	result = make(chan error, 1)
	go func() { result <- q.flushed(ctx) }()
	synctest.Wait()
	return func() bool { synctest.Wait(); return len(result) > 0 }, result
}

// A flush waits for the records that were there when it began, in whatever order and way they leave the Ring.
func TestFlushWaitsForWhatWasThere(t *testing.T) {
	for name, leave := range map[string]func(q *Ring, wait func(want bool)){
		"one by one": func(q *Ring, wait func(bool)) {
			for n := range 5 {
				_, _ = q.Dequeue(ended())
				wait(n >= 3)
			}
		},
		"as a batch": func(q *Ring, wait func(bool)) {
			var batch [4]*slot
			_, _, _ = q.lend(batch[:])
			wait(false)
			q.giveBack(batch[:3])
			wait(false)
			q.giveBack(batch[3:])
			wait(true)
		},
		"by two consumers": func(q *Ring, wait func(bool)) {
			var a, b, c [2]*slot
			_, _, _ = q.lend(a[:])
			_, _, _ = q.lend(b[:])
			_, _, _ = q.lend(c[:])
			q.giveBack(c[:])
			wait(false)
			q.giveBack(b[:])
			wait(false)
			q.giveBack(a[:1])
			wait(false)
			q.giveBack(a[1:])
			wait(true)
		},
		"taken back first": func(q *Ring, wait func(bool)) {
			var batch [3]*slot
			_, _, _ = q.lend(batch[:])
			q.takeBack(batch[1:])
			wait(false)
			q.giveBack(batch[:1])
			wait(false)
			for n := range 3 {
				_, _ = q.Dequeue(ended())
				wait(n == 2)
			}
		},
		"dropped": func(q *Ring, wait func(bool)) {
			for n := 1; n < 20; n++ {
				_ = q.Enqueue(context.Background(), info("more"))
				wait(n >= 18) // the first two only fill the Ring
			}
		},
		"dropped while some are lent": func(q *Ring, wait func(bool)) {
			var batch [2]*slot
			_, _, _ = q.lend(batch[:])
			for range 100 {
				_ = q.Enqueue(context.Background(), info("more"))
			}
			wait(false)
			q.giveBack(batch[:])
			wait(true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := NewRing(20, &RingOptions{Policy: DropOldest})
				enqueue(t, q, "1", "2", "3", "4")
				done, result := flushLater(context.Background(), q)
				enqueue(t, q, "5", "6") // which are not waited for
				leave(q, func(want bool) {
					t.Helper()
					if done() != want {
						t.Errorf("flush is done: %v", done())
					}
				})
				must(t, <-result)
				if len(q.flushes) != 0 {
					t.Errorf("%d flushes are left", len(q.flushes))
				}
			})
		})
	}
}

func TestFlushOfAnEmptyRing(t *testing.T) {
	q := NewRing(10, nil)
	must(t, q.flushed(ended()))
	enqueue(t, q, "1")
	_ = empty(t, q)
	must(t, q.flushed(ended()))
}

// Many may flush at a time, each for its own records; who gives up leaves nothing.
func TestFlushesThatOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(10, nil)
		errMine := errors.New("mine")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errMine)
		defer cancel()
		enqueue(t, q, "1")
		first, _ := flushLater(context.Background(), q)
		enqueue(t, q, "2")
		second, _ := flushLater(context.Background(), q)
		_, given := flushLater(ctx, q)
		enqueue(t, q, "3")
		third, _ := flushLater(context.Background(), q)
		time.Sleep(time.Second)
		wantErr(t, <-given, errMine)
		want := []bool{true, false, false}
		for n := range 3 {
			_, _ = q.Dequeue(ended())
			got := []bool{first(), second(), third()}
			wantEqual(t, got, want)
			if n < 2 {
				want[n+1] = true
			}
		}
		if len(q.flushes) != 0 {
			t.Errorf("%d flushes are left", len(q.flushes))
		}
	})
}

// A flush wakes a consumer that lingers.
func TestFlushWakesTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(1000, nil)
		go func() { _, _ = q.Dequeue(context.Background()) }()
		synctest.Wait()
		enqueue(t, q, "1")
		began := time.Now()
		must(t, q.flushed(context.Background()))
		if took := time.Since(began); took != 0 {
			t.Errorf("it takes %v", took)
		}
	})
}
