package queue

import (
	"context"
	"log/slog"
	"unsafe"

	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// slot holds a record while it waits.
type slot struct {
	ctx    context.Context
	record slog.Record
	with   *snapshot.With // what the record's handler was given
	size   int            // bytes, its own included
	number uint64
}

const slotSize = int(unsafe.Sizeof(slot{}))

// empty leaves nothing in s that would keep memory in use.
func (s *slot) empty() { *s = slot{number: s.number} }

// context returns the one that handlers get.
func (s *slot) context() context.Context {
	s.ctx = snapshot.Context(s.ctx) // once, as it takes memory
	return s.ctx
}

// pool has the slots that are not in use. They are made a block at a time, and the last one used comes first, for that is
// most likely still in the cache.
type pool struct {
	unused []*slot
}

func (p *pool) take() *slot {
	if len(p.unused) == 0 {
		p.grow()
	}
	last := len(p.unused) - 1
	s := p.unused[last]
	p.unused = p.unused[:last]
	return s
}

// next returns the slot that take would; nil if that is not made yet.
func (p *pool) next() *slot {
	if len(p.unused) == 0 {
		return nil
	}
	return p.unused[len(p.unused)-1]
}

func (p *pool) grow() {
	const block = 64
	slots := new([block]slot)
	for i := range slots {
		p.unused = append(p.unused, &slots[i])
	}
}

func (p *pool) put(slots ...*slot) { p.unused = append(p.unused, slots...) }

// fifo has slots in the order in which they came.
type fifo struct {
	buf   []*slot // a ring; its length is a power of two
	first int
	n     int
}

func (f *fifo) push(s *slot) {
	if f.n == len(f.buf) {
		f.grow()
	}
	f.buf[(f.first+f.n)&(len(f.buf)-1)] = s
	f.n++
}

func (f *fifo) grow() {
	bigger := make([]*slot, max(2*len(f.buf), 64))
	n := copy(bigger, f.buf[f.first:])
	copy(bigger[n:], f.buf[:f.first])
	f.buf, f.first = bigger, 0
}

// pop moves the first slots to batch. There must be enough to fill it.
func (f *fifo) pop(batch []*slot) {
	copy(batch[copy(batch, f.buf[f.first:]):], f.buf)
	f.first = (f.first + len(batch)) & (len(f.buf) - 1)
	f.n -= len(batch)
}

// fit returns how many of the first slots to take, at most so many, for that many bytes: at least one, and the last may
// cross the limit.
func (f *fifo) fit(most int, bytes int64) (n int) {
	for n < most && (n == 0 || bytes > 0) {
		bytes -= int64(f.buf[(f.first+n)&(len(f.buf)-1)].size)
		n++
	}
	return n
}

// unpop puts slots back that were popped last.
func (f *fifo) unpop(batch []*slot) {
	for f.n+len(batch) > len(f.buf) {
		f.grow()
	}
	f.first = (f.first - len(batch)) & (len(f.buf) - 1)
	for i, s := range batch {
		f.buf[(f.first+i)&(len(f.buf)-1)] = s
	}
	f.n += len(batch)
}
