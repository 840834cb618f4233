package memory

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// ScopedHandler keeps the details that are logged in an [Operation] until it ends. If it fails they are delivered, if not
// they vanish. What is logged outside of operations goes straight to the target.
type ScopedHandler struct {
	scopes *scopes
	with   *snapshot.With
}

// NewScoped returns a ScopedHandler that delivers to target; a nil target wants no records. nil opts are the zero
// ScopedOptions.
func NewScoped(target slog.Handler, opts *ScopedOptions) *ScopedHandler {
	return &ScopedHandler{newScopes(target, opts.withDefaults()), nil}
}

// Enabled reports whether records of this level are delivered, or, if ctx has an operation that has not ended, kept.
func (h *ScopedHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.passes(ctx, level) || reaches(level, h.scopes.opts.BufferLevel) && FromContext(ctx) != nil
}

// passes reports whether records of this level are delivered in any case.
func (h *ScopedHandler) passes(ctx context.Context, level slog.Level) bool {
	if least := h.scopes.opts.Level; least != nil && !reaches(level, least) {
		return false
	}
	enabled, _ := h.scopes.target.enabled(ctx, h.with, level)
	return enabled
}

// Handle delivers r, or keeps it for later. The error is that of a delivery. What the target does not take of a failed
// operation is kept, and tried again with its next record, at its End, and then whenever the target takes something else.
// Other records are given to it once.
func (h *ScopedHandler) Handle(ctx context.Context, r slog.Record) error {
	o := &h.scopes.opts
	passes := h.passes(ctx, r.Level)
	op := FromContext(ctx)
	severe := reaches(r.Level, o.FlushLevel)
	switch {
	case op == nil, passes && !o.InOrder && !severe && !op.isFailed():
		if !passes {
			return nil
		}
		return h.scopes.pass(ctx, h.with, r)
	case !passes && !severe && !reaches(r.Level, o.BufferLevel):
		return nil
	}
	snapshot.InPlace(&r)
	e := entry{ctx: ctx, with: h.with, record: r, op: op, passes: passes}
	return h.scopes.keep(&e, severe)
}

// WithAttrs returns a ScopedHandler with the same buffers whose records begin with attrs.
func (h *ScopedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.derive(h.with.Attrs(attrs))
}

// WithGroup returns a ScopedHandler with the same buffers whose further attributes are in the group name.
func (h *ScopedHandler) WithGroup(name string) slog.Handler { return h.derive(h.with.Group(name)) }

func (h *ScopedHandler) derive(with *snapshot.With) slog.Handler {
	if with == h.with {
		return h
	}
	h.scopes.target.with(with) // formats attributes now, once
	return &ScopedHandler{h.scopes, with}
}

// Flush delivers what the target did not take of operations that have failed. Operations that have not ended stay as
// they are.
func (h *ScopedHandler) Flush() error { return h.scopes.flush() }

// Close gives up the operations that have not ended, as FlushAbandoned says. What the target does not take is lost, which
// is an error. Afterwards Handle returns [slogx.ErrClosed]. The target stays open; [slogx.Close] closes both.
func (h *ScopedHandler) Close() error { return h.scopes.close() }

// Stats counts the records of this handler and all derived from it.
func (h *ScopedHandler) Stats() ScopedStats { return h.scopes.current() }

// Unwrap returns the target.
func (h *ScopedHandler) Unwrap() slog.Handler { return h.scopes.target.with(h.with) }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *ScopedHandler) Sink() any { return h.scopes }
