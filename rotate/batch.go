package rotate

import (
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// batch collects records, to be written together. Two buffers take turns: while one is being written, by whoever found
// it full, the others' records go into the other.
type batch struct {
	w    *Writer
	size int // of each buffer, in bytes

	// Guarded by w.mu.
	out  records // being written; not empty afterwards if that has failed
	busy bool    // being written, though w.mu may be free, for user code

	mu      sync.Mutex // taken after w.mu, where both are
	in      records
	handled int64 // records
	failed  int64 // of those, refused
	rollAt  time.Time
	timer   *time.Timer
	armed   bool // the timer is running, or its function
	wait    backoff
	timers  sync.WaitGroup
	closed  bool
}

// records are whole records one after the other.
type records struct {
	bytes []byte
	ends  []int // of each
}

func (r *records) add(p []byte) {
	r.bytes = append(r.bytes, p...)
	r.ends = append(r.ends, len(r.bytes))
}

// remove takes the first n records off.
func (r *records) remove(n int) {
	if n == len(r.ends) {
		r.bytes, r.ends = r.bytes[:0], r.ends[:0]
		return
	}
	gone := r.end(n)
	r.bytes = r.bytes[:copy(r.bytes, r.bytes[gone:])]
	r.ends = r.ends[:copy(r.ends, r.ends[n:])]
	for i := range r.ends {
		r.ends[i] -= gone
	}
}

// end returns how many bytes the first n records have.
func (r *records) end(n int) int {
	if n == 0 {
		return 0
	}
	return r.ends[n-1]
}

// within returns how many of the records are complete in the first n bytes.
func (r *records) within(n int64) int {
	return sort.Search(len(r.ends), func(i int) bool { return int64(r.ends[i]) > n })
}

func newBatch(w *Writer, size int) *batch {
	b := &batch{w: w, size: size}
	if w.config.schedule != nil {
		b.rollAt = time.Unix(0, 0) // to be learned with the first record
	}
	return b
}

// add takes p, to be written later, unless there is no room and none can be made.
func (b *batch) add(p []byte) (int, error) {
	b.mu.Lock()
	b.handled++
	if b.fits(p) {
		b.in.add(p)
		b.arm()
		b.mu.Unlock()
		return len(p), nil
	}
	b.mu.Unlock()
	if err := b.makeRoom(p); err != nil {
		b.mu.Lock()
		b.failed++
		b.mu.Unlock()
		return 0, err
	}
	return len(p), nil
}

// fits reports whether p belongs to what is collected, and there is room for it.
func (b *batch) fits(p []byte) bool {
	return !b.closed && len(b.in.bytes)+len(p) <= b.size && (b.rollAt.IsZero() || time.Now().Before(b.rollAt))
}

// makeRoom writes what is collected, and rotates if it is time to; then p is collected, or written if it is too large.
func (b *batch) makeRoom(p []byte) error {
	w := b.w
	w.mu.Lock()
	defer w.unlock()
	for !b.busy {
		if b.tryAdd(p, b.size) {
			return nil
		}
		if w.closed {
			return slogx.ErrClosed
		}
		if err := b.write(); err != nil {
			return err
		}
		if err := b.turn(len(p)); err != nil {
			return err
		}
		if len(p) > b.size {
			return b.writeLarge(p)
		}
	}
	// User code runs, in the middle of writing. It may be what logs this, and so cannot be waited for.
	if b.tryAdd(p, 2*b.size+len(p)) {
		return nil
	}
	return errors.New("rotate: the buffer is full, and the Namer or the Header does not return")
}

// tryAdd is add for who holds w.mu.
func (b *batch) tryAdd(p []byte, size int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	fits := b.fits(p)
	if b.busy {
		fits = !b.closed && len(b.in.bytes)+len(p) <= size
	}
	if fits {
		b.in.add(p)
		b.arm()
	}
	return fits
}

// turn rotates by time before a record of n bytes, and learns when to do so next.
func (b *batch) turn(n int) error {
	w := b.w
	if w.config.schedule == nil {
		return nil
	}
	b.busy = true
	err := w.hold(func() error { return w.prepare(n) })
	b.busy = false
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.rollAt = w.rollAt
	if now := time.Now(); !now.Before(b.rollAt) { // it has failed, or a Rotator is at it
		b.rollAt = now.Add(10 * time.Millisecond)
	}
	b.mu.Unlock()
	return nil
}

// writeLarge writes a record that no buffer holds.
func (b *batch) writeLarge(p []byte) error {
	b.out.add(p)
	err := b.writeOut()
	if err != nil {
		b.out.remove(len(b.out.ends)) // it is the caller's again
	}
	return err
}

// flush writes what is collected.
func (b *batch) flush() error {
	b.w.mu.Lock()
	defer b.w.unlock()
	if b.busy || b.w.closed {
		return nil
	}
	return b.write()
}

// write writes what an earlier attempt has left, then what is collected.
func (b *batch) write() error {
	if err := b.writeOut(); err != nil {
		return err
	}
	b.mu.Lock()
	b.in, b.out = b.out, b.in
	b.mu.Unlock()
	return b.writeOut()
}

// writeOut writes b.out, each record into the file it belongs to. What cannot be written now remains in it.
func (b *batch) writeOut() error {
	w := b.w
	b.busy = true
	defer func() { b.busy = false }()
	done := 0 // records
	var err error
	for err == nil && done < len(b.out.ends) {
		var n int
		n, err = b.writeChunk(done)
		done += n
	}
	w.stats.Written += int64(done)
	w.stats.Bytes += int64(b.out.end(done))
	b.out.remove(done)
	return err
}

// writeChunk writes, of the records from the given one on, those that belong to the same file, and returns how many have
// been written whole.
func (b *batch) writeChunk(from int) (n int, err error) {
	w := b.w
	begin := b.out.end(from)
	first := b.out.ends[from] - begin
	err = w.hold(func() error {
		if err := w.prepareSize(first); err != nil {
			return err
		}
		room := w.config.limit - w.file.Size() - 1 // the limit is not reached
		upTo := max(b.out.within(int64(begin)+min(room, int64(len(b.out.bytes)))), from+1)
		written, err := w.append(b.out.bytes[begin:b.out.ends[upTo-1]])
		n = b.out.within(int64(begin+written)) - from
		return err
	})
	return n, err
}

// arm has what is collected written after a while.
func (b *batch) arm() {
	if b.armed {
		return
	}
	b.armed = true
	b.timers.Add(1)
	interval := max(b.w.config.FlushInterval, b.wait.wait)
	if b.timer == nil {
		b.timer = time.AfterFunc(interval, b.tick)
	} else {
		b.timer.Reset(interval)
	}
}

func (b *batch) tick() {
	defer b.timers.Done()
	err := b.flush()
	b.mu.Lock()
	b.armed = false
	if err == nil {
		b.wait = backoff{}
	} else {
		b.wait.failed(time.Now())
		if !b.closed {
			b.arm()
		}
	}
	b.mu.Unlock()
	if err != nil {
		b.w.failed(fmt.Errorf("rotate: write the buffer of %s: %w", b.w.path, err))
	}
}

// close writes what is collected, the last time, and takes no more. What cannot be written is lost, and counted.
func (b *batch) close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	if b.timer != nil && b.timer.Stop() {
		b.timers.Done()
	}
	b.mu.Unlock()
	b.timers.Wait()

	err := b.flush()
	b.w.mu.Lock()
	defer b.w.unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	lost := len(b.out.ends) + len(b.in.ends)
	b.failed += int64(lost)
	b.out, b.in = records{}, records{}
	if lost > 0 {
		err = fmt.Errorf("rotate: %d records in the buffer of %s are lost: %w", lost, b.w.path, err)
		b.w.fail(err)
	}
	return err
}

// addTo adds what s does not know yet.
func (b *batch) addTo(s *Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Handled += b.handled
	s.Failed += b.failed
	s.Buffered = s.Handled - s.Written - s.Failed
}
