package zmqqueue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// Sender is the [queue.Queue] of a process that logs, Python's ZeroMQSocketHandler: records go in, and to the peers.
type Sender struct {
	opts    SendOptions
	encoder encoder
	ring    *queue.Ring
	socket  *socket
	scratch []byte // one record

	closing closing
	started atomic.Bool
	done    chan struct{} // closed when run has ended

	mu      sync.Mutex
	closed  bool
	taken   int64 // records of the Ring,
	reports int64 // and those by which it tells of drops
	stats   SendStats
}

// NewPush returns a Sender whose records go to one PULL peer each, in turn if there are several. endpoint is
// "tcp://host:port" or "ipc://path". nil opts are the zero SendOptions. It begins with the first record.
func NewPush(endpoint string, opts *SendOptions) *Sender { return newSender(zmq4.Push, endpoint, opts) }

// NewPub returns a Sender whose records go to every SUB peer that subscribes to them, and to nobody if there is none; see
// [NewPush].
func NewPub(endpoint string, opts *SendOptions) *Sender { return newSender(zmq4.Pub, endpoint, opts) }

// OpenPush is NewPush, but binds or connects at once. It is an error if that fails.
func OpenPush(endpoint string, opts *SendOptions) (*Sender, error) {
	return NewPush(endpoint, opts).open()
}

// OpenPub is NewPub, but binds or connects at once. It is an error if that fails.
func OpenPub(endpoint string, opts *SendOptions) (*Sender, error) {
	return NewPub(endpoint, opts).open()
}

func newSender(kind zmq4.SocketType, address string, opts *SendOptions) *Sender {
	s := &Sender{closing: newClosing(), done: make(chan struct{})}
	if opts != nil {
		s.opts = *opts
	}
	if kind == zmq4.Push {
		s.opts.Topic = ""
	}
	s.encoder = newEncoder(&s.opts, s.opts.Topic)
	s.ring = queue.NewRing(positive(s.opts.Capacity, 8192), &s.opts.RingOptions)
	s.socket = newSocket(kind, address, s.opts.Options, 10*time.Second, positive(s.opts.SendTimeout, 10*time.Second))
	s.socket.serve = s.listenTo
	if kind == zmq4.Push {
		s.socket.waiting = func() int64 { return s.Stats().Waiting }
	}
	return s
}

func (s *Sender) open() (*Sender, error) {
	l, c, err := s.socket.begin()
	if err == nil {
		err = s.start(l, c)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// start starts what runs in the background, once.
func (s *Sender) start(l net.Listener, c net.Conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.socket.bad != nil:
		return s.socket.bad
	case s.closed:
		return slogx.ErrClosed
	case s.started.Load():
		return nil
	}
	s.socket.start(l, c)
	go s.run()
	s.started.Store(true)
	return nil
}

// Enqueue adds r, or a snapshot of it if it holds what can change, to the records that wait for a peer. If there is no
// room it does as the Policy says; a record that is dropped is [queue.ErrFull].
func (s *Sender) Enqueue(ctx context.Context, r slog.Record) error {
	if !s.started.Load() {
		if err := s.start(nil, nil); err != nil {
			return err
		}
	}
	return s.ring.Enqueue(ctx, r)
}

// Dequeue returns an error: a Sender only sends. It is io.EOF after Close.
func (s *Sender) Dequeue(context.Context) (slog.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return slog.Record{}, io.EOF
	}
	return slog.Record{}, fmt.Errorf("%s: a Sender has no records to take out: %w", s.socket.name, errors.ErrUnsupported)
}

// Close lets no more records in, sends those that wait and, if the peers are still there, waits until they have read all.
// If CloseTimeout is over before that, the error says how many records were not sent. It is idempotent.
func (s *Sender) Close() error {
	return s.closing.close(s.close, s.socket.telling.Inside())
}

func (s *Sender) close() error {
	s.mu.Lock()
	s.closed = true
	started := s.started.Load()
	s.mu.Unlock()
	_ = s.ring.Close()
	if !started {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.socket.opts.CloseTimeout)
	defer cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.socket.cut()
		<-s.done
	}
	late := s.socket.close(ctx)
	if n := s.abandon(); n > 0 {
		return fmt.Errorf("%s: %d records were not sent: %w", s.socket.name, n, context.DeadlineExceeded)
	}
	if late != nil && s.socket.kind == zmq4.Push {
		return fmt.Errorf("%s: the peer has not read all that was sent: %w", s.socket.name, late)
	}
	return nil
}

// abandon counts as dropped what is still in the Ring, and returns how many records that makes with those of the last
// batch.
func (s *Sender) abandon() int64 {
	for {
		if _, err := s.take(over); err != nil {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.now().Waiting
	s.stats.Dropped += n
	return n
}

// over is a context that is done, with which a queue gives what is there at once.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Addr returns where a Sender that binds has done so; nil before that.
func (s *Sender) Addr() net.Addr { return s.socket.addr() }

// run sends until the Ring is closed and empty, or the socket is cut.
func (s *Sender) run() {
	defer close(s.done)
	send := s.push
	if s.socket.kind == zmq4.Pub {
		send = s.publish
	}
	var b batch
	for s.fill(&b) {
		send(&b)
	}
}

// fill fills b with records that wait, at least one. It returns false at the end.
func (s *Sender) fill(b *batch) bool {
	b.reset()
	for b.len() == 0 {
		r, err := s.take(s.socket.life)
		if err != nil {
			return false
		}
		s.add(b, &r)
	}
	for !b.full() {
		r, err := s.take(over)
		if err != nil {
			break
		}
		s.add(b, &r)
	}
	return true
}

// take takes a record out of the Ring.
func (s *Sender) take(ctx context.Context) (slog.Record, error) {
	r, err := s.ring.Dequeue(ctx)
	if err != nil {
		return r, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Message == queue.DropMessage && s.ring.Stats().Delivered == s.taken {
		s.reports++ // it was not enqueued
	} else {
		s.taken++
	}
	return r, nil
}

// add encodes r.
func (s *Sender) add(b *batch, r *slog.Record) {
	err := safe.Do(func() error {
		s.scratch = s.encoder.append(s.scratch[:0], r)
		return nil
	})
	size, limit := len(s.scratch)+len(s.opts.Topic), s.socket.opts.MaxMessageBytes
	if err == nil && size > limit {
		err = fmt.Errorf("%d bytes, more than MaxMessageBytes, %d", size, limit)
	}
	if err != nil {
		s.count(func(stats *SendStats) { stats.Failed++ })
		s.socket.tell(*r, fmt.Errorf("%s: %w", s.socket.name, err))
		return
	}
	b.add(s.opts.Topic, s.scratch)
	if cap(s.scratch) > batchBytes {
		s.scratch = nil
	}
}

func (s *Sender) count(f func(*SendStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}
