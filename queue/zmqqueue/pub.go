package zmqqueue

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
)

// subscriber is what PUB keeps of a peer: what it subscribes to, and what it has not been sent yet.
type subscriber struct {
	mu     sync.Mutex
	topics map[string]bool // beginnings of head, so they are few
	queue  chan batch
	closed bool
}

// backlog is how many batches wait for a subscriber that is slower than others: 4 MiB or so.
const backlog = 64

func newSubscriber() *subscriber {
	return &subscriber{topics: map[string]bool{}, queue: make(chan batch, backlog)}
}

// publish hands b to every peer that subscribes to it and has room.
func (s *Sender) publish(b *batch) {
	shared := batch{slices.Clone(b.frames), slices.Clone(b.ends)}
	heard, records := false, int64(b.len())
	for _, c := range s.socket.everyone() {
		subscribed, taken := c.sub.offer(shared)
		heard = heard || taken
		if subscribed && !taken {
			s.count(func(stats *SendStats) { stats.Missed += records })
		}
	}
	if heard {
		s.sent(b.len())
	} else {
		s.count(func(stats *SendStats) { stats.Unheard += records })
	}
}

// listenTo is what a Sender does with a connection: it hears its end, answers commands, and lets SUB subscribe.
func (s *Sender) listenTo(c *conn) error {
	if c.sub != nil {
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.writeTo(c)
		}()
		defer func() {
			c.kill()
			c.sub.close()
			<-done
		}()
	}
	for {
		m, err := c.receive(1 + len(s.encoder.head))
		if errors.Is(err, io.EOF) {
			c.endWriting()
		}
		if err != nil {
			return err
		}
		if c.sub != nil && m.frames == 1 && len(m.payload) > 0 {
			c.sub.subscribe(m.payload[0], string(m.payload[1:]), s.encoder.head)
		}
	}
}

// writeTo writes to a subscriber what is published, until the end.
func (s *Sender) writeTo(c *conn) {
	for b := range c.sub.queue {
		if !c.dead.Load() {
			n, err := c.write(b.frames)
			s.count(func(stats *SendStats) { stats.Bytes += int64(n) })
			if err == nil {
				continue
			}
			c.kill()
		}
		s.count(func(stats *SendStats) { stats.Missed += int64(b.len()) })
	}
	c.finishWriting()
}

// subscribe is told the beginning of messages that the peer wants from now on (verb 1) or no longer (0).
func (u *subscriber) subscribe(verb byte, topic, head string) {
	if !strings.HasPrefix(head, topic) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	switch verb {
	case 0:
		delete(u.topics, topic)
	case 1:
		u.topics[topic] = true
	}
}

// offer puts b into the queue, if there is a subscription and room.
func (u *subscriber) offer(b batch) (subscribed, taken bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.topics) == 0 || u.closed {
		return false, false
	}
	select {
	case u.queue <- b:
		return true, true
	default:
		return true, false
	}
}

// close lets nothing more into the queue.
func (u *subscriber) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed {
		u.closed = true
		close(u.queue)
	}
}
