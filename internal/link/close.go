package link

import (
	"context"
	"fmt"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
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
	if s.telling.Inside() {
		return reentry.ErrInside
	}
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

// Drain is Flush while there is a connection, or the first attempt to make one is under way. In an outage it returns nil at
// once: what waits for the next attempt waits on, and no attempt is made before its time.
func (s *Stream) Drain(ctx context.Context) error {
	s.mu.Lock()
	away := s.conn == nil && (s.down || time.Now().Before(s.retryAt))
	s.mu.Unlock()
	if away {
		return nil
	}
	return s.Flush(ctx)
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
// its number is in the error. It waits for the goroutine; called on that by OnError, it leaves the rest to it, and returns
// reentry.ErrInside. A second Close waits for the first, and returns nil.
func (s *Stream) Close(ctx context.Context) error {
	inside := s.telling.Inside()
	s.mu.Lock()
	defer s.unlock()
	first := !s.closed
	if first {
		s.closed = true
		s.poke()
		s.change()
	}
	switch {
	case inside && !s.over:
		s.abandoned = s.abandoned || first
		return reentry.ErrInside
	case first:
		return s.finish(ctx)
	}
	for !s.over {
		if !await(s, ctx.Done()) {
			return fmt.Errorf("%s: closing: %w", s.config.name(), ctx.Err())
		}
	}
	return nil
}

// finish waits for the writer, and ends it.
func (s *Stream) finish(ctx context.Context) error {
	dropped := s.stats.Dropped
	for s.writing {
		if !await(s, ctx.Done()) {
			s.stop()
			break
		}
	}
	s.end()
	if lost := s.stats.Dropped - dropped + s.pending(); lost > 0 {
		return fmt.Errorf("%s: closed: %d records lost", s.config.name(), lost)
	}
	return nil
}

// end is for when nothing more is to be sent.
func (s *Stream) end() {
	s.abort()
	if c := s.conn; c != nil && !s.writing {
		s.conn = nil
		s.mu.Unlock()
		_ = c.end(s.config.WriteTimeout) // all that could be sent is, and the peer may be gone
		s.mu.Lock()
	}
	s.outage.end()
	s.over = true
	s.change()
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
