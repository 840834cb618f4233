package link

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// Config says where records go. The zero value of all but Network and Address is ready to use.
type Config struct {
	Network string // "tcp", "udp" (with 4 or 6, if you like), "unix", "unixgram"
	Address string // host:port, or the path of a unix socket

	// TLS is for a connection over TLS. It is cloned, and its ServerName, if empty, is the host of Address.
	TLS *tls.Config // nil: none

	// Dial makes a connection instead of Network and Address, which are then only names. TLS is still added.
	Dial func(ctx context.Context) (net.Conn, error) // nil: a net.Dialer

	DialTimeout  time.Duration    // of a dial, with the handshake of TLS; 0: 1 s
	WriteTimeout time.Duration    // of a write, or of waiting for room; at least three quarters of it are granted; 0: 1 s
	Retry        backoff.Schedule // the waits between attempts to connect, until one succeeds; default: 1 s, 2, 30 s

	// Buffer is how many bytes of records a Stream keeps during an outage. 0: none; a record larger than that is refused.
	Buffer int

	// OnError is told of outages, with no lock held; see the package's documentation. nil: nobody is.
	OnError func(error)
}

func (c Config) withDefaults() Config {
	if c.DialTimeout <= 0 {
		c.DialTimeout = time.Second
	}
	if c.WriteTimeout <= 0 {
		c.WriteTimeout = time.Second
	}
	c.Retry = c.Retry.Or(backoff.Schedule{Start: time.Second, Factor: 2, Max: 30 * time.Second})
	if c.Dial == nil {
		network, address := c.Network, c.Address
		c.Dial = func(ctx context.Context) (net.Conn, error) {
			d := net.Dialer{KeepAliveConfig: keepAlive, Control: control}
			return d.DialContext(ctx, network, address)
		}
	}
	if c.TLS != nil {
		c.TLS = c.TLS.Clone()
		if c.TLS.ServerName == "" {
			c.TLS.ServerName = c.Address
			if host, _, err := net.SplitHostPort(c.Address); err == nil {
				c.TLS.ServerName = host
			}
		}
	}
	return c
}

// keepAlive notices within half a minute that the host of an idle connection is gone.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// name is how errors call the peer.
func (c *Config) name() string { return c.Network + " " + c.Address }

// dial makes a connection, with TLS if that is wanted, within DialTimeout.
func (c *Config) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.DialTimeout)
	defer cancel()
	raw, err := c.Dial(ctx)
	if err != nil {
		return nil, err
	}
	under := newPollable(raw)
	if c.TLS == nil {
		return newConn(under, under, c.WriteTimeout), nil
	}
	secure := tls.Client(under, c.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return newConn(secure, under, c.WriteTimeout), nil
}

// tell gives errs to OnError, with no lock held.
func (c *Config) tell(errs []error) {
	if c.OnError == nil {
		return
	}
	for _, err := range errs {
		_ = safe.Do(func() error {
			c.OnError(err)
			return nil
		})
	}
}
