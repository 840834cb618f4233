package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// ErrFull is returned for a record that a queue had no room for. It was dropped and counted, and a record in the stream
// will tell of it, so that no ErrorHandler needs to be told.
var ErrFull = reported.Mark(errors.New("queue: full: record dropped"))

// errBlockTimeout is why a record that waited for room was dropped.
var errBlockTimeout = errors.New("no room within RingOptions.BlockTimeout")

func (q *Ring) used() int { return q.waiting.n + q.lent }

// crowded reports whether a record needs a look before it gets in.
func (q *Ring) crowded() bool { return q.used() >= q.crowd || q.bytes >= q.crowdBytes }

// room reports whether one record more may get in.
func (q *Ring) room() bool { return q.used() < q.limit && q.bytes < q.opts.MaxBytes }

// halfFull reports whether a consumer should rather begin.
func (q *Ring) halfFull() bool { return q.waiting.n >= q.limit/2 || q.bytes >= q.opts.MaxBytes/2 }

// admits reports whether a record of this level gets in, though the Ring is crowded. [DropOldest] makes room.
func (q *Ring) admits(level slog.Level) bool {
	switch {
	case q.closed:
		return false
	case policy.Evicts(q.opts.Policy):
		for !q.room() && q.waiting.n > 0 {
			q.evict()
		}
	case policy.Drops(q.opts.Policy, level):
		return false
	}
	return q.room()
}

// evict drops the record that has waited longest.
func (q *Ring) evict() {
	var oldest [1]*slot
	q.waiting.pop(oldest[:])
	s := oldest[0]
	q.bytes -= int64(s.size)
	q.drop(s.record.Level)
	s.empty()
	q.leave(oldest[:])
}

func (q *Ring) drop(level slog.Level) {
	q.stats.Dropped++
	q.drops.add(level)
}

// refuse drops a record that does not get in.
func (q *Ring) refuse(level slog.Level) {
	q.stats.Handled++
	q.drop(level)
}

// turnAway is for a record that is not admitted: it waits, or is dropped. It is called with the lock held, and lets go of
// it.
func (q *Ring) turnAway(ctx context.Context, r *slog.Record, with *snapshot.With, size int) error {
	switch {
	case q.closed:
		q.mu.Unlock()
		return slogx.ErrClosed
	case !policy.Waits(q.opts.Policy, r.Level):
		q.refuse(r.Level)
		q.mu.Unlock()
		return ErrFull
	}
	s := q.pool.take()
	s.ctx, s.record, s.with, s.size = ctx, *r, with, size
	return q.await(s)
}

// waiter is a producer that waits for room.
type waiter struct {
	slot    *slot
	decided chan struct{} // slot is in, or refused with err
	err     error
	timer   *time.Timer
}

func (q *Ring) newWaiter(s *slot) *waiter {
	n := len(q.unused)
	if n == 0 {
		return &waiter{slot: s, decided: make(chan struct{}, 1), timer: stoppedTimer()}
	}
	w := q.unused[n-1]
	q.unused = q.unused[:n-1]
	w.slot, w.err = s, nil
	return w
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// await waits until there is room for the record in s. It is called with the lock held, and lets go of it.
func (q *Ring) await(s *slot) error {
	w := q.newWaiter(s)
	ctx, level := s.ctx, s.record.Level // s is not ours any more once it is in
	q.blocked = append(q.blocked, w)
	q.stats.Blocked++
	q.rouse()
	q.mu.Unlock()
	why := q.pause(ctx, w)
	q.mu.Lock()
	defer q.mu.Unlock()
	defer func() { q.unused = append(q.unused, w) }()
	if why == nil {
		return w.err
	}
	i := slices.Index(q.blocked, w)
	if i < 0 { // decided in the meantime
		<-w.decided
		return w.err
	}
	q.blocked = slices.Delete(q.blocked, i, i+1)
	s.empty()
	q.pool.put(s)
	q.refuse(level)
	return reported.Mark(fmt.Errorf("%w: %w", ErrFull, why))
}

// suspicion is how long something is waited for before it is asked whether it can come at all: not if a handler waits, on
// the Listener's goroutine. To ask at once would take longer than waiting mostly does.
const suspicion = 10 * time.Millisecond

// pause returns nil when it is decided what becomes of w's record, or else why it must not wait any longer.
func (q *Ring) pause(ctx context.Context, w *waiter) error {
	patience := q.opts.BlockTimeout
	if patience < 0 {
		patience = math.MaxInt64
	}
	for wait := min(patience, suspicion); wait > 0; wait = patience {
		patience -= wait
		w.timer.Reset(wait)
		select {
		case <-w.decided:
			w.timer.Stop()
			return nil
		case <-done(ctx):
			w.timer.Stop()
			return context.Cause(ctx)
		case <-w.timer.C:
			if patience > 0 && q.serving.Inside() {
				return reentry.ErrInside
			}
		}
	}
	return errBlockTimeout
}

// letIn lets records in that wait for room, first come, first served.
func (q *Ring) letIn() {
	n := 0
	for ; n < len(q.blocked) && q.room(); n++ {
		w := q.blocked[n]
		if q.push(w.slot) {
			q.signal()
		}
		w.decided <- struct{}{}
	}
	q.blocked = slices.Delete(q.blocked, 0, n)
}

// refuseBlocked is for a Ring that is closed.
func (q *Ring) refuseBlocked() {
	for _, w := range q.blocked {
		w.slot.empty()
		q.pool.put(w.slot)
		w.err = slogx.ErrClosed
		w.decided <- struct{}{}
	}
	q.blocked = nil
}
