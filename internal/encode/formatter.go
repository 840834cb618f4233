package encode

import (
	"context"
	"io"
	"log/slog"
)

// A Formatter makes bytes of records: one of our formats, which appends them at once, or somebody else's by way of
// [Foreign]. The zero Formatter is none: it must not be given records, and what is derived from it is none either.
type Formatter struct {
	own     *Handler
	foreign *Foreign
}

// NewFormatter returns the Formatter of what build makes, which is ours only if it writes to the very writer it was
// given.
func NewFormatter(build func(io.Writer) slog.Handler) Formatter {
	if own, ok := build(io.Discard).(*Handler); ok && own.out.w == io.Discard {
		return Formatter{own: own}
	}
	return Formatter{foreign: NewForeign(build)}
}

// Own returns the format if it is one of ours, else nil.
func (f Formatter) Own() *Handler { return f.own }

// IsZero reports whether there is no format.
func (f Formatter) IsZero() bool { return f.own == nil && f.foreign == nil }

// Enabled asks somebody else's format; ours have no opinion beyond the level that they were given.
func (f Formatter) Enabled(ctx context.Context, level slog.Level) bool {
	return f.foreign == nil || f.foreign.Enabled(ctx, level)
}

// AppendRecord appends r to line; nothing if the format drops it.
func (f Formatter) AppendRecord(ctx context.Context, line *Line, r *slog.Record) error {
	if f.own != nil {
		f.own.AppendRecord(line, r)
		return nil
	}
	return f.foreign.AppendRecord(ctx, line, r)
}

// With returns a Formatter whose records begin with attrs.
func (f Formatter) With(attrs []slog.Attr) Formatter {
	switch {
	case f.own != nil:
		f.own = f.own.With(attrs)
	case f.foreign != nil:
		f.foreign = f.foreign.With(attrs)
	}
	return f
}

// Group returns a Formatter whose further attributes are in the group name.
func (f Formatter) Group(name string) Formatter {
	switch {
	case f.own != nil:
		f.own = f.own.Group(name)
	case f.foreign != nil:
		f.foreign = f.foreign.Group(name)
	}
	return f
}
