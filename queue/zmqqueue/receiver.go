package zmqqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// Receiver is the [queue.Queue] of a process that collects records, Python's ZeroMQSocketListener with a [queue.Listener]
// behind it: records come from the peers, and go out.
type Receiver struct {
	opts    ReceiveOptions
	decoder decoder
	ring    *queue.Ring
	socket  *socket

	closing closing
	started atomic.Bool

	mu     sync.Mutex
	closed bool
	stats  ReceiveStats
}

// NewPull returns a Receiver of what PUSH peers send. endpoint is "tcp://host:port" or "ipc://path". nil opts are the zero
// ReceiveOptions. It begins with the first Dequeue.
func NewPull(endpoint string, opts *ReceiveOptions) *Receiver {
	return newReceiver(zmq4.Pull, endpoint, opts)
}

// NewSub returns a Receiver of what PUB peers publish while it is connected; see [NewPull].
func NewSub(endpoint string, opts *ReceiveOptions) *Receiver {
	return newReceiver(zmq4.Sub, endpoint, opts)
}

// OpenPull is NewPull, but binds or connects at once. It is an error if that fails.
func OpenPull(endpoint string, opts *ReceiveOptions) (*Receiver, error) {
	return NewPull(endpoint, opts).open()
}

// OpenSub is NewSub, but binds or connects at once. It is an error if that fails.
func OpenSub(endpoint string, opts *ReceiveOptions) (*Receiver, error) {
	return NewSub(endpoint, opts).open()
}

func newReceiver(kind zmq4.SocketType, address string, opts *ReceiveOptions) *Receiver {
	q := &Receiver{closing: newClosing()}
	if opts != nil {
		q.opts = *opts
	}
	if q.opts.Topics == nil {
		q.opts.Topics = []string{""}
	}
	q.socket = newSocket(kind, address, q.opts.Options, time.Second, 10*time.Second)
	q.socket.serve, q.socket.receives = q.receive, true
	q.decoder = newDecoder(q.socket.opts.MaxMessageBytes)
	// What has no room waits at the peer, for as long as it takes.
	q.ring = queue.NewRing(positive(q.opts.Capacity, 1024), &queue.RingOptions{MaxBytes: q.opts.MaxBytes, BlockTimeout: -1})
	return q
}

func (q *Receiver) open() (*Receiver, error) {
	l, c, err := q.socket.begin()
	if err == nil {
		err = q.start(l, c)
	}
	if err != nil {
		return nil, err
	}
	return q, nil
}

// start starts what runs in the background, once.
func (q *Receiver) start(l net.Listener, c net.Conn) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed, q.started.Load():
		return nil
	case q.socket.bad != nil:
		return q.socket.bad
	}
	q.socket.start(l, c)
	q.started.Store(true)
	return nil
}

// receive is what a Receiver does with a connection: it puts all that comes into the Ring.
func (q *Receiver) receive(c *conn) error {
	if q.socket.kind == zmq4.Sub {
		for _, topic := range q.opts.Topics {
			if _, err := c.write(appendFrame(nil, 0, []byte("\x01"+topic))); err != nil {
				return err
			}
		}
	}
	for {
		m, err := c.receive(q.socket.opts.MaxMessageBytes)
		if err != nil {
			return err
		}
		q.count(func(stats *ReceiveStats) {
			stats.Received++
			stats.Bytes += m.size
		})
		if err := q.take(c, m); err != nil {
			return err
		}
	}
}

// take puts the record that m has into the Ring. A message that has none costs itself only.
func (q *Receiver) take(c *conn, m message) error {
	r, flaw, err := q.decoder.decode(m)
	if err != nil {
		q.count(func(stats *ReceiveStats) { stats.Rejected++ })
		q.socket.tell(slog.Record{}, fmt.Errorf("%s: %s: a message that is no record: %w", q.socket.name, peer(c.raw), err))
		return nil
	}
	if flaw != nil {
		q.socket.tell(r, fmt.Errorf("%s: %s: %w", q.socket.name, peer(c.raw), flaw))
	}
	return q.ring.Enqueue(q.socket.life, r)
}

// Dequeue takes the oldest record out; see [queue.Queue].
func (q *Receiver) Dequeue(ctx context.Context) (slog.Record, error) {
	if !q.started.Load() {
		if err := q.start(nil, nil); err != nil {
			return slog.Record{}, err
		}
	}
	return q.ring.Dequeue(ctx)
}

// Enqueue returns an error: a Receiver only receives. It is slogx.ErrClosed after Close.
func (q *Receiver) Enqueue(context.Context, slog.Record) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return slogx.ErrClosed
	}
	return fmt.Errorf("%s: a Receiver takes no records in: %w", q.socket.name, errors.ErrUnsupported)
}

// Close tells the peers to send nothing more, receives what is on its way and disconnects; CloseTimeout at most. What has
// been received can still be taken out, and should be while Close is at work: what has no room meanwhile is lost, and the
// error says so. It is idempotent.
func (q *Receiver) Close() error {
	return q.closing.close(q.close, q.socket.telling.Inside())
}

func (q *Receiver) close() error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), q.socket.opts.CloseTimeout)
	defer cancel()
	_ = q.socket.close(ctx) // nil or not, peers may have more to send
	_ = q.ring.Close()
	if n := q.Stats().Dropped; n > 0 {
		return fmt.Errorf("%s: %d records were not taken out: %w", q.socket.name, n, context.DeadlineExceeded)
	}
	return nil
}

// Addr returns where a Receiver that binds has done so; nil before that.
func (q *Receiver) Addr() net.Addr { return q.socket.addr() }

func (q *Receiver) count(f func(*ReceiveStats)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f(&q.stats)
}
