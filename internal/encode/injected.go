package encode

import (
	"context"
	"io"
	"log/slog"
	"reflect"

	"github.com/slogkit-go/slogkit/internal/keys"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// Injected are attributes that a middleware adds to a record. They are not kept.
type Injected struct {
	Inner []slog.Attr // come after the record's own, in the group that is open
	Root  []slog.Attr // come last, at the root
	Ahead []slog.Attr // have come before, by WithAttrs

	// Refuse has the keys of Inner and Ahead, and maybe others, if the record must not have them.
	Refuse *keys.Filter // nil: it may
}

// An Injector is a handler's Handle for records with attributes of a middleware. Handlers that have one give it to the
// middleware by a method Injector() *Injector; nil says that they have not. It is a struct and no interface so that
// records go by pointer and still stay on the stack.
type Injector struct {
	Format *Handler // its level is all that decides whether the handler is enabled
	Sink   io.Writer

	// Report is told of an error, a panic among them, and returns what Handle does. nil: panics come out.
	Report func(ctx context.Context, r slog.Record, err error) error

	// After returns what Handle does; err is what it would return.
	After func(ctx context.Context, r slog.Record, err error) error // nil: that
}

// InjectorOf returns that of h; nil if it has none. A handler that embeds one of ours has the method, too, but may well
// have a Handle of its own, which is not to be passed by.
func InjectorOf(h slog.Handler) *Injector {
	if i, ok := h.(injecting); ok && !embeds(reflect.TypeOf(h)) {
		return i.Injector()
	}
	return nil
}

type injecting interface{ Injector() *Injector }

// embeds reports whether t has the method of something embedded.
func embeds(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	method := reflect.TypeFor[injecting]()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && (f.Type.Implements(method) || reflect.PointerTo(f.Type).Implements(method)) {
			return true
		}
	}
	return false
}

// Handle handles r with in. A record with a key that is to be refused, or may have one in an inline group, is left alone:
// refused is true, and nothing was written or reported.
func (i *Injector) Handle(ctx context.Context, r *slog.Record, in *Injected) (refused bool, err error) {
	if i.Report == nil {
		return i.write(r, in)
	}
	if refused, err = i.try(r, in); err != nil {
		err = i.Report(ctx, in.addedTo(r), err)
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
	switch {
	case in.Refuse == nil:
		return false
	case a.Key == "":
		return !a.Equal(slog.Attr{})
	default:
		return in.Refuse.May(a.Key) && (hasKey(in.Inner, a.Key) || hasKey(in.Ahead, a.Key))
	}
}

// refusesAny reports whether in refuses any of attrs.
func (in *Injected) refusesAny(attrs []slog.Attr) bool {
	if in.Refuse == nil {
		return false
	}
	for i := range attrs {
		// Refuses is a call, so what can be told without it is asked first.
		a := &attrs[i]
		if (a.Key == "" || in.Refuse.May(a.Key)) && in.Refuses(a) {
			return true
		}
	}
	return false
}

func hasKey(attrs []slog.Attr, key string) bool {
	for i := range attrs {
		if attrs[i].Key == key {
			return true
		}
	}
	return false
}

// addedTo returns r with all attributes, for want of other places.
func (in *Injected) addedTo(r *slog.Record) slog.Record {
	all := r.Clone()
	all.AddAttrs(in.Inner...)
	all.AddAttrs(in.Root...)
	return all
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
