package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
)

// Datagram sends each record as a datagram. It is safe for concurrent use, and has no goroutine.
type Datagram struct {
	config Config
	born   time.Time

	socket   atomic.Pointer[socket] // nil: none
	troubled atomic.Bool            // there is an outage
	closed   atomic.Bool

	handled, sent, failed, bytes, retried atomic.Int64

	mu         sync.Mutex // held to dial, among others
	sockets    int64      // so far
	dropped    int64
	retryAt    time.Time // of a dial
	quietUntil time.Time // the outage lasts so long at least
	retry      backoff.Waits
	outage     outage
}

type socket struct {
	net.Conn
	deadline atomic.Int64 // of the next write, in nanoseconds since Datagram.born
	setting  sync.Mutex   // held to set it
}

// NewDatagram returns a Datagram. It performs no I/O. Config.TLS and Config.Buffer mean nothing to it.
func NewDatagram(c Config) *Datagram {
	c = c.withDefaults()
	return &Datagram{
		config: c, born: time.Now(), retry: backoff.Waits{Schedule: c.Retry}, outage: outage{name: c.name()},
	}
}

// Write sends p. The error is ErrDown in an outage, a *TooLongError, ErrClosed, or the system's.
func (d *Datagram) Write(p []byte) (int, error) {
	d.handled.Add(1)
	s := d.socket.Load()
	err := errNoSocket
	if s != nil {
		err = d.send(s, p)
	}
	switch {
	case err != nil:
		if err = d.sendSlowly(s, p, err); err != nil {
			return 0, err
		}
	case d.troubled.Load():
		d.recovered()
	}
	d.sent.Add(1)
	d.bytes.Add(int64(len(p)))
	return len(p), nil
}

var errNoSocket = errors.New("no socket")

// send is one attempt.
func (d *Datagram) send(s *socket, p []byte) error {
	// A timer costs more than a look at the clock.
	if d.soon(s) {
		if err := d.postpone(s); err != nil {
			return err
		}
	}
	_, err := s.Write(p)
	return err
}

// soon reports whether the deadline leaves less than three quarters of WriteTimeout.
func (d *Datagram) soon(s *socket) bool {
	return time.Duration(s.deadline.Load())-time.Since(d.born) < d.config.WriteTimeout/4*3
}

// postpone sets a new deadline, unless somebody else has. Nobody writes before it is set, for the old one may be over.
func (d *Datagram) postpone(s *socket) error {
	s.setting.Lock()
	defer s.setting.Unlock()
	if !d.soon(s) {
		return nil
	}
	until := time.Since(d.born) + d.config.WriteTimeout
	if err := s.SetWriteDeadline(d.born.Add(until)); err != nil {
		return err
	}
	s.deadline.Store(int64(until))
	return nil
}

// sendSlowly is for when an attempt over s has failed with err, or there is no s.
func (d *Datagram) sendSlowly(s *socket, p []byte, err error) error {
	if s != nil && isRefused(err) && s.LocalAddr().Network() == "udp" {
		d.refused(err)
		err = d.again(s, p)
	}
	for wait := time.Millisecond; isFull(err) && wait <= min(d.config.WriteTimeout, longestPause); wait *= 2 {
		time.Sleep(wait)
		err = d.again(s, p)
	}
	if err == nil {
		return nil
	}
	if fatal, ok := d.verdict(p, err); ok {
		return fatal
	}
	if errors.Is(err, os.ErrDeadlineExceeded) { // and it would be exceeded again
		return d.down(s, err)
	}
	fresh, err := d.renew(s)
	if err != nil {
		return err
	}
	if s != nil {
		d.retried.Add(1)
	}
	if err = d.send(fresh, p); err == nil {
		if d.troubled.Load() {
			d.recovered()
		}
		return nil
	}
	if fatal, ok := d.verdict(p, err); ok {
		return fatal
	}
	return d.down(fresh, err)
}

// longestPause is the longest of the pauses, each twice the one before, that are made for a system without buffers.
const longestPause = 16 * time.Millisecond

func (d *Datagram) again(s *socket, p []byte) error {
	d.retried.Add(1)
	return d.send(s, p)
}

// verdict is what becomes of a record because of err, if no other socket can help.
func (d *Datagram) verdict(p []byte, err error) (_ error, final bool) {
	switch {
	case d.closed.Load():
		err = ErrClosed
	case isTooLong(err):
		err = &TooLongError{Size: len(p), Err: err}
	case isFull(err):
		err = fmt.Errorf("%s: %w", d.config.name(), err)
	default:
		return nil, false
	}
	d.failed.Add(1)
	return err, true
}

// refused notes that an earlier datagram, counted as sent, has come to a port where nobody listens.
func (d *Datagram) refused(err error) {
	d.mu.Lock()
	defer d.unlock()
	d.sent.Add(-1)
	d.lose(err)
	// The next one may leave before the answer to this one comes.
	d.quietUntil = time.Now().Add(d.config.Retry.Start)
}

// down notes that a record is lost, because s cannot send it.
func (d *Datagram) down(s *socket, cause error) error {
	d.mu.Lock()
	defer d.unlock()
	d.lose(cause)
	if d.socket.CompareAndSwap(s, nil) {
		_ = s.Close()
		d.retryAt = time.Now().Add(d.retry.Next())
	}
	return d.outage.refuse
}

// lose counts a record of the outage, which begins with cause unless there is one.
func (d *Datagram) lose(cause error) {
	d.outage.begin(cause)
	d.troubled.Store(true)
	d.dropped++
	d.outage.lost++
}

// recovered is for when a record was sent in an outage.
func (d *Datagram) recovered() {
	d.mu.Lock()
	defer d.unlock()
	if d.socket.Load() != nil && !time.Now().Before(d.quietUntil) {
		d.outage.end()
		d.retry.Reset()
		d.troubled.Store(false)
	}
}

// renew returns a socket that is not old, for a record that is lost if there is none.
func (d *Datagram) renew(old *socket) (*socket, error) {
	d.mu.Lock()
	defer d.unlock()
	if s := d.socket.Load(); s != nil && s != old {
		return s, nil // somebody else was faster
	}
	if d.closed.Load() {
		d.failed.Add(1)
		return nil, ErrClosed
	}
	if time.Now().Before(d.retryAt) {
		d.lose(nil)
		return nil, d.outage.refuse
	}
	s, err := d.dial(context.Background())
	if err != nil {
		d.retryAt = time.Now().Add(d.retry.Next())
		d.lose(err)
		return nil, d.outage.refuse
	}
	return s, nil
}

// dial makes a socket and has it take the place of the one there is.
func (d *Datagram) dial(ctx context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.DialTimeout)
	defer cancel()
	if old := d.socket.Swap(nil); old != nil {
		_ = old.Close()
	}
	c, err := d.config.Dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &socket{Conn: c}
	d.sockets++
	d.socket.Store(s)
	return s, nil
}

// unlock lets go of the lock, and then tells what there is to be told.
func (d *Datagram) unlock() {
	errs := d.outage.take()
	d.mu.Unlock()
	d.config.tell(errs)
}

// Connect makes a socket now, unless there is one. If it fails nothing else changes.
func (d *Datagram) Connect(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed.Load():
		return ErrClosed
	case d.socket.Load() != nil:
		return nil
	}
	if _, err := d.dial(ctx); err != nil {
		return fmt.Errorf("%s: %w", d.config.name(), err)
	}
	return nil
}

// Flush returns nil: nothing waits. It is there for what can be a Stream or a Datagram.
func (d *Datagram) Flush(context.Context) error { return nil }

// Drain returns nil, as Flush does.
func (d *Datagram) Drain(context.Context) error { return nil }

// Close closes the socket. A second Close returns nil.
func (d *Datagram) Close(context.Context) error {
	d.closed.Store(true)
	d.mu.Lock()
	defer d.unlock()
	d.outage.end()
	if s := d.socket.Swap(nil); s != nil {
		return s.Close()
	}
	return nil
}

// Stats returns the counts so far. While records are being written they need not add up.
func (d *Datagram) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{
		Handled: d.handled.Load(), Sent: d.sent.Load(), Dropped: d.dropped, Failed: d.failed.Load(),
		Bytes: d.bytes.Load(), Retried: d.retried.Load(), Reconnects: max(d.sockets-1, 0),
	}
}
