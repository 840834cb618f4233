package queue

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/slogx"
)

// A Queue carries records from handlers to a listener, within a process or between two: [Ring] and [Chan] are queues, and
// modules such as queue/zmqqueue have more. All methods may be called by several goroutines at a time.
type Queue interface {
	// Enqueue adds r, which shares nothing with the caller that can change. It may wait for room until ctx, which may be
	// nil, is done. Of an error that is [ErrFull] no ErrorHandler is told: the queue itself tells who takes records out.
	Enqueue(ctx context.Context, r slog.Record) error

	// Dequeue takes the oldest record out, and waits for one until ctx is done. Even then a record that is there at once
	// comes first, so that a queue can be emptied without waiting. After Close the error is io.EOF itself, once all records
	// are out. Any other error is reported, and Dequeue called again after a second.
	Dequeue(ctx context.Context) (slog.Record, error)

	// Close lets no more records in: Enqueue returns [slogx.ErrClosed]. Calling it again does no harm.
	Close() error
}

// Chan makes a Queue of a channel, and panics if that is nil. Enqueue waits for room until its context is done; on a
// [Listener]'s goroutine, which would have to make that room, no longer than 10 ms. Close leaves the channel itself open, for
// others may send to it.
func Chan(ch chan slog.Record) Queue {
	if ch == nil {
		panic("queue: Chan: nil channel") // into which a record would wait for ever
	}
	return &chanQueue{ch: ch, closing: make(chan struct{}), closed: make(chan struct{})}
}

type chanQueue struct {
	ch      chan slog.Record
	closing chan struct{} // nobody begins to send any more
	closed  chan struct{} // nobody sends any more
	once    sync.Once
	sending sync.RWMutex  // read-locked by those who do
	serving reentry.Guard // goroutines of Listeners
}

func (q *chanQueue) Enqueue(ctx context.Context, r slog.Record) (err error) {
	q.sending.RLock()
	defer q.sending.RUnlock()
	defer func() {
		if recover() != nil { // somebody else has closed the channel
			err = slogx.ErrClosed
		}
	}()
	select {
	case <-q.closing:
		return slogx.ErrClosed
	default:
	}
	select {
	case q.ch <- r: // even if ctx is done
		return nil
	default:
	}
	return q.await(ctx, r)
}

// await waits for room.
func (q *chanQueue) await(ctx context.Context, r slog.Record) error {
	suspicious := time.NewTimer(suspicion)
	defer suspicious.Stop()
	for {
		select {
		case q.ch <- r:
			return nil
		case <-q.closing:
			return slogx.ErrClosed
		case <-done(ctx):
			return context.Cause(ctx)
		case <-suspicious.C:
			if q.serving.Inside() {
				return fmt.Errorf("queue: channel is full: %w", reentry.ErrInside)
			}
		}
	}
}

func (q *chanQueue) Dequeue(ctx context.Context) (slog.Record, error) {
	var why error
	select {
	case r, ok := <-q.ch:
		return received(r, ok)
	case <-q.closed:
		why = io.EOF
	case <-done(ctx):
		why = context.Cause(ctx)
	}
	select {
	case r, ok := <-q.ch: // there is one all the same
		return received(r, ok)
	default:
		return slog.Record{}, why
	}
}

// received is for channels that somebody else may close.
func received(r slog.Record, ok bool) (slog.Record, error) {
	if !ok {
		return slog.Record{}, io.EOF
	}
	return r, nil
}

func (q *chanQueue) Close() error {
	q.once.Do(func() {
		close(q.closing)
		q.sending.Lock()
		defer q.sending.Unlock()
		close(q.closed)
	})
	return nil
}

// done is ctx.Done() for a context that may be nil.
func done(ctx context.Context) <-chan struct{} {
	if ctx == nil {
		return nil
	}
	return ctx.Done()
}
