package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

var policies = []Policy{Block, DropNewest, DropOldest, DropBelow(slog.LevelWarn)}

// The counts add up at every instant, under every policy, while records are put in and taken out, wait, time out, are given
// up, and while the Ring is closed; and in the end every record is one that came out, or an error, or a drop that is told of.
func TestStatsAddUp(t *testing.T) {
	for _, policy := range policies {
		for _, capacity := range []int{1, 3, 64, 1000} {
			t.Run(fmt.Sprint(policy, " ", capacity), func(t *testing.T) {
				q := NewRing(capacity, &RingOptions{Policy: policy, MaxBytes: 100 * int64(slotSize), BlockTimeout: 50 * time.Microsecond})
				const producers, records = 4, 2000
				var in, full, closed atomic.Int64
				var producing sync.WaitGroup
				for p := range producers {
					producing.Go(func() {
						random := rand.New(rand.NewPCG(uint64(p), 1))
						for n := range records {
							ctx := context.Background()
							if random.IntN(10) == 0 {
								ctx = ended()
							}
							err := q.Enqueue(ctx, record(slog.Level(random.IntN(12)), "m"))
							switch {
							case err == nil:
								in.Add(1)
							case errors.Is(err, ErrFull):
								full.Add(1)
							case errors.Is(err, slogx.ErrClosed):
								closed.Add(1)
							default:
								t.Error(err)
							}
							if p == 0 && n == records*9/10 {
								must(t, q.Close())
							}
						}
					})
				}
				var out, dropped int64
				consumed := make(chan struct{})
				go func() {
					defer close(consumed)
					out, dropped = consume(t, q)
				}()
				checked := make(chan struct{})
				go func() {
					defer close(checked)
					for q.Stats().Handled < in.Load() || !isClosed(consumed) {
						check(t, q.Stats())
					}
				}()
				testkit.Within(t, producing.Wait)
				testkit.Within(t, func() { <-consumed; <-checked })
				s := q.Stats()
				want := Stats{Handled: s.Handled, Delivered: out, Dropped: dropped, Blocked: s.Blocked}
				wantEqual(t, s, want)
				check(t, s)
				if in.Load()+full.Load() != s.Handled || s.Handled+closed.Load() != producers*records {
					t.Errorf("%+v: %d got in, %d were refused, %d came too late", s, in.Load(), full.Load(), closed.Load())
				}
				if policy != DropOldest && full.Load() != s.Dropped || policy == DropOldest && in.Load()-out != s.Dropped-full.Load() {
					t.Errorf("%+v: %d errors", s, full.Load())
				}
			})
		}
	}
}

func isClosed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// consume takes records out until the end, now by Dequeue and then as a Listener does. It returns how many there were, and
// how many others the stream tells of.
func consume(t *testing.T, q *Ring) (out, dropped int64) {
	random := rand.New(rand.NewPCG(1, 2))
	for {
		if random.IntN(3) == 0 {
			r, err := q.Dequeue(context.Background())
			switch {
			case err != nil:
				return out, dropped
			case r.Message == DropMessage:
				dropped += droppedIn(t, r)
			default:
				out++
			}
			continue
		}
		var batch [batchLen]*slot
		n, told, err := q.lend(batch[:random.IntN(batchLen)])
		switch {
		case err != nil:
			return out, dropped
		case told != nil:
			dropped += droppedIn(t, *told)
		case n > 0:
			handled := random.IntN(n + 1)
			q.giveBack(batch[:handled])
			q.takeBack(batch[handled:n])
			out += int64(handled)
		}
	}
}

// droppedIn returns how many drops r tells of, and checks that the levels add up.
func droppedIn(t testing.TB, r slog.Record) int64 {
	t.Helper()
	var n, sum int64
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "dropped":
			n = a.Value.Int64()
		case "levels":
			for _, l := range a.Value.Group() {
				sum += l.Value.Int64()
			}
		}
		return true
	})
	if n == 0 || n != sum {
		t.Errorf("%d dropped, %d by level", n, sum)
	}
	return n
}

// A million records into a dead sink: the counts are exact, memory is bounded, and what was kept comes out when the sink is
// back, with a word about the rest.
func TestDeadSink(t *testing.T) {
	const capacity = 8192
	records := 1_000_000
	if testkit.Race || testing.Short() {
		records = 100_000
	}
	for _, policy := range policies {
		t.Run(policy.String(), func(t *testing.T) {
			sink := newGate(t)
			h := Async(sink, &AsyncOptions{
				Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Capacity: capacity, CloseTimeout: time.Minute,
				RingOptions: RingOptions{Policy: policy, BlockTimeout: time.Nanosecond},
			})
			handle(t, h, "first")
			<-sink.entered
			testkit.Eventually(t, "what the sink has in hands", func() bool { return h.Stats().Waiting == 1 })
			refused := 0
			for n := range records {
				level := slog.LevelInfo
				if n%4 == 0 {
					level = slog.LevelWarn
				}
				if err := h.Handle(context.Background(), record(level, "m")); err != nil {
					wantErr(t, err, ErrFull)
					refused++
				}
			}
			lost := int64(records - capacity + 1)
			s := h.Stats()
			check(t, s)
			wantEqual(t, s, Stats{Handled: int64(records) + 1, Dropped: lost, Waiting: capacity, Bytes: s.Bytes, Blocked: s.Blocked})
			if policy != DropOldest && int64(refused) != lost || policy == DropOldest && refused != 0 {
				t.Errorf("%d errors, %d lost", refused, lost)
			}
			if policy == Block && s.Blocked != lost {
				t.Errorf("%d were blocked, %d lost", s.Blocked, lost)
			}
			sink.open()
			testkit.Within(t, func() { must(t, h.Close()) })
			s = h.Stats()
			wantEqual(t, s, Stats{Handled: int64(records) + 1, Dropped: lost, Delivered: capacity, Blocked: s.Blocked})
			if got := sink.count(); got != capacity+1 {
				t.Errorf("%d records came out", got)
			}
			for _, r := range sink.records {
				if r.Message == DropMessage {
					lost -= droppedIn(t, r)
				}
			}
			if lost != 0 {
				t.Errorf("nobody is told of %d records", lost)
			}
		})
	}
}
