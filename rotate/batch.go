package rotate

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/slogx"
)

// batch collects records, to be written together. Two buffers take turns: who finds that the one is full writes it, and
// while that takes its time the others' records go into the other.
type batch struct {
	w     *Writer
	size  int  // of each buffer, in bytes
	timed bool // rotated by time

	// Guarded by w.mu.
	out     records       // being written; not empty afterwards if that has failed
	busy    bool          // being written, though w.mu may be free, for user code
	resting chan struct{} // closed when nobody is busy any more; nil: nobody waits for that

	mu     sync.Mutex // taken after w.mu, where both are
	in     records    // being collected
	spare  records    // the other buffer, if it is not out
	failed int64      // records refused, or lost in the end
	rollAt time.Time  // when the current period ends, as far as known
	closed bool

	timer  *time.Timer // for what is not written otherwise
	armed  bool        // it is running, or its function is
	wait   backoff     // of writes that fail
	timers sync.WaitGroup
	own    atomic.Uint64 // the goroutine of its function
}

// While one buffer is being written the other may become this many times as large as it should. Writers that outrun the
// disk have to wait sooner or later; this way that is less than one in a thousand.
const elastic = 8

func newBatch(w *Writer, size int) *batch {
	return &batch{w: w, size: size, timed: w.config.schedule != nil}
}

// add takes p, to be written later, unless there is no room and none can be made.
func (b *batch) add(p []byte) (int, error) {
	b.mu.Lock()
	if !b.fits(p, b.size) || b.timed && !time.Now().Before(b.rollAt) {
		b.mu.Unlock()
		return b.addSlowly(p)
	}
	b.in.add(p)
	if !b.armed {
		b.arm()
	}
	b.mu.Unlock()
	return len(p), nil
}

// addSlowly is for a record that does not fit in, or belongs to another period.
func (b *batch) addSlowly(p []byte) (int, error) {
	if !b.w.mu.TryLock() {
		if b.tryAdd(p, elastic*b.size, true) {
			return len(p), nil
		}
		b.w.mu.Lock()
	}
	err := b.makeRoom(p)
	b.w.unlock()
	if err != nil {
		b.mu.Lock()
		b.failed++
		b.mu.Unlock()
		return 0, err
	}
	return len(p), nil
}

// fits reports whether there is room for p in a buffer of this size.
func (b *batch) fits(p []byte, size int) bool {
	return len(b.in.bytes)+len(p) <= size && !b.closed
}

// tryAdd adds p if there is room in a buffer of this size; timely, only if it belongs to the same period.
func (b *batch) tryAdd(p []byte, size int, timely bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if timely && b.ended() || !b.fits(p, size) {
		return false
	}
	b.in.add(p)
	if !b.armed {
		b.arm()
	}
	return true
}

// ended reports whether the period of what is collected is over.
func (b *batch) ended() bool { return b.timed && !time.Now().Before(b.rollAt) }

// makeRoom, for who holds w.mu, writes what is collected, and rotates if it is time to; then p is collected, or written
// if it is too large.
func (b *batch) makeRoom(p []byte) error {
	w := b.w
	for {
		if b.busy {
			// User code runs, in the middle of writing. It may be what logs this, and then cannot be waited for.
			if b.tryAdd(p, elastic*b.size+len(p), false) {
				return nil
			}
			if w.closing {
				return slogx.ErrClosed
			}
			if err := b.awaitRest(time.Second); err != nil {
				return fmt.Errorf("rotate: the buffer is full: %w", err)
			}
			continue
		}
		if b.tryAdd(p, b.size, true) {
			return nil
		}
		if w.closing {
			return slogx.ErrClosed
		}
		if err := b.writeAndTurn(len(p)); err != nil {
			b.topUp()
			if b.tryAdd(p, b.size, false) { // the timer tries again, and says so
				return nil
			}
			return err
		}
		if len(p) > b.size {
			return b.writeLarge(p)
		}
	}
}

// writeAndTurn writes what is collected, and then, if the period of that is over, begins the next file.
func (b *batch) writeAndTurn(n int) error {
	b.mu.Lock()
	ended := b.ended()
	b.mu.Unlock()
	if err := b.write(); err != nil || !ended {
		return err
	}
	return b.turn(n)
}

// topUp makes room in what is collected, by what there is in what could not be written.
func (b *batch) topUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out.len() == 0 {
		return
	}
	n := b.in.within(int64(b.size - len(b.out.bytes)))
	begin := 0
	for _, end := range b.in.ends[:n] {
		b.out.add(b.in.bytes[begin:end])
		begin = end
	}
	b.in.remove(n)
}

// turn rotates by time before a record of n bytes, and learns when to do so next.
func (b *batch) turn(n int) error {
	w := b.w
	b.busy = true
	err := w.hold(func() error { return w.prepare(n) })
	b.rest()
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
	large := records{p, []int{len(p)}}
	b.busy = true
	_, err := b.w.putAll(&large, b.w.prepareSize)
	b.rest()
	return b.committed(err)
}

// flush writes what is collected. It waits for user code in the middle of writing, unless that is what calls it.
func (b *batch) flush() error {
	b.w.mu.Lock()
	defer b.w.unlock()
	if err := b.awaitRest(closeTimeout); err != nil || b.w.closed {
		return err
	}
	return b.write()
}

// flushSoon is flush that does not wait: while user code runs nothing is done.
func (b *batch) flushSoon() (done bool, err error) {
	b.w.mu.Lock()
	defer b.w.unlock()
	if b.busy || b.w.closed {
		return b.w.closed, nil
	}
	return true, b.write()
}

// rest ends being busy.
func (b *batch) rest() {
	b.busy = false
	if b.resting != nil {
		close(b.resting)
		b.resting = nil
	}
}

var errBusy = errors.New("the Namer or the Header does not return")

// awaitRest waits for a while, with w.mu free, until nobody is busy. It does not if user code calls it.
func (b *batch) awaitRest(timeout time.Duration) error {
	w := b.w
	if !b.busy {
		return nil
	}
	if w.answers.reentry.Inside() {
		return errBusy
	}
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for b.busy {
		if b.resting == nil {
			b.resting = make(chan struct{})
		}
		resting := b.resting
		w.mu.Unlock()
		select {
		case <-resting:
			w.mu.Lock()
		case <-deadline.C:
			w.mu.Lock()
			if b.busy {
				return errBusy
			}
		}
	}
	return nil
}

// write writes what an earlier attempt has left, then all that was collected.
func (b *batch) write() error {
	if err := b.writeOut(); err != nil {
		return err
	}
	b.mu.Lock()
	b.out, b.in, b.spare = b.in, b.spare, records{}
	b.mu.Unlock()
	if err := b.writeOut(); err != nil {
		return err
	}
	b.mu.Lock()
	b.recovered()
	b.mu.Unlock()
	return nil
}

// recovered ends waiting longer than FlushInterval.
func (b *batch) recovered() {
	if b.wait == (backoff{}) {
		return
	}
	b.wait = backoff{}
	if b.armed && b.timer.Stop() {
		b.timers.Done()
		b.arm()
	}
}

// writeOut writes b.out. What cannot be written now remains in it.
func (b *batch) writeOut() error {
	if b.out.len() > 0 {
		b.busy = true
		done, err := b.w.putAll(&b.out, b.w.prepareSize)
		b.out.remove(done)
		b.rest()
		err = b.committed(err)
		if b.w.closed { // Close has not waited
			return b.lose(err)
		}
		if err != nil {
			return err
		}
	}
	b.recycle()
	return nil
}

// committed commits to disk what was written. If that fails it is no reason to write the records again.
func (b *batch) committed(err error) error {
	if commitErr := b.w.commit(); commitErr != nil {
		b.w.fail(commitErr)
	}
	return err
}

// recycle keeps the buffer that has been written. If nobody needed the other meanwhile it takes its place, being the one
// that is in the processor's cache.
func (b *batch) recycle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out.bytes == nil {
		return
	}
	b.spare, b.out = b.out, records{}
	if b.in.len() == 0 {
		b.in, b.spare = b.spare, b.in
	}
}

// arm has what is collected written after a while.
func (b *batch) arm() {
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
	b.own.Store(reentry.Goroutine())
	defer b.own.Store(0)
	b.mu.Lock()
	b.armed = false // whoever adds from now on may come too late for this time
	b.mu.Unlock()
	done, err := b.flushSoon()
	b.mu.Lock()
	if err == nil {
		b.wait = backoff{}
	} else {
		b.wait.failed(time.Now())
	}
	if (err != nil || !done || b.in.len() > 0) && !b.armed && !b.closed {
		b.arm()
	}
	b.mu.Unlock()
	if err != nil {
		b.w.failed(fmt.Errorf("rotate: write the buffer of %s: %w", b.w.path, err))
	}
}

// close, for who holds w.mu, writes what is collected, the last time, and takes no more. What cannot be written is lost,
// and counted.
func (b *batch) close() error {
	b.mu.Lock()
	b.closed = true
	if b.timer != nil && b.timer.Stop() {
		b.timers.Done()
	}
	b.mu.Unlock()
	if b.awaitRest(closeTimeout) != nil {
		return nil // who is busy loses it
	}
	return b.lose(b.write())
}

// lose gives up what is collected, if anything, because of err.
func (b *batch) lose(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	lost := b.waiting()
	b.failed += int64(lost)
	b.out, b.in, b.spare = records{}, records{}, records{}
	if lost > 0 {
		err = fmt.Errorf("rotate: %d records in the buffer of %s are lost: %w", lost, b.w.path, err)
		b.w.fail(err)
	}
	return err
}

// waitTimer waits until the timer's function is done, unless that is what calls it.
func (b *batch) waitTimer() {
	if b.own.Load() != reentry.Goroutine() {
		b.timers.Wait()
	}
}

// waiting returns how many records are not written.
func (b *batch) waiting() int { return b.out.len() + b.in.len() }

// addTo adds what s does not know yet. The caller holds w.mu.
func (b *batch) addTo(s *Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Failed += b.failed
	s.Buffered += int64(b.waiting())
	s.Handled = s.Written + s.Failed + s.Buffered
}
