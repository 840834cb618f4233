package factory

import (
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// nested returns r for the root handler: the open groups are attributes, with in.Inner in the last of them, and in.Root
// stands beside the first.
func (h *Handler) nested(r *slog.Record, in *encode.Injected) slog.Record {
	with := h.innermost().attrs
	members := make([]slog.Attr, 0, len(with)+r.NumAttrs()+len(in.Inner))
	members = append(attrsOf(append(members, with...), r), in.Inner...)
	n := newRecord(r, h.nest(flatten(members))) // a group with nothing to print is none
	n.AddAttrs(in.Root...)
	return n
}

// nest puts members into the groups that are open. It returns the outermost group, or nothing if all are empty.
func (h *Handler) nest(members []slog.Attr) []slog.Attr {
	for i := len(h.scopes) - 1; i > 0; i-- {
		var outer []slog.Attr
		if i > 1 {
			outer = slices.Clip(h.scopes[i-1].attrs)
		}
		if len(members) > 0 {
			outer = append(outer, slog.Attr{Key: h.scopes[i].name, Value: slog.GroupValue(members...)})
		}
		members = outer
	}
	return members
}

// attrsOf appends the attributes of r to attrs.
func attrsOf(attrs []slog.Attr, r *slog.Record) []slog.Attr {
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return attrs
}

// newRecord returns r with other attributes.
func newRecord(r *slog.Record, attrs []slog.Attr) slog.Record {
	n := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	n.AddAttrs(attrs...)
	return n
}
