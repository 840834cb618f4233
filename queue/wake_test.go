package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// How long a record waits for a consumer that has nothing else to do, depending on how long that has been so.
func TestHowSoonAConsumerWakes(t *testing.T) {
	for _, tt := range []struct {
		idle     time.Duration
		records  int
		capacity int
		most     time.Duration
	}{
		{0, 1, 100, lingerStep},
		{30 * time.Millisecond, 1, 100, lingerStep},
		{30 * time.Millisecond, 49, 100, lingerStep},
		{30 * time.Millisecond, 50, 100, 0}, // half full
		{30 * time.Millisecond, 1, 1, 0},
		{lingerSteps*lingerStep + 5*lingerStep, 1, 100, 0}, // parked
		{time.Hour, 1, 100, 0},
	} {
		t.Run(fmt.Sprint(tt.idle, " ", tt.records, " of ", tt.capacity), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := NewRing(tt.capacity, nil)
				var got time.Time
				go func() {
					_, _ = q.Dequeue(context.Background())
					got = time.Now()
				}()
				time.Sleep(tt.idle + lingerStep/2)
				sent := time.Now()
				for range tt.records {
					enqueue(t, q, "m")
				}
				time.Sleep(10 * lingerStep)
				synctest.Wait()
				if took := got.Sub(sent); took < 0 || took > tt.most {
					t.Errorf("it takes %v, want %v at most", took, tt.most)
				}
			})
		})
	}
}

// A consumer that sleeps costs nothing once it is parked: no timer runs for it, and the memory of a large burst is free.
func TestParkedConsumerRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fullRing(t, 20_000, nil)
		_ = empty(t, q)
		go func() { _, _ = q.Dequeue(context.Background()) }()
		time.Sleep(time.Second)
		q.mu.Lock()
		if q.consumer != parked || q.step.Stop() {
			t.Error("the consumer is not parked, or its timer runs")
		}
		if n := len(q.pool.unused); n != 0 {
			t.Errorf("%d slots are kept", n)
		}
		q.mu.Unlock()
		must(t, q.Close())
	})
}

// A consumer does not fall asleep over anything that it has to do.
func TestConsumerDoesNotFallAsleep(t *testing.T) {
	q := NewRing(1, &RingOptions{Policy: DropNewest})
	awakeFor := func(what string, want bool) {
		t.Helper()
		if got := !q.fallAsleep(parked); got != want {
			t.Errorf("with %s it stays awake: %v", what, got)
		}
	}
	awakeFor("nothing", false)
	enqueue(t, q, "1")
	awakeFor("a record", true)
	var batch [1]*slot
	_, _, _ = q.lend(batch[:])
	awakeFor("a record that another consumer has", false)
	wantErr(t, q.Enqueue(context.Background(), info("2")), ErrFull)
	awakeFor("drops to tell of", true)
	q.giveBack(batch[:])
	_ = empty(t, q)
	awakeFor("nothing", false)
	_ = q.Close()
	awakeFor("a Ring that is closed", true)
}

// Half of the bytes wake a consumer, too.
func TestBytesWakeTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(1000, &RingOptions{MaxBytes: 1000})
		var got time.Time
		go func() {
			_, _ = q.Dequeue(context.Background())
			got = time.Now()
		}()
		synctest.Wait()
		enqueue(t, q, "1", "2")
		synctest.Wait()
		if !got.Equal(time.Now()) {
			t.Error("it is not awake")
		}
	})
}

// Several consumers share the records: none is forgotten asleep while there are some, be it lingering or parked, and
// though others give up, or take a record and never come back.
func TestSeveralConsumers(t *testing.T) {
	for _, idle := range []time.Duration{0, 10 * time.Millisecond, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			q := NewRing(100, nil)
			short, cancel := context.WithTimeout(context.Background(), idle+lingerStep/4)
			defer cancel()
			var got, given atomic.Int64
			for n := range 20 {
				ctx := context.Background()
				if n%2 == 1 {
					ctx = short
				}
				go func() {
					_, err := q.Dequeue(ctx)
					if err == nil {
						got.Add(1)
					} else if errors.Is(err, context.DeadlineExceeded) {
						given.Add(1)
					}
				}()
			}
			time.Sleep(idle)
			for range 7 {
				enqueue(t, q, "m")
			}
			time.Sleep(lingerStep)
			synctest.Wait()
			if n := got.Load(); n != 7 {
				t.Errorf("after %v: %d of 7 records are out", idle, n)
			}
			for range 20 - 7 - given.Load() {
				enqueue(t, q, "m")
				time.Sleep(lingerStep)
			}
			synctest.Wait()
			if n := got.Load() + given.Load(); n != 20 {
				t.Errorf("after %v: %d of 20 consumers are done", idle, n)
			}
		})
	}
}

// A record meets a consumer that gives up in the same moment: another one gets it.
func TestRecordMeetsAConsumerThatGivesUp(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			q := NewRing(100, nil)
			ctx, cancel := context.WithCancel(context.Background())
			results := make(chan error, 2)
			dequeue := func(ctx context.Context) {
				_, err := q.Dequeue(ctx)
				results <- err
			}
			go dequeue(ctx)
			synctest.Wait() // it is the one that sleeps
			go dequeue(context.Background())
			time.Sleep(time.Second) // and is parked
			enqueue(t, q, "m")
			cancel()
			time.Sleep(lingerStep)
			synctest.Wait()
			if len(results) == 0 || q.Stats().Waiting != 0 {
				t.Fatalf("%d consumers are done, %d records wait", len(results), q.Stats().Waiting)
			}
			must(t, q.Close())
		})
	}
}

// Close wakes all.
func TestCloseWakesAllConsumers(t *testing.T) {
	for _, idle := range []time.Duration{0, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			q := NewRing(10, nil)
			var done atomic.Int64
			for range 5 {
				go func() {
					if _, err := q.Dequeue(context.Background()); err == io.EOF { //nolint:errorlint // as Queue says
						done.Add(1)
					}
				}()
			}
			time.Sleep(idle)
			must(t, q.Close())
			synctest.Wait()
			if n := done.Load(); n != 5 {
				t.Errorf("%d of 5 consumers are done", n)
			}
		})
	}
}

func TestDequeueWithoutWaiting(t *testing.T) {
	q := NewRing(10, nil)
	errMine := errors.New("mine")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errMine)
	if _, err := q.Dequeue(ctx); err != errMine { //nolint:errorlint // it is the cause itself
		t.Error(err)
	}
	enqueue(t, q, "1", "2")
	wantEqual(t, empty(t, q), []string{"1", "2"})
	enqueue(t, q, "3")
	must(t, q.Close())
	wantEqual(t, empty(t, q), []string{"3"})
	if _, err := q.Dequeue(noContext); err != io.EOF { //nolint:errorlint // it is returned as it is
		t.Error(err)
	}
}

// What many producers put in many consumers take out, once, in a Ring that is full all the time and in one that is empty.
func TestManyConsumers(t *testing.T) {
	for _, capacity := range []int{1, 2, 10, 100_000} {
		q := NewRing(capacity, &RingOptions{BlockTimeout: -1})
		const producers, consumers, each = 4, 4, 2000
		var producing, consuming sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for range consumers {
			consuming.Go(func() {
				for {
					r, err := q.Dequeue(context.Background())
					if err != nil {
						return
					}
					mu.Lock()
					got = append(got, r.Message)
					mu.Unlock()
				}
			})
		}
		for p := range producers {
			producing.Go(func() { enqueue(t, q, numbers(p*each, (p+1)*each-1)...) })
		}
		testkit.Within(t, producing.Wait)
		must(t, q.Close())
		testkit.Within(t, consuming.Wait)
		want := numbers(0, producers*each-1)
		slices.Sort(want)
		slices.Sort(got)
		wantEqual(t, got, want)
	}
}

// What WithAttrs and WithGroup gave a Handler is in what Dequeue returns.
func TestDequeueFlattens(t *testing.T) {
	q := NewRing(10, nil)
	h := NewHandler(q, nil).WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("b", 2)})
	r := info("m")
	r.AddAttrs(slog.Int("c", 3))
	must(t, h.Handle(context.Background(), r))
	r, err := q.Dequeue(context.Background())
	must(t, err)
	var got []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		got = append(got, a)
		return true
	})
	want := []slog.Attr{slog.Int("a", 1), slog.Group("g", "b", 2, "c", 3)}
	if !slices.EqualFunc(got, want, slog.Attr.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Records that a consumer puts back wake another one.
func TestTakenBackWakesTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(10, nil)
		enqueue(t, q, "1", "2")
		var batch [2]*slot
		n, _, err := q.lend(batch[:])
		must(t, err)
		got := make(chan string)
		go func() {
			for range n {
				r, _ := q.Dequeue(context.Background())
				got <- r.Message
			}
		}()
		time.Sleep(time.Second) // and is parked
		q.takeBack(batch[:n])
		for _, want := range []string{"1", "2"}[:n] {
			wantEqual(t, <-got, want)
		}
	})
}
