package syslogx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/link"
	"github.com/slogkit-go/slogkit/internal/reported"
)

// sink is where the messages of a handler and of all derived from it go.
type sink struct {
	transport
	invalid error        // what is wrong with the options; nil: nothing
	limit   atomic.Int64 // bytes that a message may have
	counted struct{ cut, split, refused, again atomic.Int64 }
}

type transport interface {
	Write(p []byte) (int, error)
	Connect(ctx context.Context) error
	Flush(ctx context.Context) error
	Drain(ctx context.Context) error
	Close(ctx context.Context) error
	Stats() link.Stats
}

// maxUDP is the longest datagram that IPv4 allows.
const maxUDP = 65507

// newSink returns a sink that tells report of what happens in the background, and whether it is a stream.
func newSink(network, address string, o Options, report func(error)) (s *sink, stream bool) {
	s = new(sink)
	s.limit.Store(int64(o.MaxMessageBytes))
	config := link.Config{
		Network: network, Address: address, TLS: o.TLSConfig, DialTimeout: o.DialTimeout, WriteTimeout: o.WriteTimeout,
		Retry: backoff.Schedule{Start: o.RetryStart, Factor: o.RetryFactor, Max: o.RetryMax}, Buffer: o.BufferBytes, OnError: report,
	}
	port := "514"
	switch network {
	case "tcp", "tcp4", "tcp6":
		stream = true
		if port = "601"; o.TLSConfig != nil {
			port = "6514"
		}
	case "tcp+tls":
		stream, port = true, "6514"
		config.Network = "tcp"
		if config.TLS == nil {
			config.TLS = new(tls.Config)
		}
	case "unix":
		stream = true
	case "udp", "udp4", "udp6":
		s.limit.Store(int64(min(o.MaxMessageBytes, maxUDP)))
	case "unixgram":
	case "":
		config.Network = "local"
		config.Dial = dialLocal(address)
	default:
		s.invalid = fmt.Errorf("syslogx: unknown network %q", network)
	}
	if network == "" && address == "" {
		config.Address = "syslog"
	} else if strings.HasPrefix(config.Network, "tcp") || strings.HasPrefix(network, "udp") {
		config.Address = withPort(address, port)
	} else if o.TLSConfig != nil {
		s.invalid = errors.Join(s.invalid, fmt.Errorf("syslogx: no TLS over %q", network))
	}
	if stream {
		s.transport = link.NewStream(config)
	} else {
		s.transport = link.NewDatagram(config)
	}
	return s, stream
}

// withPort returns address with a port.
func withPort(address, port string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), port)
}

// send sends m, in the way that the options have for one that is too long.
func (s *sink) send(f *format, m *message) error {
	if s.invalid != nil {
		return s.invalid
	}
	for {
		err := s.sendWithin(f, m, int(s.limit.Load()))
		if err == nil {
			return nil
		}
		tooLong, ok := errors.AsType[*link.TooLongError](err)
		if !ok {
			return named(err)
		}
		// Nobody says how long is not too long. What is found out is remembered.
		shorter := int64(tooLong.Size) / 8 * 7
		switch {
		case f.options.Oversize == Refuse:
			return fmt.Errorf("%w: %w", ErrTooLong, err)
		case shorter < minMaxMessage:
			return named(err)
		}
		s.counted.again.Add(1)
		s.limit.Store(min(s.limit.Load(), shorter))
	}
}

// named says whose error it is, unless the ErrorHandler has seen it: in an outage there are many of those.
func named(err error) error {
	if reported.Rest(err) == nil || errors.Is(err, ErrTooLong) {
		return err
	}
	return fmt.Errorf("syslogx: %w", err)
}

func (s *sink) sendWithin(f *format, m *message, limit int) error {
	if m.size() <= limit {
		return s.put(f, m)
	}
	switch f.options.Oversize {
	case Refuse:
		s.counted.refused.Add(1)
		return fmt.Errorf("%w: %d bytes", ErrTooLong, m.size())
	case Split:
		s.counted.split.Add(1)
		return f.split(m, limit, func(part *message) error { return s.put(f, part) })
	}
	s.counted.cut.Add(1)
	f.shorten(m, limit)
	return s.put(f, m)
}

func (s *sink) put(f *format, m *message) error {
	_, err := s.Write(f.frame(m))
	return err
}
