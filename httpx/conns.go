package httpx

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// conns are the connections of a Transport. Its CloseIdleConnections passes over those of HTTP/2 whose last request has only
// just been canceled, and they would stay for IdleConnTimeout.
type conns struct {
	mu     sync.Mutex
	open   map[*conn]bool
	closed bool
}

// conn leaves conns when it is closed.
type conn struct {
	net.Conn
	conns *conns
}

// newConns has the connections that t will make kept in conns.
func newConns(t *http.Transport) *conns {
	cs := &conns{open: map[*conn]bool{}}
	if dial := t.DialContext; dial != nil { // as http.DefaultTransport has, unless somebody has replaced it
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return cs.add(c)
		}
	}
	return cs
}

func (cs *conns) add(nc net.Conn) (net.Conn, error) {
	c := &conn{nc, cs}
	cs.mu.Lock()
	closed := cs.closed
	if !closed {
		cs.open[c] = true
	}
	cs.mu.Unlock()
	if closed {
		_ = nc.Close()
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close closes one.
func (c *conn) Close() error {
	c.conns.mu.Lock()
	delete(c.conns.open, c)
	c.conns.mu.Unlock()
	return c.Conn.Close()
}

// close closes all, and those still to come.
func (cs *conns) close() {
	cs.mu.Lock()
	open := cs.open
	cs.open, cs.closed = nil, true
	cs.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close()
	}
}
