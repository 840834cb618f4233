package socketx

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/link"
)

// Handler sends records over a connection, to a [Server] or to whatever takes what Python's SocketHandler sends. It dials
// when the first record comes, and again when the connection is gone, in the background.
type Handler struct {
	emitter *emitter
	stream  *link.Stream
}

// patience is how long Flush, Close, and Shutdown without a deadline, wait for records to be sent.
const patience = 5 * time.Second

// NewHandler returns a Handler that sends to address: "tcp" (with 4 or 6, if you like) and host:port, or "unix" and a path.
// It performs no I/O; nil opts are the zero Options. What is wrong with any of these is why no attempt to connect succeeds: an
// outage, of which the ErrorHandler is told.
func NewHandler(network, address string, opts *Options) *Handler {
	var o Options
	if opts != nil {
		o = *opts
	}
	e := newEmitter(&o, "socketx.Handler", true)
	config := o.linkConfig()
	config.Network, config.Address, config.OnError = network, address, e.background
	if err := check(&o, network, "tcp", "tcp4", "tcp6", "unix"); err != nil {
		config.Dial = func(context.Context) (net.Conn, error) { return nil, err }
	}
	s := link.NewStream(config)
	e.sink = s
	return &Handler{e, s}
}

// check finds what cannot work. NewHandler has no error to return, so it is why no attempt to connect succeeds.
func check(o *Options, network string, networks ...string) error {
	if o.Encoding != JSON && o.Encoding != Pickle {
		return fmt.Errorf("no such encoding: %d", int(o.Encoding))
	}
	if !slices.Contains(networks, network) {
		return fmt.Errorf("network %q is none of %q", network, networks)
	}
	return nil
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.enabled(ctx, level)
}

// Handle encodes r and sends it: at once if the connection is there and idle, otherwise soon, together with others. It
// waits at most about WriteTimeout. While there is no connection, and no room in the buffer, it returns at once with an
// error, of which the ErrorHandler is not told: it is when that begins, and when it ends, with the number of records lost.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error { return h.emitter.handle(ctx, r) }

// WithAttrs returns a handler on the same connection whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &Handler{h.emitter.withAttrs(attrs), h.stream}
}

// WithGroup returns a handler on the same connection whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &Handler{h.emitter.withGroup(name), h.stream}
}

// Flush waits until all records so far are sent, for 5 s at most. Without a connection it makes an attempt at once.
func (h *Handler) Flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return failed("flush", h.stream.Flush(ctx))
}

// Drain is Flush, but leaves an outage alone: what waits then waits for the next attempt to connect, and Drain does not. So a
// queue's Listener, which drains its handlers after each burst, does not dial each time.
func (h *Handler) Drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return failed("drain", h.stream.Drain(ctx))
}

// Close is Shutdown without a deadline.
func (h *Handler) Close() error { return h.Shutdown(context.Background()) }

// Shutdown sends what waits, with one more attempt to connect if need be, until ctx is done, for 5 s if it has no deadline,
// and closes the connection. It returns an error if records are lost by that, and nil if the handler is closed already.
// Further records are refused with [slogx.ErrClosed].
func (h *Handler) Shutdown(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	return failed("close", h.stream.Close(ctx))
}

func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("socketx: %s: %w", verb, err)
}

// Stats returns the counts so far.
func (h *Handler) Stats() Stats { return Stats(h.stream.Stats()) }

// Sink identifies what derived handlers share; see slogx.Close.
func (h *Handler) Sink() any { return h.stream }
