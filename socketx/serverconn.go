package socketx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// serverConn is a connection that a Server has accepted.
type serverConn struct {
	server *Server
	raw    net.Conn // is closed, for to close that of TLS may block
	conn   net.Conn // is read from: raw, or TLS over it
	peer   *Peer
	born   time.Time
	inbox  inbox

	mu       sync.Mutex
	last     time.Time // when the last record came; zero: none has yet
	busy     bool      // with a record
	limited  bool      // the deadline for reading is set
	evicted  bool      // others had to have room
	draining time.Time // since when; zero: not
	silent   bool      // nothing has come for quiet while draining
}

// accept starts to serve a connection, if there is room.
func (s *Server) accept(raw net.Conn) {
	c := &serverConn{
		server: s, raw: raw, conn: raw, peer: &Peer{Addr: raw.RemoteAddr()}, born: time.Now(), inbox: inbox{max: s.maxBytes()},
	}
	if s.TLSConfig != nil {
		c.conn = tls.Server(raw, s.TLSConfig)
	}
	s.counters.accepted.Add(1)
	admitted, evicted := s.admit(c)
	if evicted != nil {
		s.counters.evicted.Add(1)
		evicted.evict()
		s.report(withPeer(s.ctx, evicted.peer), slog.Record{}, errors.New("closed, for there are too many connections"))
	}
	if admitted {
		go c.serve()
	} else {
		_ = raw.Close()
	}
}

// admit makes c one of the Server's, and returns which had to go for that, perhaps c itself.
func (s *Server) admit(c *serverConn) (admitted bool, evicted *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		return false, nil
	}
	if len(s.conns) >= s.maxConns() {
		evicted = s.dispensable()
		if evicted == nil {
			return false, c
		}
		delete(s.conns, evicted)
	}
	s.conns[c] = true
	s.active++
	return true, evicted
}

// dispensable returns the connection to be evicted, if there is one. The Server is locked.
func (s *Server) dispensable() (first *serverConn) {
	for c := range s.conns {
		if c.dispensable() && (first == nil || c.before(first)) {
			first = c
		}
	}
	return first
}

// dispensable is false in the middle of a record, unless it is the first: who has yet to send one may never do so.
func (c *serverConn) dispensable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.busy || c.last.IsZero()
}

// before reports whether c has been silent for longer than d.
func (c *serverConn) before(d *serverConn) bool {
	cLast, dLast := c.lastRecord(), d.lastRecord()
	if cLast.Equal(dLast) {
		return c.born.Before(d.born)
	}
	return cLast.Before(dLast)
}

func (c *serverConn) lastRecord() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

func (c *serverConn) evict() {
	c.mu.Lock()
	c.evicted = true
	c.mu.Unlock()
	_ = c.raw.Close()
}

// serve receives records until the connection ends.
func (c *serverConn) serve() {
	s := c.server
	ctx := withPeer(s.ctx, c.peer)
	state, err := c.handshake(ctx)
	if err == nil {
		ctx = withPeer(s.ctx, &Peer{Addr: c.peer.Addr, TLS: state})
		err = c.receive(ctx)
	}
	_ = c.raw.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	if err != nil && !c.expected(err) {
		s.report(ctx, slog.Record{}, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest()
}

// expected reports whether the error is that the Server has closed the connection.
func (c *serverConn) expected(err error) bool {
	c.mu.Lock()
	evicted := c.evicted
	c.mu.Unlock()
	closed := errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, context.Canceled)
	return closed && (evicted || c.server.stopping())
}

// handshake is that of TLS, if there is one.
func (c *serverConn) handshake(ctx context.Context) (*tls.ConnectionState, error) {
	secure, ok := c.conn.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.server.readTimeout())
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	state := secure.ConnectionState()
	return &state, nil
}

// receive returns nil when the connection has ended between records.
func (c *serverConn) receive(ctx context.Context) error {
	for {
		data, err := c.next()
		if data == nil || err != nil {
			return err
		}
		if err := c.server.receive(ctx, data); err != nil {
			return err
		}
	}
}

// next returns the next record; nil without an error if there will be none.
func (c *serverConn) next() ([]byte, error) {
	if !c.mayGoOn() {
		return nil, nil
	}
	for waited := false; ; waited = true {
		data, err := c.inbox.next()
		switch {
		case err != nil:
			c.server.refuse()
			return nil, err
		case data != nil:
			c.begin()
			return data, nil
		case !waited || !c.isBusy():
			c.patience()
		}
		if err := c.inbox.more(c.conn); err != nil && !c.looksAgain(err) {
			return nil, c.ended(err)
		}
	}
}

// mayGoOn is false when a Server that shuts down has waited long enough.
func (c *serverConn) mayGoOn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	c.silent = false
	return c.draining.IsZero() || time.Since(c.draining) < c.server.drainTime()
}

// looksAgain reports whether err only says that nothing has come for the first time.
func (c *serverConn) looksAgain(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.draining.IsZero() && !c.silent && !c.inbox.begun() && errors.Is(err, os.ErrDeadlineExceeded)
	c.silent = c.silent || first
	return first
}

// begin is for when a record is there.
func (c *serverConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	c.last = time.Now()
}

func (c *serverConn) isBusy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}

// patience sets the deadline for what is to come: the rest of a record, or the next.
func (c *serverConn) patience() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = c.inbox.begun()
	c.setDeadline()
}

// setDeadline is called with c locked.
func (c *serverConn) setDeadline() {
	limit := c.server.IdleTimeout
	switch {
	case c.busy:
		limit = c.server.readTimeout()
	case !c.draining.IsZero():
		limit = quiet
	case limit <= 0:
		if c.limited {
			c.limited = false
			_ = c.conn.SetReadDeadline(time.Time{})
		}
		return
	}
	c.limited = true
	_ = c.conn.SetReadDeadline(time.Now().Add(limit))
}

// drain has the connection end when there is no more to be read. The sender is told by the end of our side.
func (c *serverConn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.draining.IsZero() {
		return
	}
	c.draining = time.Now()
	if !c.busy {
		c.setDeadline()
	}
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// ended returns the error that the end of the connection is; nil if it ended between records, or was silent for as long as
// it may.
func (c *serverConn) ended(err error) error {
	late := errors.Is(err, os.ErrDeadlineExceeded)
	if !c.inbox.begun() {
		if late || errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	c.server.refuse()
	switch {
	case late:
		return fmt.Errorf("a record was not complete after %v", c.server.readTimeout())
	case errors.Is(err, io.EOF):
		return errors.New("a record was cut by the end of the connection")
	}
	return fmt.Errorf("a record was cut: %w", err)
}
