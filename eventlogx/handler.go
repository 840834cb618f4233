package eventlogx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Handler writes records to the event log of Windows, as Python's NTEventLogHandler does.
type Handler struct {
	emitter *slogx.Emitter // its level and its error path; its format is not used
	format  *format
	sink    *sink
}

// NewHandler returns a Handler that writes events of source. It performs no I/O: the source is registered with the first
// record. nil opts are the zero Options. A source need not be installed, but without it viewers find no description for
// its events; see [Install].
//
// What is wrong with the name of the source or with opts is an error for each record. On other systems than Windows that
// is [errors.ErrUnsupported].
func NewHandler(source string, opts *Options) *Handler { return newHandler(source, opts, machine{}) }

// Open is NewHandler, but registers the source now, and says what is wrong with it or with opts. On other systems than
// Windows it returns a Handler, so that programs run on all of them.
func Open(source string, opts *Options) (*Handler, error) { return open(source, opts, machine{}) }

func newHandler(source string, opts *Options, system system) *Handler {
	var o Options
	if opts != nil {
		o = *opts
	}
	o, invalid := o.withDefaults()
	return &Handler{
		emitter: slogx.NewEmitter(io.Discard, o.Options),
		format:  newFormat(&o),
		sink:    &sink{system: system, source: source, invalid: errors.Join(checkName("source", source), invalid)},
	}
}

func open(source string, opts *Options, system system) (*Handler, error) {
	h := newHandler(source, opts, system)
	if err := h.sink.open(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	return h, nil
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle writes r as an event.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if err := h.emit(ctx, &r); err != nil {
		return h.emitter.Report(ctx, r, err)
	}
	return nil
}

func (h *Handler) emit(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	line, e := encode.NewLine(), newEvent()
	odd := h.format.append(ctx, line, r)
	if !h.format.whole() || len(line.B) > 0 { // else the format has dropped the record
		o := h.format.options
		more, wrong := e.describe(o, *r)
		e.setStrings(line.B, more, o.KeepPercent)
		odd = errors.Join(odd, wrong)
		err = h.sink.send(e)
	}
	line.Free() // not deferred: after a panic they are garbage
	e.free()
	if odd != nil {
		return errors.Join(odd, err)
	}
	return err
}

// WithAttrs returns a handler for the same source whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.derive("WithAttrs", func() *format { return h.format.withAttrs(attrs) })
}

// WithGroup returns a handler for the same source whose further attributes are in the group name.
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
		_ = h.emitter.Report(context.Background(), slog.Record{}, fmt.Errorf("%s: %w", verb, err))
		return h
	}
	return d
}

// Flush does nothing, for nothing waits in a buffer.
func (h *Handler) Flush() error { return nil }

// Close deregisters the source; what Install has written stays. Further records are refused with slogx.ErrClosed. It
// returns nil if the handler is closed already.
func (h *Handler) Close() error { return h.sink.close() }

// Sink identifies what derived handlers share; see slogx.Close.
func (h *Handler) Sink() any { return h.sink }

// Stats count the events since the handler was made, those of derived handlers included: Handled = Written + Failed. A
// record that cannot even be formatted is an error, but not counted here.
type Stats struct {
	Handled  int64 // given to the system, or refused before, as after Close
	Written  int64 // of those, accepted by it
	Failed   int64 // of those, reported as errors
	Bytes    int64 // of the strings of the events written, in UTF-16
	Retried  int64 // attempts with a new handle where that of before had failed
	Cut      int64 // events written whose strings were too long, and cut
	IDsMoved int64 // events written whose EventID was out of bounds, and moved to the nearest one
}

// Stats returns the counts so far.
func (h *Handler) Stats() Stats {
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	return h.sink.stats
}
