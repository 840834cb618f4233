package backlog

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/internal/reentry"
)

// Config is the configuration of a [Queue]. Send and Report must be set; they are called with no lock held.
type Config[T any] struct {
	// The room there is, for records that wait and for those that are being sent. The one that crosses MaxBytes still
	// gets in.
	MaxRecords   int           // 0: 10,000
	MaxBytes     int64         // 0: 64 MiB
	Policy       policy.Policy // default: Block
	BlockTimeout time.Duration // until one has waited in vain; 0: 5 s; negative: as long as it takes

	// When a batch is due, and how large it may become: half of the room at most, so that there is some while it is sent.
	// A record larger than BatchBytes goes alone.
	BatchRecords int           // 0: 1
	BatchBytes   int64         // 0: half of MaxBytes
	MaxAge       time.Duration // 0: due at once, with what has come meanwhile

	Idle time.Duration // how long the goroutine waits for another record before it ends; 0: 10 s

	// Send returns how many of the first records of batch it has done with. It must return when ctx is done, and not keep
	// batch, which is used again. If it panics it has done with all of them.
	Send func(ctx context.Context, batch []T) (done int)

	// Report is told of *Drops, and of panics of Send.
	Report func(error)
}

// Queue has records that are to be sent.
type Queue[T any] struct {
	config     Config[T]
	crowd      int           // from so many records on,
	crowdBytes int64         // or bytes, one more needs a look
	serving    reentry.Guard // the goroutine that sends
	wake       chan struct{} // it
	urged      chan struct{} // Send, out of its wait
	ctx        context.Context
	cancel     context.CancelFunc
	ended      chan struct{} // closed when there is nothing left to do for ever

	mu       sync.Mutex
	waiting  fifo[T]
	lent     []entry[T] // to Send
	batch    []T        // of lent
	bytes    int64      // of records, waiting or lent
	last     uint64     // number of the record that came last
	hurry    uint64     // and of the last that is due
	running  bool       // the goroutine
	sleeping bool       // it waits for a record, or for a batch to be due
	idle     time.Time  // since when nothing waits
	closed   bool
	lost     int64        // at Close, and not told
	vain     bool         // one of them has waited in vain, and there has been no room since
	blocked  []*waiter[T] // callers of Put, in their order; none if there is room
	flushes  []*flush
	drops    Drops
	stats    Stats
}

// New returns a Queue. It allocates as it needs.
func New[T any](config Config[T]) *Queue[T] {
	config.MaxRecords = cmp.Or(max(config.MaxRecords, 0), 10_000)
	config.MaxBytes = cmp.Or(max(config.MaxBytes, 0), 64<<20)
	config.BlockTimeout = cmp.Or(config.BlockTimeout, 5*time.Second)
	config.BatchRecords = max(min(config.BatchRecords, config.MaxRecords/2), 1)
	config.BatchBytes = max(min(cmp.Or(max(config.BatchBytes, 0), config.MaxBytes), config.MaxBytes/2), 1)
	config.Idle = cmp.Or(max(config.Idle, 0), 10*time.Second)
	q := &Queue[T]{
		config: config, crowd: policy.Early(config.Policy, config.MaxRecords), crowdBytes: policy.Early(config.Policy, config.MaxBytes),
		wake: make(chan struct{}, 1), urged: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

// Put adds item, a record of that level and size in bytes, or does as the Policy says if there is no room; ctx may be nil.
// The errors are [ErrClosed] and [ErrFull].
func (q *Queue[T]) Put(ctx context.Context, item T, level slog.Level, size int) error {
	e := entry[T]{item: item, level: level, size: int64(size)}
	q.mu.Lock()
	if q.closed || q.crowded() && !q.admits(level) {
		return q.turnAway(ctx, e)
	}
	q.push(e)
	due := q.drops.due(false) // that others were dropped for this one may go on while Send takes its time
	q.mu.Unlock()
	if due {
		q.tell(false)
	}
	return nil
}

// push is for a record for which there is room.
func (q *Queue[T]) push(e entry[T]) {
	q.last++
	e.number, e.since = q.last, time.Now()
	q.waiting.push(e)
	q.bytes += e.size
	q.stats.Handled++
	switch {
	case !q.running:
		q.running = true
		go q.run()
	case q.sleeping && (q.waiting.n == 1 || q.full()):
		q.rouse()
	}
}

// Stats count what became of records: Handled = Done + Dropped + Waiting, at any time.
type Stats struct {
	Handled int64 // let in, or dropped; not those refused because the Queue is closed, nor those that wait for room
	Done    int64 // of those, Send has done with
	Dropped int64 // of those, refused or removed as the Policy says, or lost when the Queue was closed
	Waiting int64 // of those, here now, or being sent
	Bytes   int64 // size of the waiting ones
	Blocked int64 // had to wait for room
}

// Stats returns the counts so far.
func (q *Queue[T]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Waiting, s.Bytes = int64(q.used()), q.bytes
	return s
}
