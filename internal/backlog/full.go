package backlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"
)

// ErrFull is returned for a record that there was no room for. It is marked as reported, for Report tells of all of a burst.
var ErrFull = reported.Mark(errors.New("full: record dropped"))

// ErrClosed is returned after Close.
var ErrClosed = logfile.ErrClosed

var errBlockTimeout = errors.New("no room in time")

func (q *Queue[T]) used() int { return q.waiting.n + len(q.lent) }

// crowded reports whether a record needs a look before it gets in.
func (q *Queue[T]) crowded() bool { return q.used() >= q.crowd || q.bytes >= q.crowdBytes }

// room reports whether one record more may get in.
func (q *Queue[T]) room() bool { return q.used() < q.config.MaxRecords && q.bytes < q.config.MaxBytes }

// admits reports whether a record of this level gets in, though it is crowded. DropOldest makes room.
func (q *Queue[T]) admits(level slog.Level) bool {
	switch {
	case policy.Evicts(q.config.Policy):
		for !q.room() && q.waiting.n > 0 {
			e := q.waiting.pop()
			q.bytes -= e.size
			q.drop(e.level)
		}
		q.finish()
	case policy.Drops(q.config.Policy, level):
		return false
	}
	return q.room()
}

func (q *Queue[T]) drop(level slog.Level) {
	q.stats.Dropped++
	q.drops.add(level)
}

// turnAway is for a record that is not admitted: it waits, or is dropped. It is called with the lock held, and lets go of
// it.
func (q *Queue[T]) turnAway(ctx context.Context, e entry[T]) error {
	switch {
	case q.closed:
		q.mu.Unlock()
		return ErrClosed
	case policy.Waits(q.config.Policy, e.level) && !q.vain:
		return q.await(ctx, e)
	}
	return q.refuse(e.level, ErrFull)
}

// refuse drops a record that does not get in. It is called with the lock held, and lets go of it.
func (q *Queue[T]) refuse(level slog.Level, err error) error {
	q.stats.Handled++
	q.drop(level)
	q.mu.Unlock()
	q.tell(false)
	return err
}

// waiter is a caller of Put that waits for room.
type waiter[T any] struct {
	entry   entry[T]
	decided chan struct{} // closed when the record is in, or refused with err
	err     error
}

// await waits until there is room for e. It is called with the lock held, and lets go of it.
func (q *Queue[T]) await(ctx context.Context, e entry[T]) error {
	w := &waiter[T]{entry: e, decided: make(chan struct{})}
	q.blocked = append(q.blocked, w)
	q.stats.Blocked++
	q.rouse()
	q.mu.Unlock()
	why := q.pause(ctx, w)
	if why == nil {
		return w.err
	}
	q.mu.Lock()
	i := slices.Index(q.blocked, w)
	if i < 0 { // decided in the meantime
		q.mu.Unlock()
		return w.err
	}
	q.blocked = slices.Delete(q.blocked, i, i+1)
	q.vain = q.vain || why == errBlockTimeout //nolint:errorlint // as it is
	return q.refuse(e.level, reported.Mark(fmt.Errorf("%w: %w", ErrFull, why)))
}

// suspicion is how long room is waited for before it is asked whether it can come at all: not if we are on the goroutine
// that makes it. To ask at once would take longer than waiting mostly does.
const suspicion = 10 * time.Millisecond

// pause returns nil when it is decided what becomes of w's record, or else why it must not wait any longer.
func (q *Queue[T]) pause(ctx context.Context, w *waiter[T]) error {
	patience := q.config.BlockTimeout
	if patience < 0 {
		patience = math.MaxInt64
	}
	timer := time.NewTimer(min(patience, suspicion))
	defer timer.Stop()
	for {
		select {
		case <-w.decided:
			return nil
		case <-done(ctx):
			return context.Cause(ctx)
		case <-timer.C:
		}
		if patience -= suspicion; patience <= 0 {
			return errBlockTimeout
		}
		if q.serving.Inside() {
			return reentry.ErrInside
		}
		timer.Reset(patience)
		patience = 0
	}
}

// letIn lets records in that wait for room, first come, first served.
func (q *Queue[T]) letIn() {
	n := 0
	for ; n < len(q.blocked) && q.room(); n++ {
		q.push(q.blocked[n].entry)
		close(q.blocked[n].decided)
	}
	q.blocked = slices.Delete(q.blocked, 0, n)
	q.vain = q.vain && !q.room()
}

// refuseBlocked is for a Queue that is closed.
func (q *Queue[T]) refuseBlocked() {
	for _, w := range q.blocked {
		w.err = ErrClosed
		close(w.decided)
	}
	q.blocked = nil
}

// done is ctx.Done() for a context that may be nil.
func done(ctx context.Context) <-chan struct{} {
	if ctx == nil {
		return nil
	}
	return ctx.Done()
}
