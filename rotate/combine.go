package rotate

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// combiner has goroutines that meet at the file write together: who gets the lock writes the records of all in one
// system call, and commits them to disk at once. Each waits for that, and has its own outcome.
//
// Whether they will meet shows in whether they just did: while the last group had several records, a writer that could
// have the lock at once lets the others come first.
type combiner struct {
	hot   atomic.Bool // a group is open, or the last one had several records
	ended sync.Cond   // a group is done; its lock is Writer.mu

	mu   sync.Mutex // held to add a record; taken after Writer.mu where both are
	open *group     // nil: none
	free []*group
}

// group is records that are written together.
type group struct {
	records
	unread  atomic.Int32 // writers that do not know the outcome yet
	taken   bool         // by who writes it; guarded by Writer.mu
	done    atomic.Bool  // what follows is set
	written int          // of the records, whole
	err     error        // of the others
}

// yields is how often a writer lets others run before it waits for the lock.
const yields = 8

// combine writes p together with what others write now.
func (w *Writer) combine(p []byte) (int, error) {
	g, i := w.combiner.join(p)
	for n := 0; !g.done.Load(); n++ {
		if n < yields {
			runtime.Gosched()
			if g.done.Load() || !w.mu.TryLock() {
				continue
			}
		} else {
			w.mu.Lock()
		}
		for g.taken && !g.done.Load() { // its writer has let go of the lock, for user code
			w.combiner.ended.Wait()
		}
		if !g.done.Load() {
			w.writeGroup(g)
		}
		w.unlock()
	}
	n, err := 0, g.err
	if i < g.written {
		n, err = len(p), nil
	}
	w.combiner.leave(g)
	return n, err
}

// join adds p to the open group, and returns which of its records that is.
func (c *combiner) join(p []byte) (*group, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = c.newGroup()
		c.hot.Store(true)
	}
	g := c.open
	g.add(p)
	g.unread.Add(1)
	return g, g.len() - 1
}

func (c *combiner) newGroup() *group {
	n := len(c.free) - 1
	if n < 0 {
		return new(group)
	}
	g := c.free[n]
	c.free = c.free[:n]
	return g
}

// close lets nobody else join g, which is the open group if it is not done.
func (c *combiner) close(g *group) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = nil
	c.hot.Store(g.len() > 1)
}

// leave is for who knows the outcome. The last one keeps g for others, unless it is large.
func (c *combiner) leave(g *group) {
	if g.unread.Add(-1) > 0 {
		return
	}
	const large = 64 << 10
	if cap(g.bytes) > large {
		return
	}
	g.remove(g.len())
	g.taken, g.written, g.err = false, 0, nil
	g.done.Store(false)
	c.mu.Lock()
	c.free = append(c.free, g)
	c.mu.Unlock()
}

// writeGroup is for who has w.mu.
func (w *Writer) writeGroup(g *group) {
	g.taken = true
	w.combiner.close(g)
	g.written, g.err = w.putGroup(&g.records)
	g.done.Store(true)
	w.combiner.ended.Broadcast()
}
