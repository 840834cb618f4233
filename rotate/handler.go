package rotate

import (
	"context"
	"errors"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Handler writes records to a file and rotates it: Python's RotatingFileHandler and TimedRotatingFileHandler in one.
type Handler struct {
	emitter *slogx.Emitter
	writer  *Writer
}

// NewHandler returns a Handler that opens its file with the first record. It performs no I/O; the name is made absolute
// now. What is wrong with the name or the options is the error of each Handle. nil opts are the zero Options.
func NewHandler(filename string, opts *Options) *Handler {
	w := NewWriter(filename, opts)
	e := slogx.NewEmitter(unreported{w}, w.config.Options.Options)
	w.lines = e.Lines()
	return &Handler{e, w}
}

// Open returns a Handler with its file open, unless opts.Delay is set.
func Open(filename string, opts *Options) (*Handler, error) {
	h := NewHandler(filename, opts)
	if err := h.writer.openNow(); err != nil {
		_ = h.Close() // what it has opened so far
		return nil, err
	}
	return h, nil
}

// unreported leaves the report of an error to the Emitter, which knows the record.
type unreported struct{ *Writer }

func (u unreported) Write(p []byte) (int, error) { return u.write(p) }

// WriteRecords writes records that end at ends in p, and returns how many were written whole; the error is that of the
// others.
func (u unreported) WriteRecords(p []byte, ends []int) (written int, err error) {
	return u.writeRecords(&records{p, ends})
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle writes r to the file it belongs to, in one write. With BufferSize it returns when r is in the buffer, or, from
// FlushLevel on, when that is written; if that fails, which is an error, r is still in the buffer and written later.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.emitter.Handle(ctx, r)
	if h.writer.batch == nil {
		return err
	}
	return h.flushSevere(ctx, r, err)
}

// flushSevere writes the buffer if r is severe. err is what became of r so far.
func (h *Handler) flushSevere(ctx context.Context, r slog.Record, err error) error {
	if h.severe(r.Level) {
		if _, drainErr := h.writer.batch.flushSoon(); drainErr != nil {
			return errors.Join(err, h.emitter.Report(ctx, r, drainErr))
		}
	}
	return err
}

// Injector serves package factory; see [slogx.Emitter.Injector].
func (h *Handler) Injector() *encode.Injector {
	i := h.emitter.Injector()
	if i != nil && h.writer.batch != nil {
		i.After = h.flushSevere
	}
	return i
}

// severe reports whether records of this level are written at once.
func (h *Handler) severe(level slog.Level) (severe bool) {
	severe = true // if that panics
	_ = safe.Do(func() error {
		severe = level >= h.writer.config.FlushLevel.Level()
		return nil
	})
	return severe
}

// WithAttrs returns a Handler on the same file whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &Handler{h.emitter.WithAttrs(attrs), h.writer}
}

// WithGroup returns a Handler on the same file whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &Handler{h.emitter.WithGroup(name), h.writer}
}

// Name returns the absolute path of the current file.
func (h *Handler) Name() string { return h.writer.Name() }

// Rotate is [Writer.Rotate].
func (h *Handler) Rotate() error { return h.writer.Rotate() }

// Reopen is [Writer.Reopen].
func (h *Handler) Reopen() error { return h.writer.Reopen() }

// Drain is [Writer.Drain].
func (h *Handler) Drain() error { return h.writer.Drain() }

// Flush is [Writer.Flush].
func (h *Handler) Flush() error { return h.writer.Flush() }

// Close is [Writer.Close]. It closes the file for all derived handlers.
func (h *Handler) Close() error { return h.writer.Close() }

// Stats is [Writer.Stats].
func (h *Handler) Stats() Stats { return h.writer.Stats() }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *Handler) Sink() any { return h.writer }
