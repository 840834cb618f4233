package syslogx

import (
	"context"
	"errors"
	"net"
	"sync"
)

// localPaths are where the daemon of this machine listens, in the order in which they are tried.
var localPaths = []string{"/dev/log", "/var/run/syslog", "/var/run/log"}

// dialLocal returns what connects to the daemon of this machine, at path if there is one: as a datagram socket or, if it
// has no such, as a stream.
func dialLocal(path string) func(context.Context) (net.Conn, error) {
	paths := localPaths
	if path != "" {
		paths = []string{path}
	}
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		var errs []error
		for _, network := range []string{"unixgram", "unix"} {
			for _, path := range paths {
				c, err := d.DialContext(ctx, network, path)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				if network == "unix" {
					c = &localStream{Conn: c}
				}
				return c, nil
			}
		}
		return nil, errors.Join(errs...)
	}
}

// localStream sends each message over a stream, with a newline at its end and none in it.
type localStream struct {
	net.Conn
	mu  sync.Mutex
	buf []byte
}

func (c *localStream) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf = append(c.buf[:0], p...)
	for i, b := range c.buf {
		if b == '\n' || b == 0 {
			c.buf[i] = ' '
		}
	}
	c.buf = append(c.buf, '\n')
	n, err := c.Conn.Write(c.buf)
	return min(n, len(p)), err
}
