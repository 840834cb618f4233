package queue

import (
	"context"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
)

// flush waits for the records that were in the Ring when it began.
type flush struct {
	last uint64 // number of the last of them
	left int    // how many are neither handled nor dropped
	done chan struct{}
}

// flushed waits until what is in the Ring now has been handled or dropped.
func (q *Ring) flushed(ctx context.Context) error {
	q.mu.Lock()
	f := &flush{q.last, q.used(), make(chan struct{})}
	if f.left == 0 {
		q.mu.Unlock()
		return nil
	}
	q.flushes = append(q.flushes, f)
	q.rouse()
	q.mu.Unlock()
	why := q.awaitFlush(ctx, f)
	if why == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.flushes, f)
	if i < 0 { // done in the meantime
		return nil
	}
	q.flushes = slices.Delete(q.flushes, i, i+1)
	return why
}

// awaitFlush returns nil when f is done, or else why it is not waited for any longer.
func (q *Ring) awaitFlush(ctx context.Context, f *flush) error {
	suspicious := time.NewTimer(suspicion)
	defer suspicious.Stop()
	for {
		select {
		case <-f.done:
			return nil
		case <-done(ctx):
			return context.Cause(ctx)
		case <-suspicious.C:
			if q.serving.Inside() {
				return reentry.ErrInside
			}
		}
	}
}

// finish tells those that wait for the records that were in slots.
func (q *Ring) finish(slots []*slot) {
	q.flushes = slices.DeleteFunc(q.flushes, func(f *flush) bool {
		for _, s := range slots {
			if s.number <= f.last {
				f.left--
			}
		}
		if f.left > 0 {
			return false
		}
		close(f.done)
		return true
	})
}
