package socketx

import (
	"context"
	"log/slog"
	"net"

	"github.com/slogkit-go/slogkit/internal/link"
)

// DatagramHandler sends each record as a datagram, to a [Server] or to whatever takes what Python's DatagramHandler sends.
// Nobody knows whether it arrives: UDP loses what the receiver is not fast enough for. A record too long for a datagram
// is an error, and so is one for which there is no receiver, as far as the system can tell.
type DatagramHandler struct {
	emitter *emitter
	socket  *link.Datagram
}

// NewDatagramHandler returns a DatagramHandler that sends to address: "udp" (with 4 or 6, if you like) and host:port, or
// "unixgram" and a path. It performs no I/O; nil opts are the zero Options, of which BufferBytes and TLSConfig mean nothing
// here: with a TLSConfig nothing is sent at all.
func NewDatagramHandler(network, address string, opts *Options) *DatagramHandler {
	var o Options
	if opts != nil {
		o = *opts
	}
	e := newEmitter(&o, "socketx.DatagramHandler", false)
	config := o.linkConfig()
	config.Network, config.Address, config.OnError = network, address, e.background
	err := check(&o, network, "udp", "udp4", "udp6", "unixgram")
	if err == nil && o.TLSConfig != nil {
		err = errNoTLS
	}
	if err != nil {
		config.Dial = func(context.Context) (net.Conn, error) { return nil, err }
	}
	d := link.NewDatagram(config)
	e.sink = d
	return &DatagramHandler{e, d}
}

// Enabled reports whether records of this level are handled.
func (h *DatagramHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.enabled(ctx, level)
}

// Handle encodes r and sends it. While nothing can be sent it makes attempts like a [Handler], and returns at once with
// an error between them, of which the ErrorHandler is not told: it is when that begins, and when it ends, with the number
// of records lost.
func (h *DatagramHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.handle(ctx, r)
}

// WithAttrs returns a handler on the same socket whose records begin with attrs.
func (h *DatagramHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &DatagramHandler{h.emitter.withAttrs(attrs), h.socket}
}

// WithGroup returns a handler on the same socket whose further attributes are in the group name.
func (h *DatagramHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &DatagramHandler{h.emitter.withGroup(name), h.socket}
}

// Close closes the socket. It returns nil if that is closed already. Further records are refused with [slogx.ErrClosed].
func (h *DatagramHandler) Close() error { return failed("close", h.socket.Close(context.Background())) }

// Stats returns the counts so far.
func (h *DatagramHandler) Stats() Stats { return Stats(h.socket.Stats()) }

// Sink identifies what derived handlers share; see slogx.Close.
func (h *DatagramHandler) Sink() any { return h.socket }
