package smtpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// Handler sends records as mail.
type Handler struct {
	emitter *slogx.Emitter // its level and its error path; it is of no handler but the first
	format  encode.Formatter
	with    *snapshot.With
	sink    *sink
}

// NewHandler returns a Handler that sends mail from an address to others, by way of the server at addr, a host:port. If
// the port is left out it is 465 for TLSImplicit, else 587 if there are credentials, else 25. Addresses may have names, as
// in "Ann <ann@example.com>", and an element of to may be several, separated by commas.
//
// It performs no I/O but to ask for the name of this machine; nil opts are the zero Options. What is wrong with addresses
// or options is an error for each record.
func NewHandler(addr, from string, to []string, opts *Options) *Handler {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("smtpx.Handler")
	}
	o, invalid := o.withDefaults()
	h := &Handler{sink: newSink(addr, from, to, o, invalid)}
	h.emitter = slogx.NewEmitter(io.Discard, o.Options)
	h.sink.report = h.emitter.Report
	text := o.Format
	if text == nil {
		text = slogx.Text
	}
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	h.format = encode.NewFormatter(func(w io.Writer) slog.Handler { return text(w, hopts) })
	return h
}

// Open is NewHandler, but returns an error if addresses or options are invalid, or if the server cannot be reached now,
// or does not let us in. It sends no mail.
func Open(addr, from string, to []string, opts *Options) (*Handler, error) {
	h := NewHandler(addr, from, to, opts)
	err := h.sink.invalid
	if err == nil {
		err = h.sink.probe()
	}
	if err != nil {
		_ = h.Close()
		return nil, err
	}
	return h, nil
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle makes r part of a mail, now or at the end of a Digest's window. Unless Synchronous it does not wait for the
// server: the ErrorHandler is told what becomes of the mail. A record for which the queue has no room is [ErrFull].
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.handle(ctx, &r)
	if reported.Rest(err) == nil {
		return err
	}
	return h.emitter.Report(ctx, r, err)
}

func (h *Handler) handle(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	kept := snapshot.Record(*r)
	text, formatErr := textOf(ctx, h.format, &kept)
	if text != "" { // else the format has dropped the record
		err = h.sink.put(ctx, &entry{record: h.with.Flatten(kept), text: shorten(text, h.sink.opts.MaxBytes)})
	}
	if formatErr != nil {
		return errors.Join(formatErr, err)
	}
	return err
}

// WithAttrs returns a handler that sends to the same recipients, whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.derive("WithAttrs", func(d *Handler) {
		d.with = h.with.Attrs(attrs)
		d.format = h.format.With(attrs)
	})
}

// WithGroup returns a handler that sends to the same recipients, whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.derive("WithGroup", func(d *Handler) {
		d.with = h.with.Group(name)
		d.format = h.format.Group(name)
	})
}

// derive returns a copy of h that change was applied to; h itself if that panics.
func (h *Handler) derive(verb string, change func(*Handler)) *Handler {
	d := *h
	err := safe.Do(func() error {
		change(&d)
		return nil
	})
	if err != nil {
		_ = h.emitter.Report(context.Background(), slog.Record{}, fmt.Errorf("%s: %w", verb, err))
		return h
	}
	return &d
}

// Flush ends the window of a Digest, and waits, for CloseTimeout at most, until what was handled before is sent, given up,
// or held back by RateLimit. A mail that waits for another try is tried now.
func (h *Handler) Flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.sink.opts.CloseTimeout)
	defer cancel()
	return h.sink.flush(ctx)
}

// Drain does nothing, for what waits is sent soon anyway, or at the end of a Digest's window. So a queue's Listener, which
// drains its handlers after each burst, neither ends the window nor waits for the server.
func (h *Handler) Drain() error { return nil }

// Close is Shutdown with CloseTimeout.
func (h *Handler) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.sink.opts.CloseTimeout)
	defer cancel()
	return h.Shutdown(ctx)
}

// Shutdown lets no more records in and sends what waits, each mail in one attempt, until ctx is done. What RateLimit
// holds back goes out now, in one mail beyond the limit. What there is no time for is lost, and its number is in the error,
// as is that of records that were only counted, and in no mail; of a mail that fails the ErrorHandler is told, and not the
// caller. It returns nil if the handler is closed already.
func (h *Handler) Shutdown(ctx context.Context) error { return h.sink.close(ctx) }

// Stats returns the counts so far.
func (h *Handler) Stats() Stats { return h.sink.stats() }

// Sink identifies what derived handlers share; see slogx.Close.
func (h *Handler) Sink() any { return h.sink }
