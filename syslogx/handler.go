package syslogx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Handler sends records to a syslog daemon.
type Handler struct {
	emitter *slogx.Emitter // its level and its error path; it is of no handler but the first
	format  *format
	sink    *sink
}

// NewHandler returns a Handler for the daemon at address:
//
//	""          the daemon of this machine, at its usual path, or at that which address is
//	"unixgram"  datagrams to a unix socket, address is its path
//	"unix"      a stream to one
//	"udp"       datagrams to a host:port; the port is 514 if left out; also "udp4" and "udp6"
//	"tcp"       a connection to a host:port, or 601; also "tcp4" and "tcp6"
//	"tcp+tls"   a connection over TLS to a host:port, or 6514
//
// It performs no I/O but to ask for the name of the host; nil opts are the zero Options. A daemon that is not there is
// no error until a record is to be sent; invalid options are an error for each record.
func NewHandler(network, address string, opts *Options) *Handler {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("syslogx.Handler")
	}
	o, invalid := o.withDefaults()
	h := new(Handler)
	var stream bool
	h.sink, stream = newSink(network, address, o, h.background)
	h.sink.invalid = errors.Join(invalid, h.sink.invalid)
	h.emitter = slogx.NewEmitter(io.Discard, o.Options)
	local := network == "" || network == "unixgram" || network == "unix"
	h.format = newFormat(o, stream, local)
	return h
}

// Open is NewHandler, but returns an error if the options are invalid or the daemon cannot be reached now.
func Open(network, address string, opts *Options) (*Handler, error) {
	h := NewHandler(network, address, opts)
	err := h.sink.invalid
	if err == nil {
		err = named(h.sink.Connect(context.Background()))
	}
	if err != nil {
		_ = h.Close()
		return nil, err
	}
	return h, nil
}

// newFormat returns the format of a handler without attributes.
func newFormat(o Options, stream, local bool) *format {
	f := &format{shared: newShared(o, stream, local)}
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	switch {
	case o.Format != nil:
		f.text = encode.NewFormatter(func(w io.Writer) slog.Handler { return o.Format(w, hopts) })
	case o.Protocol != RFC5424:
		f.text = encode.NewFormatter(func(w io.Writer) slog.Handler { return encode.NewText(w, hopts) })
	}
	return f
}

// background is told of outages.
func (h *Handler) background(err error) {
	_ = h.emitter.Report(context.Background(), slog.Record{}, named(err))
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle sends r. Of an outage the ErrorHandler is told when it begins and when it ends, with the number of records
// lost; the error of each of these is returned only.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.emit(ctx, &r)
	if reported.Rest(err) == nil {
		return err
	}
	return h.emitter.Report(ctx, r, err)
}

func (h *Handler) emit(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	m := messages.Get().(*message)
	formatErr := h.format.append(ctx, m, r)
	if !h.format.whole || m.msgEnd > m.msg { // else the format has dropped the record
		err = h.sink.send(h.format, m)
	}
	m.free() // not deferred: after a panic it is garbage
	if formatErr != nil {
		return errors.Join(formatErr, err)
	}
	return err
}

// WithAttrs returns a handler for the same daemon whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.derive("WithAttrs", func() *format { return h.format.withAttrs(attrs) })
}

// WithGroup returns a handler for the same daemon whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.derive("WithGroup", func() *format { return h.format.withGroup(name) })
}

// derive returns h with the format that change returns; h itself if that panics.
func (h *Handler) derive(verb string, change func() *format) *Handler {
	d := &Handler{emitter: h.emitter, sink: h.sink}
	err := safe.Do(func() error {
		d.format = change()
		return nil
	})
	if err != nil {
		_ = h.emitter.Report(context.Background(), slog.Record{}, errors.New(verb+": "+err.Error()))
		return h
	}
	return d
}

// Flush waits, for CloseTimeout at most, until what was handled before is sent. In an outage it makes an attempt to
// connect at once.
func (h *Handler) Flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.format.options.CloseTimeout)
	defer cancel()
	return failed("flush", h.sink.Flush(ctx))
}

// Drain is Flush, but leaves an outage alone: what waits then waits for the next attempt to connect, and Drain does not. So a
// queue's Listener, which drains its handlers after each burst, does not dial each time.
func (h *Handler) Drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.format.options.CloseTimeout)
	defer cancel()
	return failed("drain", h.sink.Drain(ctx))
}

// Close is Shutdown with CloseTimeout.
func (h *Handler) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.format.options.CloseTimeout)
	defer cancel()
	return h.Shutdown(ctx)
}

// Shutdown sends what waits, until ctx is done, and closes the connection. What cannot be sent is lost, and its number is
// in the error. It returns nil if the handler is closed already.
func (h *Handler) Shutdown(ctx context.Context) error {
	return failed("close", h.sink.Close(ctx))
}

func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("syslogx: %s: %w", verb, err)
}

// Sink identifies what derived handlers share; see slogx.Close.
func (h *Handler) Sink() any { return h.sink }

// Stats count messages since the handler was made, those of derived handlers included: Handled = Written + Dropped +
// Failed + Buffered.
type Stats struct {
	Handled    int64 // to be sent
	Written    int64 // of those, handed to the system whole
	Dropped    int64 // of those, lost in outages
	Failed     int64 // of those, reported as errors one by one
	Buffered   int64 // of those, still waiting
	Bytes      int64 // of the messages written, with framing
	Retried    int64 // messages that a broken connection did not take
	Reconnects int64 // connections after the first
	Cut        int64 // records that were too long, and cut
	Split      int64 // records that were too long, and became several messages
}

// Stats returns the counts so far.
func (h *Handler) Stats() Stats {
	s := h.sink.Stats()
	// Those refused never came to the link; those sent again, shorter, came twice.
	extra := h.sink.counted.refused.Load() - h.sink.counted.again.Load()
	return Stats{
		Handled: s.Handled + extra, Written: s.Sent, Dropped: s.Dropped, Failed: s.Failed + extra, Buffered: s.Buffered,
		Bytes: s.Bytes, Retried: s.Retried, Reconnects: s.Reconnects,
		Cut: h.sink.counted.cut.Load(), Split: h.sink.counted.split.Load(),
	}
}
