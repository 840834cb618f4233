package memory

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync"
)

// scope keeps the records of one outermost operation, and of those within it, for one ScopedHandler.
type scope struct {
	scopes *scopes
	op     *Operation
	limit  int // records
	turn   turn
	place  *list.Element // among the live; guarded by scopes.mu

	mu    sync.Mutex
	queue fifo
	over  bool // takes nothing more
	left  bool // entries that are due were left to the goroutine that delivers
	used  bool // since the last sweep
	lost  int  // entries dropped to make room, and not mentioned yet
}

// due reports whether e is to be delivered now.
func due(e *entry) bool { return e.op == nil || e.op.isFailed() }

// held reports whether e is to be delivered even if its operation ends well.
func held(e *entry) bool { return e.passes || due(e) }

func always(*entry) bool { return true }

// add adds e; false if s is over.
func (s *scope) add(e *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.used = true
	s.scopes.count(func(c *ScopedStats) { c.Handled++; c.Buffered++ })
	s.push(e)
	return true
}

// push adds e. If there is no room the oldest entry is dropped, or, if all that there are are being delivered, e itself.
func (s *scope) push(e *entry) {
	if s.isFull() {
		s.lost++
		s.scopes.count(func(c *ScopedStats) { c.Buffered--; c.Dropped++ })
		if _, ok := s.queue.drop(); !ok {
			return
		}
	}
	s.queue.push(e)
}

func (s *scope) isFull() bool { return s.queue.len() >= s.limit }

func (s *scope) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isFull()
}

func (s *scope) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue.waiting()) == 0
}

// flush delivers the entries that are wanted. If the target takes some, it is well, and gets those that are late, too.
func (s *scope) flush(wanted func(*entry) bool) *problem {
	n, p := s.deliver(wanted)
	if n > 0 && p == nil && s != s.scopes.late {
		return s.scopes.catchUp()
	}
	return p
}

// deliver delivers the entries that are wanted, and returns how many it delivered.
func (s *scope) deliver(wanted func(*entry) bool) (n int, p *problem) {
	if err := s.turn.take(); err != nil {
		s.leave()
		if !s.turn.try() { // else the other is done, and may not have seen it
			return 0, &problem{err: err}
		}
	}
	for rounds := 1; ; rounds++ {
		s.turn.run(func() {
			var more int
			more, p = s.round(wanted)
			n += more
		})
		if p != nil || rounds == maxRounds || !s.hasLeft() || !s.turn.try() {
			return n, p
		}
	}
}

// leave leaves the entries that are due to the goroutine whose turn it is.
func (s *scope) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = true
}

// hasLeft reports whether entries were left to the goroutine that delivers, and not seen by it.
func (s *scope) hasLeft() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

// round delivers one batch. It is this goroutine's turn.
func (s *scope) round(wanted func(*entry) bool) (n int, p *problem) {
	batch := s.lend(wanted)
	if len(batch) == 0 {
		return 0, nil
	}
	err := errExit
	defer func() { p = s.settle(batch, n, err) }()
	s.tellLost(batch)
	n, err = s.scopes.target.deliver(context.Background(), batch)
	return n, nil
}

// lend returns the entries that are wanted. They come before the others from now on.
func (s *scope) lend(wanted func(*entry) bool) []entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = false // whatever is due is wanted
	waiting := s.queue.waiting()
	n := 0
	for n < len(waiting) && wanted(&waiting[n]) {
		n++
	}
	var passed []entry // over, by those that are wanted
	for i, first := n, n; i < len(waiting); i++ {
		if wanted(&waiting[i]) {
			passed = append(passed, waiting[first:i]...)
			waiting[n] = waiting[i]
			n++
			first = i + 1
		}
	}
	copy(waiting[n:], passed)
	return s.queue.lend(n)
}

// tellLost says what is missing before a batch that comes out because of a failure.
func (s *scope) tellLost(batch []entry) {
	if n := s.takeLost(batch); n > 0 {
		_ = s.scopes.report.report(batch[0].problem(fmt.Errorf("%w, %d records were dropped", ErrFull, n)))
	}
}

func (s *scope) takeLost(batch []entry) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == 0 || !slices.ContainsFunc(batch, func(e entry) bool { return due(&e) }) {
		return 0
	}
	n := s.lost
	s.lost = 0
	return n
}

// settle accounts for a batch of which n entries were delivered. The others stay, or are late if s is over.
func (s *scope) settle(batch []entry, n int, err error) *problem {
	if n == len(batch) {
		s.settled(n, n, false)
		return nil
	}
	p := batch[n].problem(err)
	if rest := s.settled(n, len(batch), true); len(rest) > 0 && !s.scopes.late.adopt(rest) {
		p.err = lost(len(rest), err)
	}
	return p
}

// settled ends the loan of a batch, and returns what of it does not stay.
func (s *scope) settled(delivered, lent int, failed bool) (rest []entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes.count(func(c *ScopedStats) {
		c.Buffered -= int64(delivered)
		c.Delivered += int64(delivered)
		if failed {
			c.Errors++
		}
	})
	gone := delivered
	if s.over {
		rest = slices.Clone(s.queue.entries[s.queue.head+delivered : s.queue.head+lent])
		gone = lent
	}
	s.queue.settle(gone)
	return rest
}

// wasUsed reports whether something was added since it was called before.
func (s *scope) wasUsed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.used
	s.used = false
	return used
}
