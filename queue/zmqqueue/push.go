package zmqqueue

import (
	"errors"
	"os"
	"time"
)

// push sends b to a peer, and to another when that fails. It gives up when the socket is cut.
func (s *Sender) push(b *batch) {
	for again := false; ; again = true {
		c := s.await()
		if c == nil {
			return
		}
		if again {
			s.count(func(stats *SendStats) { stats.Retried += int64(b.len()) })
		}
		n, err := c.write(b.frames)
		s.count(func(stats *SendStats) { stats.Bytes += int64(n) })
		if err == nil {
			s.sent(b.len())
			return
		}
		c.kill()
		// A peer that was slow gets what the system has taken. Of one that is gone nobody knows what it has got.
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.sent(b.drop(n))
		}
	}
}

func (s *Sender) sent(records int) {
	s.count(func(stats *SendStats) { stats.Sent += int64(records) })
}

// await returns a peer that lives, and waits until there is one; nil if the socket is cut.
func (s *Sender) await() *conn {
	if c := s.socket.next(); c != nil {
		return c
	}
	var patience <-chan time.Time
	if s.socket.opts.Bind { // else connect tells
		t := time.NewTimer(time.Second)
		defer t.Stop()
		patience = t.C
	}
	for {
		select {
		case <-s.socket.came:
		case <-patience:
			s.socket.tellAway(errNobody)
		case <-s.socket.life.Done():
			return nil
		}
		if c := s.socket.next(); c != nil {
			return c
		}
	}
}

var errNobody = errors.New("no peer is connected")
