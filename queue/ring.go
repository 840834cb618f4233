package queue

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
	"unsafe"

	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/internal/prefetch"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// RingOptions are the options of a [Ring]. The zero value is ready to use.
type RingOptions struct {
	// MaxBytes is how much the records in the Ring may take, about: their texts, and 330 bytes for each. The one that
	// crosses the limit still gets in.
	MaxBytes int64 // 0: 64 MiB

	// Policy says what becomes of a record when there is no room.
	Policy Policy // default: Block

	// BlockTimeout is how long a record waits for room.
	BlockTimeout time.Duration // 0: 5 s; negative: as long as it takes
}

// Ring is a Queue in memory, bounded in records and in bytes, for many producers. It keeps records by value, in slots that
// are used again, so that nothing is allocated for a record; a [Listener] borrows them by the batch. A record is in the
// Ring until the Listener's handlers are done with it. When records were dropped a record in the stream says how many, and
// of which levels: see [DropMessage].
type Ring struct {
	// What every record needs is together, in two cache lines: consumers on other processors take them away.
	mu         sync.Mutex // held for the copy of one record, and for moving a batch
	closed     bool
	consumer   asleep
	crowd      int   // from so many records on,
	crowdBytes int64 // or bytes, one more needs a look
	lent       int   // slots that consumers have
	bytes      int64 // of records, waiting or lent
	waiting    fifo
	pool       pool
	last       uint64 // number of the record that came last
	stats      Stats

	blocked []*waiter // producers, in their order; none if there is room
	unused  []*waiter
	flushes []*flush
	drops   drops

	opts    RingOptions
	limit   int           // records
	turn    chan struct{} // of consumers, to sleep
	step    *time.Timer   // of the one that does,
	wake    chan struct{} // and what wakes it
	serving reentry.Guard // goroutines of Listeners

	_ [32]byte // objects of 384 bytes begin with a cache line
}

// NewRing returns a Ring for up to capacity records, at least 1. nil opts are the zero RingOptions. Its memory, about 330
// bytes a record, is allocated as it is needed.
func NewRing(capacity int, opts *RingOptions) *Ring {
	q := &Ring{
		limit: max(capacity, 1),
		turn:  make(chan struct{}, 1), step: stoppedTimer(), wake: make(chan struct{}, 1),
	}
	if opts != nil {
		q.opts = *opts
	}
	if q.opts.MaxBytes <= 0 {
		q.opts.MaxBytes = 64 << 20
	}
	if q.opts.BlockTimeout == 0 {
		q.opts.BlockTimeout = 5 * time.Second
	}
	q.crowd, q.crowdBytes = policy.Early(q.opts.Policy, q.limit), policy.Early(q.opts.Policy, q.opts.MaxBytes)
	return q
}

// Enqueue adds r, or a snapshot of it if it holds what can change. If there is no room it does as the Policy says; a
// record that is dropped is [ErrFull].
func (q *Ring) Enqueue(ctx context.Context, r slog.Record) error {
	return q.put(ctx, &r, nil)
}

// put adds a snapshot of r, which r becomes.
func (q *Ring) put(ctx context.Context, r *slog.Record, with *snapshot.With) error {
	size := slotSize + snapshot.Take(r)
	q.mu.Lock()
	if (q.closed || q.crowded()) && !q.admits(r.Level) {
		return q.turnAway(ctx, r, with, size)
	}
	s := q.pool.take()
	s.ctx, s.record, s.with, s.size = ctx, *r, with, size
	wake := q.push(s)
	next := q.pool.next()
	q.mu.Unlock()
	if wake {
		q.signal()
	}
	prefetch.Write(unsafe.Pointer(next), unsafe.Sizeof(*next)) // a consumer has had it last
	return nil
}

// push lets the record in s in, and reports whether the consumer is to be woken.
func (q *Ring) push(s *slot) (wake bool) {
	q.last++
	s.number = q.last
	q.waiting.push(s)
	q.bytes += int64(s.size)
	q.stats.Handled++
	wake = q.consumer == parked || q.consumer == lingering && q.halfFull()
	if wake {
		q.consumer = awake
	}
	return wake
}

// Dequeue takes the oldest record out; see [Queue]. What WithAttrs and WithGroup of a [Handler] gave it is in the record.
func (q *Ring) Dequeue(ctx context.Context) (slog.Record, error) {
	for {
		var batch [1]*slot
		n, told, err := q.lend(batch[:])
		switch {
		case err != nil:
			return slog.Record{}, err
		case told != nil:
			return *told, nil
		case n > 0:
			r := batch[0].with.Flatten(batch[0].record)
			q.giveBack(batch[:])
			return r, nil
		case ctx != nil && ctx.Err() != nil:
			return slog.Record{}, context.Cause(ctx)
		case !q.linger(ctx):
			q.park(ctx)
		}
	}
}

// Close lets no more records in. Those that are in can still be taken out.
func (q *Ring) Close() error {
	q.mu.Lock()
	q.closed = true
	q.refuseBlocked()
	q.mu.Unlock()
	q.signal()
	return nil
}

// Stats returns what has become of the records so far.
func (q *Ring) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Waiting, s.Bytes = int64(q.used()), q.bytes
	return s
}

// lend hands out up to len(batch) slots, the oldest first, or a record that tells of drops. If there is nothing, n is 0;
// the error is io.EOF if there will be nothing.
func (q *Ring) lend(batch []*slot) (n int, told *slog.Record, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.drops.due(q.waiting.n == 0) {
		r := q.drops.record()
		return 0, &r, nil
	}
	// No more than a quarter, for what is lent cannot be dropped, and its room is free only when it comes back. Slots are
	// read only if need be: producers wait meanwhile, in whose caches they are.
	n = min(len(batch), max(q.limit/4, 1), q.waiting.n)
	if quarter := q.opts.MaxBytes / 4; q.bytes > quarter {
		n = q.waiting.fit(n, quarter)
	}
	q.waiting.pop(batch[:n])
	if q.closed && q.waiting.n == 0 && n == 0 {
		return 0, nil, io.EOF
	}
	q.lent += n
	return n, nil, nil
}

// giveBack takes slots back whose records have been handled.
func (q *Ring) giveBack(batch []*slot) {
	if len(batch) == 0 {
		return
	}
	var size int64
	for _, s := range batch {
		size += int64(s.size)
		s.empty()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lent -= len(batch)
	q.bytes -= size
	q.stats.Delivered += int64(len(batch))
	q.leave(batch)
	q.letIn()
}

// takeBack puts slots back to the front whose records have not been handled.
func (q *Ring) takeBack(batch []*slot) {
	if len(batch) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting.unpop(batch)
	q.lent -= len(batch)
	q.rouse() // another consumer, who has seen nothing of them
}

// leave is for slots that are empty again.
func (q *Ring) leave(slots []*slot) {
	if len(q.flushes) > 0 {
		q.finish(slots)
	}
	q.pool.put(slots...)
}

// len returns how many records wait.
func (q *Ring) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting.n
}
