package expslog

import (
	"context"
	"log/slog"

	xslog "golang.org/x/exp/slog"
)

// ExpHandler is a handler for golang.org/x/exp/slog around a standard
// [slog.Handler]. It has no state of its own, and is as safe for concurrent use
// as the handler that it wraps.
type ExpHandler struct {
	std slog.Handler
}

var _ xslog.Handler = (*ExpHandler)(nil)

// FromStd returns a handler for golang.org/x/exp/slog that passes everything on
// to h, so that code which logs through that package reaches a standard handler.
//
// If h came from [ToStd], FromStd returns the x/exp handler inside it.
// Otherwise the result is an [*ExpHandler]. FromStd performs no I/O; like
// [slog.New], it panics if h is nil.
//
// Whoever made h flushes and closes it; the result has no methods for that.
func FromStd(h slog.Handler) xslog.Handler {
	if h == nil {
		panic("expslog: nil Handler")
	}
	if w, ok := h.(*StdHandler); ok {
		return w.exp
	}
	return &ExpHandler{std: h}
}

// Unwrap returns the wrapped handler.
func (h *ExpHandler) Unwrap() slog.Handler { return h.std }

// Enabled reports whether the wrapped handler is enabled at the level of the
// same number.
func (h *ExpHandler) Enabled(ctx context.Context, l xslog.Level) bool {
	return h.std.Enabled(ctx, slog.Level(l))
}

// Handle translates r, passes it to the wrapped handler and returns that
// handler's error.
func (h *ExpHandler) Handle(ctx context.Context, r xslog.Record) error {
	return h.std.Handle(ctx, toStdRecord(r))
}

// WithAttrs returns a new handler around the wrapped handler's WithAttrs, or the
// receiver if attrs is empty. It does not retain attrs.
func (h *ExpHandler) WithAttrs(attrs []xslog.Attr) xslog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &ExpHandler{std: h.std.WithAttrs(toStdAttrs(attrs))}
}

// WithGroup returns a new handler around the wrapped handler's WithGroup, or the
// receiver if name is empty.
func (h *ExpHandler) WithGroup(name string) xslog.Handler {
	if name == "" {
		return h
	}
	return &ExpHandler{std: h.std.WithGroup(name)}
}
