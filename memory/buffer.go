package memory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sort"
	"sync"

	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// buffer keeps records until they are due. It is what derived handlers share.
type buffer struct {
	opts     Options
	capacity int
	deliver  func(context.Context, []entry) (int, error) // user code
	report   *reporter
	turn     turn

	mu     sync.Mutex
	queue  fifo
	last   uint64 // number of the newest entry
	left   uint64 // up to this number, entries were left to the goroutine that delivers
	closed bool
	stats  Stats // but for Buffered
}

func newBuffer(capacity int, o Options, report *reporter, deliver func(context.Context, []entry) (int, error)) *buffer {
	return &buffer{
		opts: o, capacity: capacity, deliver: deliver, report: report,
		turn: newTurn(o.Timeout),
	}
}

// everything is the number of no entry.
const everything = math.MaxUint64

// handle buffers r and flushes the buffer, if r makes that due. The error has been reported.
func (b *buffer) handle(ctx context.Context, with *snapshot.With, r slog.Record) error {
	due, panicked := b.opts.due(ctx, r)
	if panicked != nil {
		panicked = b.report.report(&problem{ctx, r, fmt.Errorf("memory: ShouldFlush: %w", panicked)})
	}
	snapshot.InPlace(&r)
	e := entry{ctx: ctx, with: with, record: r}
	return errors.Join(panicked, b.report.report(b.add(&e, due)))
}

// add adds e, and flushes if that is due, or if e makes it so.
func (b *buffer) add(e *entry, due bool) *problem {
	for {
		full, err := b.append(e)
		switch {
		case errors.Is(err, ErrFull):
			// Nothing is lost as long as the target takes what there is.
			if p := b.flush(e.ctx, everything); p != nil {
				return b.force(e, p)
			}
			due = true
			continue
		case err != nil:
			return e.problem(err)
		case full || due:
			return unlessKept(b.flush(e.ctx, e.number))
		}
		return nil
	}
}

// unlessKept leaves out that there is no target yet, or that another goroutine is going to deliver.
func unlessKept(p *problem) *problem {
	if p != nil && (p.err == errNoTarget || p.err == errLeft) { //nolint:errorlint // where they are wrapped, more is wrong
		return nil
	}
	return p
}

// append adds e if there is room. full says that the buffer ought to be flushed.
func (b *buffer) append(e *entry) (full bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		b.stats.Handled++
		b.stats.Failed++
		return false, slogx.ErrClosed
	case b.queue.len() >= b.opts.MaxRecords:
		return true, ErrFull
	}
	b.stats.Handled++
	b.push(e)
	return len(b.queue.waiting()) >= b.capacity, nil
}

func (b *buffer) push(e *entry) {
	b.last++
	e.number = b.last
	b.queue.push(e)
}

// force adds e to a full buffer that could not be flushed, because of why. The oldest entry makes room, or, if all that
// there are are being delivered, e is dropped itself.
func (b *buffer) force(e *entry, why *problem) *problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Handled++
	if b.closed {
		b.stats.Failed++
		return e.problem(errors.Join(slogx.ErrClosed, why.err))
	}
	if b.queue.len() < b.opts.MaxRecords { // there is room by now
		b.push(e)
		return unlessKept(why)
	}
	dropped, ok := b.queue.drop()
	if ok {
		b.push(e)
	} else {
		dropped = *e
	}
	b.stats.Dropped++
	return dropped.problem(fmt.Errorf("%w, a record was dropped: %w", ErrFull, why.err))
}

// flush delivers the entries up to the one of that number. It returns nil if there are none.
func (b *buffer) flush(ctx context.Context, number uint64) (p *problem) {
	if err := b.turn.take(); err != nil {
		b.leave(number)
		if !b.turn.try() { // else the other is done, and may not have seen it
			return &problem{ctx: ctx, err: err}
		}
	}
	for rounds := 1; ; rounds++ {
		b.turn.run(func() { p = b.serve(ctx, number) })
		if p != nil || rounds == maxRounds || !b.hasLeft() || !b.turn.try() {
			return p
		}
	}
}

// leave leaves the entries up to that number to the goroutine whose turn it is.
func (b *buffer) leave(number uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = max(b.left, min(number, b.last))
}

// hasLeft reports whether entries were left to the goroutine that delivers, and not seen by it.
func (b *buffer) hasLeft() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left > 0
}

// serve delivers the entries up to that number, and what was left by others, and all if the buffer is closed. It is this
// goroutine's turn.
func (b *buffer) serve(ctx context.Context, number uint64) *problem {
	p := b.round(ctx, number)
	if b.isClosed() {
		return b.finish(ctx, p)
	}
	return p
}

// round delivers one batch.
func (b *buffer) round(ctx context.Context, number uint64) (p *problem) {
	batch := b.lend(number)
	if len(batch) == 0 {
		return nil
	}
	n, err := 0, errExit
	defer func() { p = b.settle(batch, n, err) }()
	n, err = b.tryDeliver(ctx, batch)
	return nil
}

func (b *buffer) tryDeliver(ctx context.Context, batch []entry) (n int, err error) {
	defer safe.Recover(&err)
	return b.deliver(ctx, batch)
}

// lend returns the entries up to that number, and those left by others.
func (b *buffer) lend(number uint64) []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	number = max(number, b.left)
	b.left = 0
	if b.closed && b.opts.DiscardOnClose {
		return nil
	}
	waiting := b.queue.waiting()
	return b.queue.lend(sort.Search(len(waiting), func(i int) bool { return waiting[i].number > number }))
}

// settle accounts for a batch of which n entries were delivered.
func (b *buffer) settle(batch []entry, n int, err error) (p *problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Delivered += int64(n)
	if n < len(batch) {
		b.countError(err)
		p = batch[n].problem(err)
	}
	b.queue.settle(n)
	if b.queue.len() == 0 && cap(b.queue.entries) > 4*max(b.capacity, 4) {
		b.queue = fifo{} // what has piled up once must not be held for ever
	}
	return p
}

func (b *buffer) countError(err error) {
	if err != errNoTarget { //nolint:errorlint // our own
		b.stats.Errors++
	}
}

// passing reports whether a record can go straight to the target: nothing that came before it waits.
func (b *buffer) passing() bool {
	if b.capacity > 1 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queue.len() == 0 && !b.closed
}

// passed accounts for a record that went straight to the target; if that failed, it is kept as others are.
func (b *buffer) passed(e *entry, err error) *problem {
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.stats.Handled++
		b.stats.Delivered++
		return nil
	}
	b.mu.Lock()
	b.countError(err)
	b.mu.Unlock()
	return b.force(e, e.problem(err))
}

func (b *buffer) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// finish empties a closed buffer. p is what came of it so far.
func (b *buffer) finish(ctx context.Context, p *problem) *problem {
	if p == nil {
		p = b.round(ctx, everything)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queue.len() == 0 {
		return p
	}
	oldest := b.queue.entries[b.queue.head]
	n := b.queue.truncate()
	if b.opts.DiscardOnClose {
		b.stats.Dropped += int64(n)
		return p
	}
	b.stats.Failed += int64(n)
	return oldest.problem(lost(n, p.err))
}

// close closes the buffer and empties it, unless it is closed already.
func (b *buffer) close() error {
	b.mu.Lock()
	wasClosed := b.closed
	b.closed = true
	b.mu.Unlock()
	if wasClosed {
		return nil
	}
	return b.report.report(unlessKept(b.flush(context.Background(), everything)))
}

// flushAll is Flush of the handlers.
func (b *buffer) flushAll() error {
	return b.report.report(unlessKept(b.flush(context.Background(), everything)))
}

func (b *buffer) current() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Buffered = int64(b.queue.len())
	return s
}
