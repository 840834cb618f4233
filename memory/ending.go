package memory

import (
	"fmt"

	"github.com/slogkit-go/slogkit/slogx"
)

// An ending is the way in which a scope gets over.
type ending int

const (
	good ending = iota
	abandoned
	closed
)

// end ends s, unless it is over: what is to be delivered is, and the rest vanishes.
func (s *scope) end(how ending) (p *problem) {
	s.mu.Lock()
	wasOver := s.over
	s.over = true
	s.mu.Unlock()
	if wasOver {
		return nil
	}
	wanted := held
	if how != good && s.scopes.opts.FlushAbandoned {
		wanted = always
	}
	defer func() { // even if the target ends the goroutine
		if gone := s.clearOut(wanted, how); p == nil && how == abandoned && gone > 0 {
			p = &problem{err: fmt.Errorf("%w, %d records were dropped", ErrAbandoned, gone)}
		}
	}()
	return s.flush(wanted)
}

// clearOut leaves nothing in s: what is wanted is late, the rest is gone. It returns how much that is.
func (s *scope) clearOut(wanted func(*entry) bool, how ending) (gone int) {
	left, gone := s.vacate(wanted, how)
	if len(left) > 0 && !s.scopes.late.adopt(left) {
		_ = s.scopes.report.report(left[0].problem(lost(len(left), slogx.ErrClosed)))
	}
	return gone
}

// vacate empties s, which is over, of entries that are wanted, but could not be delivered, and of those that vanish.
func (s *scope) vacate(wanted func(*entry) bool, how ending) (left []entry, gone int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.queue.waiting()
	for i := range waiting {
		if wanted(&waiting[i]) {
			left = append(left, waiting[i])
		}
	}
	gone = s.queue.truncate() - len(left)
	s.scopes.count(func(c *ScopedStats) {
		c.Buffered -= int64(gone)
		if how == good {
			c.Discarded += int64(gone)
		} else {
			c.Abandoned++
			c.Dropped += int64(gone)
		}
	})
	return left, gone
}
