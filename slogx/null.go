package slogx

import (
	"context"
	"log/slog"
)

// NullHandler does nothing, as Python's logging.NullHandler. A library gives it to its users as a default.
type NullHandler struct{}

// NewNullHandler returns a NullHandler.
func NewNullHandler() *NullHandler { return &NullHandler{} }

// Enabled returns false, so that records are not even built.
func (*NullHandler) Enabled(context.Context, slog.Level) bool { return false }

// Handle returns nil.
func (*NullHandler) Handle(context.Context, slog.Record) error { return nil }

// WithAttrs returns h.
func (h *NullHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup returns h.
func (h *NullHandler) WithGroup(string) slog.Handler { return h }
