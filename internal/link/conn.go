package link

import (
	"net"
	"time"
)

// conn is a connection, and what it takes to write to it at little cost. One goroutine at a time uses it, but for abort.
type conn struct {
	net.Conn               // for records
	under    *pollable     // it, or what is under TLS
	timeout  time.Duration // of a write
	since    time.Time     // when it was made
	deadline time.Duration // of the next write, from then on
	scratch  []byte
}

func newConn(c net.Conn, under *pollable, timeout time.Duration) *conn {
	return &conn{Conn: c, under: under, timeout: timeout, since: time.Now(), scratch: make([]byte, 512)}
}

// write writes p, unless the peer has gone.
func (c *conn) write(p []byte) (int, error) {
	if err := c.probe(); err != nil {
		return 0, err
	}
	// A timer costs more than a look at the clock.
	if now := time.Since(c.since); c.deadline-now < c.timeout/4*3 {
		c.deadline = now + c.timeout
		if err := c.SetWriteDeadline(c.since.Add(c.deadline)); err != nil {
			return 0, err
		}
	}
	return c.Write(p)
}

// probe reads what there is to be read, lest it hide the end of the connection, which it returns: io.EOF if the peer
// has closed it. It returns nil if it cannot tell.
func (c *conn) probe() error {
	if !c.under.pollable() {
		return nil
	}
	c.under.waits = false
	defer func() { c.under.waits = true }()
	const enough = 16 // a peer that sends without end is not to keep us
	for range enough {
		_, err := c.Read(c.scratch)
		if err == errNothing { //nolint:errorlint // as it is
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// abort closes the connection at once; a write in progress fails.
func (c *conn) abort() { _ = c.under.Close() }

// end closes the connection, as TLS does, but within a time.
func (c *conn) end(within time.Duration) error {
	late := time.AfterFunc(within, c.abort)
	defer late.Stop()
	return c.Close()
}

// errNothing says that there is nothing to be read now. TLS goes on after an error that is temporary.
var errNothing net.Error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }
