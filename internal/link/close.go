package link

import (
	"context"
	"fmt"
	"time"
)

// Connect makes a connection now, on the caller's goroutine, unless there is one. If it fails nothing else changes.
func (s *Stream) Connect(ctx context.Context) error {
	s.mu.Lock()
	defer s.unlock()
	for s.writing {
		if !await(s, ctx.Done()) {
			return ctx.Err()
		}
	}
	switch {
	case s.closed:
		return ErrClosed
	case s.conn != nil:
		return nil
	}
	s.writing = true
	s.mu.Unlock()
	dialing, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.dialing, cancel)
	c, err := s.config.dial(dialing)
	stop()
	cancel()
	s.mu.Lock()
	if err == nil {
		s.connected(c)
	}
	if s.waiting() > 0 {
		go s.run()
	} else {
		s.rest()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.config.name(), err)
	}
	return nil
}

// Flush waits until all that was handed over before is sent. In an outage it makes an attempt to connect at once, and
// returns an error if that fails, or if records are lost.
func (s *Stream) Flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.unlock()
	s.hurry++
	defer func() { s.hurry-- }()
	upTo, failures, dropped := s.accepted, s.failures, s.stats.Dropped
	s.retryAt = time.Time{}
	s.poke()
	for s.accepted-s.pending() < upTo && s.failures == failures {
		if !await(s, ctx.Done()) {
			return fmt.Errorf("%s: %d records wait: %w", s.config.name(), s.pending(), ctx.Err())
		}
	}
	switch lost := s.stats.Dropped - dropped; {
	case s.failures > failures:
		return fmt.Errorf("%d records wait, %d are lost: %w", s.pending(), lost, s.outage.refuse)
	case lost > 0: // by Close
		return fmt.Errorf("%s: %d records are lost", s.config.name(), lost)
	}
	return nil
}

// pending returns how many of the accepted records are neither sent nor lost.
func (s *Stream) pending() int64 {
	n := int64(s.waiting())
	if s.now {
		n++
	}
	return n
}

// Close sends what waits, making at most one more attempt to connect, until ctx is done. What is left then is lost, and
// its number is in the error. It waits for the goroutine. A second Close returns nil.
func (s *Stream) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	dropped := s.stats.Dropped
	s.poke()
	s.change()
	for s.writing {
		if !await(s, ctx.Done()) {
			s.stop()
			break
		}
	}
	s.abort()
	if c := s.conn; c != nil && !s.writing {
		s.conn = nil
		s.mu.Unlock()
		_ = c.end(s.config.WriteTimeout) // all that could be sent is, and the peer may be gone
		s.mu.Lock()
	}
	lost := s.stats.Dropped - dropped + s.pending()
	s.outage.end()
	if lost > 0 {
		return fmt.Errorf("%s: closed: %d records lost", s.config.name(), lost)
	}
	return nil
}

// stop has the writer give up. Only an OnError that hangs can keep it longer than a moment.
func (s *Stream) stop() {
	s.aborted = true
	s.abort()
	if s.conn != nil {
		s.conn.abort()
	}
	s.poke()
	moment := time.NewTimer(time.Second)
	defer moment.Stop()
	for s.writing && await(s, moment.C) {
	}
}
