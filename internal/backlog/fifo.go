package backlog

import (
	"log/slog"
	"time"
)

// entry is a record in a Queue.
type entry[T any] struct {
	item   T
	level  slog.Level
	size   int64 // bytes
	number uint64
	since  time.Time
}

// fifo has entries in the order in which they came.
type fifo[T any] struct {
	buf   []entry[T] // a ring; its length is a power of two
	first int
	n     int
}

func (f *fifo[T]) at(i int) *entry[T] { return &f.buf[(f.first+i)&(len(f.buf)-1)] }

func (f *fifo[T]) push(e entry[T]) {
	if f.n == len(f.buf) {
		f.grow()
	}
	f.n++
	*f.at(f.n - 1) = e
}

func (f *fifo[T]) grow() {
	bigger := make([]entry[T], max(2*len(f.buf), 16))
	n := copy(bigger, f.buf[f.first:])
	copy(bigger[n:], f.buf[:f.first])
	f.buf, f.first = bigger, 0
}

func (f *fifo[T]) pop() entry[T] {
	e := *f.at(0)
	*f.at(0) = entry[T]{} // keeps nothing in use
	f.first = (f.first + 1) & (len(f.buf) - 1)
	f.n--
	return e
}

// unpop puts entries back that were popped last.
func (f *fifo[T]) unpop(entries []entry[T]) {
	for f.n+len(entries) > len(f.buf) {
		f.grow()
	}
	f.first = (f.first - len(entries)) & (len(f.buf) - 1)
	f.n += len(entries)
	for i, e := range entries {
		*f.at(i) = e
	}
}
