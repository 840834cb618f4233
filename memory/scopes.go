package memory

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// scopes is what the ScopedHandlers derived from one share: the buffers of all operations, and what bounds them.
//
// Locks are taken in the order Operation.mu, scopes.mu, scope.mu, scopes.counting, and none while user code runs.
type scopes struct {
	opts   ScopedOptions
	report *reporter
	target *target
	late   *scope // what the target did not take of operations that are over
	closed atomic.Bool

	mu       sync.Mutex
	live     list.List // of *scope: those of operations that have not ended, in the order in which they came
	timer    *time.Timer
	armed    bool // timer runs
	sweeping turn

	counting sync.Mutex
	stats    ScopedStats // but for Operations
}

func newScopes(h slog.Handler, o ScopedOptions) *scopes {
	if h == nil {
		h = slog.DiscardHandler
	}
	ss := &scopes{opts: o, report: &reporter{onError: o.ErrorHandler}}
	ss.target = newTarget(h, ss.report)
	ss.late = ss.newScope(nil, max(o.MaxBuffered/2, 1))
	ss.sweeping = newTurn(o.Timeout)
	return ss
}

func (ss *scopes) newScope(op *Operation, limit int) *scope {
	return &scope{scopes: ss, op: op, limit: limit, turn: newTurn(ss.opts.Timeout)}
}

// count changes the stats.
func (ss *scopes) count(change func(*ScopedStats)) {
	ss.counting.Lock()
	defer ss.counting.Unlock()
	change(&ss.stats)
}

// pass delivers a record at once.
func (ss *scopes) pass(ctx context.Context, with *snapshot.With, r slog.Record) error {
	err := slogx.ErrClosed
	if !ss.closed.Load() {
		err = ss.target.handle(ctx, with, r)
	}
	ss.count(func(c *ScopedStats) {
		c.Handled++
		if err != nil {
			c.Failed++
		} else {
			c.Delivered++
		}
	})
	if err != nil {
		return ss.report.report(&problem{ctx, r, err})
	}
	return ss.report.report(unlessKept(ss.catchUp()))
}

// keep adds e to the records of its operation, which it may make fail. The error has been reported.
func (ss *scopes) keep(e *entry, severe bool) error {
	for {
		s, err := ss.of(e.op)
		switch {
		case err != nil:
			ss.count(func(c *ScopedStats) { c.Handled++; c.Failed++ })
			return ss.report.report(e.problem(err))
		case s == nil && e.passes: // the operation has ended meanwhile
			return ss.pass(e.ctx, e.with, e.record)
		case s == nil:
			ss.count(func(c *ScopedStats) { c.Handled++; c.Discarded++ })
			return nil
		case ss.opts.InOrder && s.full():
			_ = ss.report.report(unlessKept(s.flush(held)))
		}
		if !s.add(e) {
			continue
		}
		ss.makeRoom(s)
		if severe {
			e.op.fail(s)
		}
		if e.op.isFailed() {
			return ss.report.report(unlessKept(s.flush(due)))
		}
		return nil
	}
}

// of returns the buffer of op's outermost operation; nil if that has ended.
func (ss *scopes) of(op *Operation) (*scope, error) {
	root := op.root
	root.mu.Lock()
	if root.ended.Load() {
		root.mu.Unlock()
		return nil, nil
	}
	for _, s := range root.scopes {
		if s.scopes == ss {
			root.mu.Unlock()
			return s, nil
		}
	}
	s := ss.newScope(root, ss.opts.MaxRecords)
	surplus, err := ss.register(s)
	if err == nil {
		root.scopes = append(root.scopes, s)
	}
	root.mu.Unlock()
	ss.giveUp(surplus)
	return s, err
}

// register makes s live, and returns the one that has to be given up for it, if any.
func (ss *scopes) register(s *scope) (surplus *scope, err error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed.Load() {
		return nil, slogx.ErrClosed
	}
	if ss.live.Len() >= ss.opts.MaxOperations {
		surplus = ss.remove(ss.live.Front())
	}
	s.place = ss.live.PushBack(s)
	ss.arm()
	return surplus, nil
}

// unregister is for an operation that has ended.
func (ss *scopes) unregister(s *scope) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if s.place != nil {
		ss.remove(s.place)
	}
}

func (ss *scopes) remove(e *list.Element) *scope {
	s := ss.live.Remove(e).(*scope)
	s.place = nil
	return s
}

// makeRoom gives up the oldest operations, but not own, until there are no more than MaxBuffered records.
func (ss *scopes) makeRoom(own *scope) {
	for ss.buffered() > ss.opts.MaxBuffered {
		oldest := ss.oldestBut(own)
		if oldest == nil {
			return // own and late have limits themselves
		}
		ss.giveUp(oldest)
	}
}

func (ss *scopes) oldestBut(own *scope) *scope {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for e := ss.live.Front(); e != nil; e = e.Next() {
		if e.Value != own {
			return ss.remove(e)
		}
	}
	return nil
}

// giveUp ends a buffer that is not live any more, though its operation goes on. nil does nothing.
func (ss *scopes) giveUp(s *scope) {
	if s != nil {
		s.op.remove(s)
		_ = ss.report.report(unlessKept(s.end(abandoned)))
	}
}

// giveUpAll gives up one after the other, even if user code ends the goroutine with one of them.
func (ss *scopes) giveUpAll(all []*scope) {
	if len(all) > 0 {
		defer ss.giveUpAll(all[1:])
		ss.giveUp(all[0])
	}
}

// arm starts the timer, if it is needed and does not run.
func (ss *scopes) arm() {
	if !ss.armed && ss.live.Len() > 0 && !ss.closed.Load() {
		ss.armed = true
		ss.timer = time.AfterFunc(ss.opts.MaxAge, ss.sweep)
	}
}

// sweep gives up the operations in which nothing was logged since the last time.
func (ss *scopes) sweep() {
	if ss.sweeping.take() != nil { // the target stalls in the last one
		ss.rearm()
		return
	}
	ss.sweeping.run(func() {
		ss.rearm()
		ss.giveUpAll(ss.unused())
	})
}

func (ss *scopes) rearm() {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.armed = false
	ss.arm()
}

func (ss *scopes) unused() (old []*scope) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for e := ss.live.Front(); e != nil; {
		next := e.Next()
		if s := e.Value.(*scope); !s.wasUsed() {
			old = append(old, ss.remove(e))
		}
		e = next
	}
	return old
}

// close gives up all operations and delivers what is late, once.
func (ss *scopes) close() error {
	all, first := ss.closeNow()
	if !first {
		return nil
	}
	if ss.sweeping.take() == nil { // no sweep is under way, or it is over now
		ss.sweeping.run(func() {})
	}
	var errs []error
	for _, s := range all {
		s.op.remove(s)
		errs = append(errs, ss.report.report(unlessKept(s.end(closed))))
	}
	p := ss.late.flush(always)
	errs = append(errs, ss.report.report(unlessKept(ss.late.lose(p))))
	return errors.Join(errs...)
}

func (ss *scopes) closeNow() (all []*scope, first bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if !ss.closed.CompareAndSwap(false, true) {
		return nil, false
	}
	if ss.timer != nil {
		ss.timer.Stop()
	}
	for ss.live.Len() > 0 {
		all = append(all, ss.remove(ss.live.Front()))
	}
	return all, true
}

func (ss *scopes) current() ScopedStats {
	ss.mu.Lock()
	operations := ss.live.Len()
	ss.mu.Unlock()
	ss.counting.Lock()
	defer ss.counting.Unlock()
	s := ss.stats
	s.Operations = operations
	return s
}

func (ss *scopes) buffered() int {
	ss.counting.Lock()
	defer ss.counting.Unlock()
	return int(ss.stats.Buffered)
}
