package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Handler sends records to a web server.
type Handler struct {
	*outlet
	encoder encoder
}

// outlet is what derived handlers share.
type outlet struct {
	emitter *slogx.Emitter // its level and its error path
	options Options
	client  *client
	sink    sink
	records sync.Pool // of *record
	invalid error     // why nothing can be sent
}

// sink is a sender, or direct.
type sink interface {
	put(ctx context.Context, r *record) error
	flush(ctx context.Context) error
	close(ctx context.Context) error
	stats() Stats
}

// NewHandler returns a Handler that sends to an http or https URL. It performs no I/O; nil opts are the zero Options.
// Invalid ones, and credentials that would be sent in the clear, are an error for each record.
func NewHandler(url string, opts *Options) *Handler {
	var o Options
	if opts != nil {
		o = *opts
	}
	o = o.withDefaults()
	h := &Handler{outlet: &outlet{options: o}}
	endpoint, wrong := newEndpoint(url, &o)
	encoder, unfit := newEncoder(&o)
	h.encoder, h.invalid = encoder, errors.Join(wrong, unfit)
	if unfit != nil || o.Encoding == Form {
		o.Format = nil // which the emitter would ask what is enabled
	}
	h.emitter = slogx.NewEmitter(io.Discard, o.Options)
	h.client = newClient(endpoint, &o)
	if o.Synchronous {
		h.sink = newDirect(h.client, &o)
	} else {
		h.sink = newSender(h.client, &o, h.background)
	}
	return h
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle encodes r and puts it into the queue, or sends it if the handler is Synchronous. An error in the background goes
// to the ErrorHandler: a [LostError] for records that were given up, a [DropError] for those that found no room, each of
// which is [ErrFull] for its caller; and one when three tries in a row have failed, whatever comes of the next.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if ctx == nil {
		ctx = context.Background()
	}
	err := h.emit(ctx, &r)
	if err == nil {
		return nil
	}
	return h.report(ctx, r, err)
}

func (h *Handler) emit(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	if h.invalid != nil {
		return h.invalid
	}
	rec, err := newRecord(ctx, &h.records, h.encoder, r, h.options.MaxRecordBytes)
	if err == nil && len(rec.text) > 0 { // else it is not to be sent
		err = h.sink.put(ctx, rec)
	}
	rec.done(&h.records) // not deferred: after a panic it is garbage
	return err
}

// report gives err to the ErrorHandler, unless it has been told.
func (o *outlet) report(ctx context.Context, r slog.Record, err error) error {
	err = fmt.Errorf("httpx: %w", err)
	if reported.Rest(err) == nil {
		return err
	}
	return o.emitter.Report(ctx, r, err)
}

// background is for errors that concern no record of which we still know.
func (o *outlet) background(err error) { _ = o.report(context.Background(), slog.Record{}, err) }

// WithAttrs returns a handler on the same queue whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.derive("WithAttrs", func() encoder { return h.encoder.with(attrs) })
}

// WithGroup returns a handler on the same queue whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.derive("WithGroup", func() encoder { return h.encoder.group(name) })
}

// derive returns h with the encoder that change returns; h itself if that panics.
func (h *Handler) derive(verb string, change func() encoder) *Handler {
	if h.invalid != nil {
		return h
	}
	d := &Handler{outlet: h.outlet}
	err := safe.Do(func() error {
		d.encoder = change()
		return nil
	})
	if err != nil {
		h.background(fmt.Errorf("%s: %w", verb, err))
		return h
	}
	return d
}

// Flush waits, for CloseTimeout at most, until what was handled before is sent, given up or dropped. A batch that waits to
// be tried again is tried at once.
func (h *Handler) Flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.options.CloseTimeout)
	defer cancel()
	return failed("flush", h.sink.flush(ctx))
}

// Drain does nothing, for what waits is sent within Batch.Age anyway. So neither does a queue's Listener, which drains its
// handlers after each burst, wait for the server, nor slogx.Close twice.
func (h *Handler) Drain() error { return nil }

// Close is Shutdown without a deadline.
func (h *Handler) Close() error { return h.Shutdown(context.Background()) }

// Shutdown sends what waits, until ctx is done, for CloseTimeout if it has no deadline. What there is no time for is lost,
// and its number is in the error; of what is given up meanwhile the ErrorHandler is told, and not the caller. It returns nil
// if the handler is closed already; further records are refused with [slogx.ErrClosed]. A Client of yours stays open.
func (h *Handler) Shutdown(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.options.CloseTimeout)
		defer cancel()
	}
	return failed("close", h.sink.close(ctx))
}

func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("httpx: %s: %w", verb, err)
}

// Sink identifies what derived handlers share; see slogx.Close.
func (h *Handler) Sink() any { return h.outlet }

// Stats returns the counts so far.
func (h *Handler) Stats() Stats {
	s := h.sink.stats()
	s.Bytes, s.Requests, s.Retried = h.client.bytes.Load(), h.client.requests.Load(), h.client.retried.Load()
	return s
}
