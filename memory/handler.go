package memory

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// Handler buffers records in memory and delivers them to a target, Python's logging.handlers.MemoryHandler: when there
// are as many as its capacity, with a record of FlushLevel or above, and on Flush and Close.
type Handler struct {
	buffer *buffer
	target *target
	with   *snapshot.With
}

// NewHandler returns a Handler for up to capacity records. If that is 1 or less each record is delivered at once. target
// may be nil; see SetTarget. nil opts are the zero Options.
func NewHandler(capacity int, target slog.Handler, opts *Options) *Handler {
	o := opts.withDefaults("memory.Handler", capacity, slog.LevelError)
	report := &reporter{onError: o.ErrorHandler}
	t := newTarget(target, report)
	return &Handler{newBuffer(capacity, o, report, t.deliver), t, nil}
}

// Enabled reports whether records of this level are buffered.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	if least := h.buffer.opts.Level; least != nil {
		return reaches(level, least)
	}
	enabled, asked := h.target.enabled(ctx, h.with, level)
	return enabled || !asked && level >= slog.LevelInfo
}

// Handle buffers r, and delivers what is buffered if r makes that due. The error is that of a delivery, which is tried
// again with the next record that makes it due; what was not delivered stays buffered.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if !h.buffer.passing() {
		return h.buffer.handle(ctx, h.with, r)
	}
	err := h.target.handle(ctx, h.with, r)
	if err != nil {
		snapshot.InPlace(&r)
	}
	return h.buffer.report.report(h.buffer.passed(&entry{ctx: ctx, with: h.with, record: r}, err))
}

// WithAttrs returns a Handler with the same buffer whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.derive(h.with.Attrs(attrs)) }

// WithGroup returns a Handler with the same buffer whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler { return h.derive(h.with.Group(name)) }

func (h *Handler) derive(with *snapshot.With) slog.Handler {
	if with == h.with {
		return h
	}
	h.target.with(with) // formats attributes now, once
	return &Handler{h.buffer, h.target, with}
}

// SetTarget makes target the one that everything is delivered to from now on, what is buffered included: Python's
// setTarget. nil keeps records until there is one. A delivery that is under way goes on with the new target; a record
// that the old one is being given stays with it.
func (h *Handler) SetTarget(target slog.Handler) { h.target.set(target) }

// Flush delivers what is buffered. Without a target it does nothing.
func (h *Handler) Flush() error { return h.buffer.flushAll() }

// Drain does nothing: what is buffered waits on purpose, also at the end of a burst (see [slogx.Drain]), and Close decides
// what becomes of it.
func (h *Handler) Drain() error { return nil }

// Close delivers what is buffered, or drops it with DiscardOnClose. What the target does not take is lost, which is an
// error. Afterwards Handle returns [slogx.ErrClosed]. The target stays open; [slogx.Close] closes both.
func (h *Handler) Close() error { return h.buffer.close() }

// Stats counts the records of this handler and all derived from it.
func (h *Handler) Stats() Stats { return h.buffer.current() }

// Unwrap returns the target, nil if there is none.
func (h *Handler) Unwrap() slog.Handler { return h.target.with(h.with) }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *Handler) Sink() any { return h.buffer }
