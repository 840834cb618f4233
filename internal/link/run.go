package link

import (
	"errors"
	"io"
	"time"
)

// run is the goroutine: the writer until nothing waits.
func (s *Stream) run() {
	s.mu.Lock()
	for {
		s.gather()
		if s.waiting() == 0 {
			break
		}
		if s.conn == nil {
			s.connect()
		} else {
			s.writeSome()
		}
		if len(s.outage.untold) > 0 {
			s.telling.Do(s.unlock)
			s.mu.Lock()
		}
	}
	s.pace.took(0)
	s.in.shrink(2 * window)
	s.out.shrink(2 * window)
	s.rest()
	if s.abandoned {
		s.end()
	}
	s.unlock()
}

// gather lets records come for a moment, if they come in quick succession.
func (s *Stream) gather() {
	if s.pace.quick && s.conn != nil && s.out.len() == 0 && s.in.size() < enough && s.hurry == 0 && !s.closed {
		s.sleep(gathering)
	}
}

// sleep waits, with the lock free, until it is over or poked.
func (s *Stream) sleep(d time.Duration) {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	select {
	case <-s.wake: // whoever poked has changed what made us sleep, or it no longer matters
	default:
	}
	s.mu.Unlock()
	select {
	case <-s.wake:
		s.timer.Stop()
	case <-s.timer.C:
	}
	s.mu.Lock()
}

// writeSome writes some of what waits.
func (s *Stream) writeSome() {
	if s.out.len() == 0 {
		s.pace.took(s.in.len())
		s.in, s.out = s.out, s.in
	}
	n := max(s.out.within(chunk), 1)
	p := s.out.first(n)
	c := s.conn
	s.mu.Unlock()
	written, err := c.write(p)
	s.mu.Lock()
	done := n
	if written < len(p) {
		done = s.out.within(written)
	}
	s.sent(done, len(s.out.first(done)))
	s.out.finish(done)
	if done < n {
		s.broke(err, n-done)
	}
	s.change()
}

// broke is for when the connection turns out to be broken; again records were to be sent over it.
func (s *Stream) broke(err error, again int) {
	lasted := time.Since(s.conn.since)
	s.conn.abort()
	s.conn, s.ended = nil, err
	s.stats.Retried += int64(again)
	if lasted >= s.config.Retry.Start {
		s.retry.Reset()
		s.retryAt = time.Time{}
	} else { // who hangs up at once is not called again at once
		s.retryAt = time.Now().Add(s.retry.Next())
	}
	// A peer that has hung up in good order, while nothing was being sent, has read everything.
	if !errors.Is(err, io.EOF) {
		s.outage.begin(err)
	}
}

// connect makes an attempt when it is due. A Stream that is being closed has one attempt left, and makes it now.
func (s *Stream) connect() {
	for !s.closed {
		wait := time.Until(s.retryAt)
		if wait <= 0 {
			break
		}
		s.sleep(wait)
	}
	if s.aborted || s.lastTry {
		s.giveUp(0)
		return
	}
	s.lastTry = s.closed
	s.mu.Unlock()
	c, err := s.config.dial(s.dialing)
	s.mu.Lock()
	if err != nil {
		s.failed(err)
	} else {
		s.connected(c)
	}
}

func (s *Stream) connected(c *conn) {
	s.conn, s.down = c, false
	s.connections++
	s.change()
}

// failed is for an attempt that has failed. Only Config.Buffer is kept for the next.
func (s *Stream) failed(err error) {
	s.outage.begin(err)
	s.down = true
	s.failures++
	s.retryAt = time.Now().Add(s.retry.Next())
	if s.lastTry { // not: closed, for this attempt may have begun before
		s.giveUp(0)
	} else {
		s.giveUp(s.config.Buffer)
	}
	s.change()
}

// giveUp loses the newest of what waits, but for so many bytes.
func (s *Stream) giveUp(room int) {
	before := s.waiting()
	whole := s.out.size() <= room
	s.out.keep(s.out.within(room))
	if whole {
		s.in.keep(s.in.within(room - s.out.size()))
	} else {
		s.in.keep(0)
	}
	s.lose(before - s.waiting())
}
