package encode

import (
	"context"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/keys"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// Injected are attributes that a middleware adds to a record. They are not kept.
type Injected struct {
	Refuse *keys.Set   // the record's own attributes must not have these keys; nil: any
	Inner  []slog.Attr // come after them, in the group that is open
	Root   []slog.Attr // come last, at the root
}

// An Injector is a handler's Handle for records with attributes of a middleware. Handlers that have one give it to the
// middleware by a method Injector() *Injector; nil says that they have not. It is a struct and no interface so that
// records go by pointer and still stay on the stack.
type Injector struct {
	Format *Handler
	Sink   io.Writer

	// Report is told of an error, a panic among them, and returns what Handle does. nil: panics come out.
	Report func(ctx context.Context, r slog.Record, err error) error

	// After returns what Handle does; err is what it would return.
	After func(ctx context.Context, r slog.Record, err error) error // nil: that
}

// Handle handles r with in. A record with a key that is to be refused, or may have one in an inline group, is left alone:
// refused is true, and nothing was written or reported.
func (i *Injector) Handle(ctx context.Context, r *slog.Record, in *Injected) (refused bool, err error) {
	if i.Report == nil {
		return i.write(r, in)
	}
	if refused, err = i.try(r, in); err != nil {
		err = i.Report(ctx, *r, err)
	}
	if i.After != nil && !refused {
		err = i.After(ctx, *r, err)
	}
	return refused, err
}

func (i *Injector) try(r *slog.Record, in *Injected) (refused bool, err error) {
	defer safe.Recover(&err)
	return i.write(r, in)
}

func (i *Injector) write(r *slog.Record, in *Injected) (refused bool, err error) {
	line := NewLine()
	if i.Format.AppendInjected(line, r, in) {
		_, err = i.Sink.Write(line.B)
	} else {
		refused = true
	}
	line.Free() // not deferred: after a panic the Line is garbage
	return refused, err
}

// Injector returns what handles records as Handle does.
func (h *Handler) Injector() *Injector { return &Injector{Format: h, Sink: h.out} }

// AppendInjected is AppendRecord with attributes of a middleware. It returns false, and leaves a Line that is good for
// nothing, if the record has a key that is to be refused.
func (h *Handler) AppendInjected(line *Line, r *slog.Record, in *Injected) bool {
	s := h.newState(line)
	s.appendBuiltInsOf(r)
	if !s.appendAttrsOf(r, in) {
		return false
	}
	s.appendRoot(in.Root)
	s.end()
	return true
}

// Refuses reports whether in refuses the key of a, or cannot tell.
func (in *Injected) Refuses(a *slog.Attr) bool {
	return in.Refuse != nil && (in.Refuse.Has(a.Key) || a.Key == "" && !a.Equal(slog.Attr{}))
}

// appendRoot appends attrs after all groups are closed.
func (s *state) appendRoot(attrs []slog.Attr) {
	if len(attrs) == 0 {
		return
	}
	// A group that turned out empty may have left these behind.
	s.line.prefix = s.line.prefix[:0]
	s.line.groups = s.line.groups[:0]
	s.sep = 0
	if n := len(s.line.B); n > 0 {
		s.sep = s.h.sepAfter(s.line.B)
	}
	s.appendAttrs(attrs)
}
