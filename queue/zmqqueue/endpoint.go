package zmqqueue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"
)

// endpoint is where one end binds and the other connects to.
type endpoint struct {
	network string // tcp or unix
	address string
}

// parseEndpoint reads "tcp://host:port" or "ipc://path", as libzmq has them; a host or port may be "*".
func parseEndpoint(s string) (endpoint, error) {
	scheme, address, _ := strings.Cut(s, "://")
	switch scheme {
	case "tcp":
		host, port, err := net.SplitHostPort(address)
		if err != nil || port == "" {
			break
		}
		if host == "*" {
			host = ""
		}
		if port == "*" {
			port = "0"
		}
		return endpoint{"tcp", net.JoinHostPort(host, port)}, nil
	case "ipc":
		if address == "" || address == "*" {
			break
		}
		return endpoint{"unix", address}, nil
	}
	return endpoint{}, fmt.Errorf("zmqqueue: endpoint %q: want tcp://host:port or ipc://path", s)
}

// keepAlive finds out within 30 s that the host of a peer is gone, while nothing is sent. TCP_USER_TIMEOUT would do so in
// the middle of sending, but cannot tell such a peer from one that takes its time to read.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: keepAlive}
	return d.DialContext(ctx, e.network, e.address)
}

func (e endpoint) listen(ctx context.Context) (net.Listener, error) {
	l := net.ListenConfig{KeepAliveConfig: keepAlive}
	if e.network == "unix" && !strings.HasPrefix(e.address, "@") {
		l.Control = private
		if err := e.removeStale(ctx); err != nil {
			return nil, err
		}
	}
	return l.Listen(ctx, e.network, e.address)
}

// removeStale removes the socket that a killed process has left: one to which nobody listens.
func (e endpoint) removeStale(ctx context.Context) error {
	info, err := os.Lstat(e.address)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return nil // Listen will say what is wrong
	}
	c, err := e.dial(ctx)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("%s: another process is bound to it", e.address), c.Close())
	case ctx.Err() != nil:
		return err
	}
	return os.Remove(e.address)
}
