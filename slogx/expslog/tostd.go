package expslog

import (
	"context"
	"log/slog"

	xslog "golang.org/x/exp/slog"
)

// StdHandler is a standard [slog.Handler] around a handler for
// golang.org/x/exp/slog. It has no state of its own, and is as safe for
// concurrent use as the handler that it wraps.
type StdHandler struct {
	exp xslog.Handler
}

var _ slog.Handler = (*StdHandler)(nil)

// ToStd returns a standard handler that passes everything on to h, so that code
// which logs through log/slog reaches a handler for golang.org/x/exp/slog.
//
// If h came from [FromStd], ToStd returns the standard handler inside it.
// Otherwise the result is a [*StdHandler]. ToStd performs no I/O; like
// [slog.New], it panics if h is nil.
func ToStd(h xslog.Handler) slog.Handler {
	if h == nil {
		panic("expslog: nil Handler")
	}
	if w, ok := h.(*ExpHandler); ok {
		return w.std
	}
	return &StdHandler{exp: h}
}

// Exp returns the wrapped handler. It is not named Unwrap because what is inside
// is not a slog.Handler.
func (h *StdHandler) Exp() xslog.Handler { return h.exp }

// Enabled reports whether the wrapped handler is enabled at the level of the
// same number.
func (h *StdHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.exp.Enabled(ctx, xslog.Level(l))
}

// Handle translates r, passes it to the wrapped handler and returns that
// handler's error.
func (h *StdHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.exp.Handle(ctx, toExpRecord(r))
}

// WithAttrs returns a new handler around the wrapped handler's WithAttrs, or the
// receiver if attrs is empty. It does not retain attrs.
func (h *StdHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &StdHandler{exp: h.exp.WithAttrs(toExpAttrs(attrs))}
}

// WithGroup returns a new handler around the wrapped handler's WithGroup, or the
// receiver if name is empty.
func (h *StdHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &StdHandler{exp: h.exp.WithGroup(name)}
}

// Flush calls the wrapped handler's Flush() error. It does nothing if there is
// no such method.
func (h *StdHandler) Flush() error {
	if f, ok := h.exp.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// Close calls the wrapped handler's Close() error. It does nothing if there is
// no such method.
func (h *StdHandler) Close() error {
	if c, ok := h.exp.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}
