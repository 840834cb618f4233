package factory

import (
	"context"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/encode"
	inplace "github.com/slogkit-go/slogkit/internal/layout"
)

// target is the next handler with all that is known before there is a record, which it has formatted in advance.
type target struct {
	scopes      []scope          // the attributes in them are those that no layer has replaced
	root, inner slog.Handler     // next with the static attributes and those of the root; with all scopes
	inject      *encode.Injector // of inner; nil if it takes no attributes beside the record's
}

func newTarget(next slog.Handler, static []slog.Attr, scopes []scope) target {
	if len(static) > 0 {
		next = next.WithAttrs(slices.Clone(static)) // a handler owns the slice it is given
	}
	t := target{scopes: []scope{{}}, root: next, inner: next, inject: encode.InjectorOf(next)}
	for i, s := range scopes {
		if i > 0 {
			t = t.withGroup(s.name)
		}
		if len(s.attrs) > 0 {
			t = t.withAttrs(s.attrs)
		}
	}
	return t
}

func (t target) withAttrs(attrs []slog.Attr) target {
	t.scopes = withAttrs(t.scopes, attrs)
	t.inner = t.inner.WithAttrs(slices.Clone(attrs))
	if len(t.scopes) == 1 {
		t.root = t.inner
	}
	t.inject = encode.InjectorOf(t.inner)
	return t
}

func (t target) withGroup(name string) target {
	t.scopes = append(slices.Clip(t.scopes), scope{name: name})
	t.inner = t.inner.WithGroup(name)
	t.inject = encode.InjectorOf(t.inner)
	return t
}

// withAttrs returns scopes with attrs in the innermost.
func withAttrs(scopes []scope, attrs []slog.Attr) []scope {
	scopes = slices.Clone(scopes)
	last := &scopes[len(scopes)-1]
	last.attrs = slices.Concat(last.attrs, attrs)
	return scopes
}

// send hands r on with in. It does nothing and returns true if r has a key that in refuses.
func (t *target) send(ctx context.Context, r *slog.Record, in *encode.Injected) (refused bool, err error) {
	switch {
	case t.inject != nil && (in.Refuse != nil || len(in.Inner)+len(in.Root) > 0):
		return t.inject.Handle(ctx, r, in)
	case in.Refuse != nil && refuses(in, r):
		return true, nil
	case len(in.Root) > 0:
		return false, t.root.Handle(ctx, t.nested(r, in))
	case len(in.Inner) > 0:
		r2 := r.Clone()
		r2.AddAttrs(in.Inner...)
		return false, t.inner.Handle(ctx, r2)
	default:
		return false, t.inner.Handle(ctx, *r)
	}
}

func refuses(in *encode.Injected, r *slog.Record) bool {
	front, back := inplace.Attrs(r)
	for i := range front {
		if in.Refuses(&front[i]) {
			return true
		}
	}
	for i := range back {
		if in.Refuses(&back[i]) {
			return true
		}
	}
	return false
}

// nested returns r for the root handler: the open groups are attributes, with in.Inner in the last of them, and in.Root
// stands beside the first.
func (t *target) nested(r *slog.Record, in *encode.Injected) slog.Record {
	size := len(t.scopes) + r.NumAttrs() + len(in.Inner)
	for _, s := range t.scopes[1:] {
		size += len(s.attrs)
	}
	all := make([]slog.Attr, 0, size) // of all groups, one after the other; what is in the next is a part of it
	last := len(t.scopes) - 1
	all = append(attrsOf(append(all, t.scopes[last].attrs...), r), in.Inner...)
	members := flatten(all) // a group with nothing to print is none
	for i := last; i > 0; i-- {
		start := len(all)
		if i > 1 {
			all = append(all, t.scopes[i-1].attrs...)
		}
		if len(members) > 0 {
			all = append(all, slog.Attr{Key: t.scopes[i].name, Value: slog.GroupValue(members...)})
		}
		members = all[start:]
	}
	n := newRecord(r, members)
	n.AddAttrs(in.Root...)
	return n
}

// attrsOf appends the attributes of r to attrs.
func attrsOf(attrs []slog.Attr, r *slog.Record) []slog.Attr {
	front, back := inplace.Attrs(r)
	return append(append(attrs, front...), back...)
}

// newRecord returns r with other attributes.
func newRecord(r *slog.Record, attrs []slog.Attr) slog.Record {
	n := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	n.AddAttrs(attrs...)
	return n
}
