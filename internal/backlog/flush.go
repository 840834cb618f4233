package backlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
)

// Urged is for Send, while it waits before another try: Flush or Close wants that now. It is ready once for each batch.
func (q *Queue[T]) Urged() <-chan struct{} { return q.urged }

// flush waits for the records up to a number.
type flush struct {
	last uint64
	done chan struct{}
}

// Flush makes everything due that was put before, and waits until Send has done with it, or it was dropped, or ctx is
// done.
func (q *Queue[T]) Flush(ctx context.Context) error {
	if q.serving.Inside() {
		return reentry.ErrInside
	}
	q.mu.Lock()
	if q.used() == 0 {
		q.mu.Unlock()
		return nil
	}
	f := &flush{q.last, make(chan struct{})}
	q.flushes = append(q.flushes, f)
	q.hurry = q.last
	q.urge()
	q.mu.Unlock()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.flushes, f)
	if i < 0 { // done in the meantime
		return nil
	}
	q.flushes = slices.Delete(q.flushes, i, i+1)
	return fmt.Errorf("%d records wait: %w", q.used(), context.Cause(ctx))
}

// urge has the goroutine send at once. It is called with the lock held.
func (q *Queue[T]) urge() {
	q.rouse()
	signal(q.urged)
}

// finish tells those that wait for records which are here no more.
func (q *Queue[T]) finish() {
	if len(q.flushes) == 0 {
		return
	}
	first := q.last + 1 // of those that are here
	switch {
	case len(q.lent) > 0:
		first = q.lent[0].number
	case q.waiting.n > 0:
		first = q.waiting.at(0).number
	}
	q.flushes = slices.DeleteFunc(q.flushes, func(f *flush) bool {
		over := f.last < first
		if over {
			close(f.done)
		}
		return over
	})
}

var errOther = errors.New("another Close had no more time")

// Close lets no more records in, has those sent that are in until ctx is done, and waits for the goroutine. What is left
// then is lost, and its number is in the error. A second Close waits as well, and returns nil.
func (q *Queue[T]) Close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		q.refuseBlocked()
		q.urge()
		q.endIfClosed()
	}
	q.mu.Unlock()
	if q.serving.Inside() {
		return reentry.ErrInside
	}
	select {
	case <-q.ended:
	case <-ctx.Done():
		q.giveUp()
	}
	q.cancel()
	q.tell(true)
	q.mu.Lock()
	defer q.mu.Unlock()
	lost := q.lost
	q.lost = 0
	switch cause := context.Cause(ctx); {
	case lost == 0:
		return nil
	case cause == nil:
		return fmt.Errorf("%d records lost: %w", lost, errOther)
	default:
		return fmt.Errorf("%d records lost: %w", lost, cause)
	}
}

// endIfClosed says that it is all over if it is.
func (q *Queue[T]) endIfClosed() {
	if q.closed && !q.running {
		close(q.ended)
	}
}

// giveUp has Send return. Only user code that hangs can take longer than a moment for that.
func (q *Queue[T]) giveUp() {
	q.cancel()
	q.mu.Lock()
	q.rouse()
	q.mu.Unlock()
	moment := time.NewTimer(time.Second)
	defer moment.Stop()
	select {
	case <-q.ended:
	case <-moment.C:
		q.mu.Lock()
		defer q.mu.Unlock()
		q.lose()
	}
}

// lose gives up all that is left.
func (q *Queue[T]) lose() {
	n := int64(q.used())
	q.lost += n
	q.stats.Dropped += n
	q.waiting, q.lent, q.bytes = fifo[T]{}, nil, 0
	q.finish()
}
