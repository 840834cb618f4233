package memory

import (
	"errors"
	"fmt"

	"github.com/slogkit-go/slogkit/slogx"
)

// What the target did not take of operations that are over is late. It is kept in a scope without an operation, and
// delivered when the target takes something else, and by Flush and Close.

// flush delivers what is late.
func (ss *scopes) flush() error {
	if ss.late.empty() {
		return nil
	}
	return ss.report.report(unlessKept(ss.late.flush(always)))
}

// catchUp delivers what is late, to a target that has just taken a record.
func (ss *scopes) catchUp() *problem {
	if ss.late.empty() {
		return nil
	}
	p := ss.late.flush(always)
	if p != nil {
		return ss.late.refused(p)
	}
	return nil
}

// adopt adds the entries that are left of an operation that is over; false if s is, too.
func (s *scope) adopt(entries []entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		n := int64(len(entries))
		s.scopes.count(func(c *ScopedStats) { c.Buffered -= n; c.Failed += n })
		return false
	}
	for i := range entries {
		entries[i].op = nil
		s.push(&entries[i])
	}
	return true
}

// refused is for the oldest of the late entries, when the target does not take it though it has just taken another. Not
// every time: it would be in the way of all that come after it.
func (s *scope) refused(p *problem) *problem {
	const patience = 3
	if errors.Is(p.err, ErrBusy) || errors.Is(p.err, errLeft) {
		return p // it was not even asked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.queue.waiting()
	if len(waiting) == 0 {
		return p
	}
	if waiting[0].refused++; waiting[0].refused < patience {
		return p
	}
	oldest, _ := s.queue.drop()
	s.scopes.count(func(c *ScopedStats) { c.Buffered--; c.Failed++ })
	return oldest.problem(fmt.Errorf("%w %d times: %w", errRefused, patience, p.err))
}

// lose empties s for good. p is what came of the last delivery.
func (s *scope) lose(p *problem) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	n := s.queue.truncate()
	s.scopes.count(func(c *ScopedStats) { c.Buffered -= int64(n); c.Failed += int64(n) })
	switch {
	case n == 0:
		return p
	case p == nil:
		return &problem{err: lost(n, slogx.ErrClosed)}
	}
	return &problem{p.ctx, p.r, lost(n, p.err)}
}
