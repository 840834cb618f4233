package memory

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// BufferingHandler collects records and hands them over together, Python's logging.handlers.BufferingHandler: to a
// function, in place of a subclass's flush.
type BufferingHandler struct {
	buffer *buffer
	with   *snapshot.With
}

// NewBufferingHandler returns a BufferingHandler that calls flush with capacity records at a time, more after it has
// failed, fewer on Flush and Close, and each alone if capacity is 1 or less.
//
// flush is called by one goroutine at a time. The context is that of the log call that filled the buffer. The slice is
// its own; the records are in order, with what WithAttrs and WithGroup gave them among their attributes, groups as groups.
// An error means that none of them was delivered: they come again, with those that come meanwhile. A nil flush keeps
// records as far as MaxRecords goes. nil opts are the zero Options.
func NewBufferingHandler(capacity int, flush func(context.Context, []slog.Record) error, opts *Options) *BufferingHandler {
	o := opts.withDefaults("memory.BufferingHandler", capacity, never)
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	deliver := func(ctx context.Context, batch []entry) (int, error) {
		if flush == nil {
			return 0, errNoTarget
		}
		records := make([]slog.Record, len(batch))
		for i := range batch {
			records[i] = batch[i].with.Flatten(batch[i].record)
		}
		if err := flush(ctx, records); err != nil {
			return 0, err
		}
		return len(batch), nil
	}
	return &BufferingHandler{newBuffer(capacity, o, &reporter{onError: o.ErrorHandler}, deliver), nil}
}

// Enabled reports whether records of this level are buffered.
func (h *BufferingHandler) Enabled(_ context.Context, level slog.Level) bool {
	return reaches(level, h.buffer.opts.Level)
}

// Handle buffers r, and flushes the buffer if r makes that due.
func (h *BufferingHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.buffer.handle(ctx, h.with, r)
}

// WithAttrs returns a BufferingHandler with the same buffer whose records begin with attrs.
func (h *BufferingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.derive(h.with.Attrs(attrs))
}

// WithGroup returns a BufferingHandler with the same buffer whose further attributes are in the group name.
func (h *BufferingHandler) WithGroup(name string) slog.Handler { return h.derive(h.with.Group(name)) }

func (h *BufferingHandler) derive(with *snapshot.With) slog.Handler {
	if with == h.with {
		return h
	}
	return &BufferingHandler{h.buffer, with}
}

// Flush hands over what is buffered.
func (h *BufferingHandler) Flush() error { return h.buffer.flushAll() }

// Drain does nothing: what is buffered waits on purpose, also at the end of a burst (see [slogx.Drain]), and Close decides
// what becomes of it.
func (h *BufferingHandler) Drain() error { return nil }

// Close hands over what is buffered, or drops it with DiscardOnClose. What the function does not take is lost, which is
// an error. Afterwards Handle returns [slogx.ErrClosed].
func (h *BufferingHandler) Close() error { return h.buffer.close() }

// Stats counts the records of this handler and all derived from it.
func (h *BufferingHandler) Stats() Stats { return h.buffer.current() }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *BufferingHandler) Sink() any { return h.buffer }
