//go:build unix

package link

import (
	"io"
	"net"
	"syscall"
)

// pollable is a connection whose Read can be told not to wait.
type pollable struct {
	net.Conn
	waits bool
	raw   syscall.RawConn // nil: it has to wait

	read func(fd uintptr) bool // reads into p; made once, for it would be allocated
	p    []byte
	n    int
	err  error
}

func newPollable(c net.Conn) *pollable {
	p := &pollable{Conn: c, waits: true}
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			p.raw = raw
			p.read = p.readNow
		}
	}
	return p
}

func (c *pollable) pollable() bool { return c.raw != nil }

// Read returns errNothing if there is nothing to read and it is not to wait.
func (c *pollable) Read(p []byte) (int, error) {
	if c.waits {
		return c.Conn.Read(p)
	}
	c.p = p
	err := c.raw.Read(c.read)
	c.p = nil
	switch {
	case err != nil:
		return 0, err
	case c.err == syscall.EAGAIN || c.err == syscall.EINTR:
		return 0, errNothing
	case c.err != nil:
		return 0, &net.OpError{Op: "read", Net: c.RemoteAddr().Network(), Addr: c.RemoteAddr(), Err: c.err}
	case c.n == 0:
		return 0, io.EOF
	}
	return c.n, nil
}

func (c *pollable) readNow(fd uintptr) bool {
	c.n, c.err = syscall.Read(int(fd), c.p)
	return true
}
