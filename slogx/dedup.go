package slogx

import (
	"context"
	"log/slog"
	"slices"
)

// Duplicates says what becomes of an attribute whose key another before it has taken, in the same group or at the root.
type Duplicates int

const (
	// First keeps the first and drops the others.
	First Duplicates = iota

	// Last keeps the last, where it stands, and drops the others.
	Last

	// Rename keeps all: the second is called "key#2", the third "key#3" and so on. A name that is taken is skipped; one
	// that was made is taken, so that an attribute called "key#2" that comes later is renamed itself.
	Rename
)

// Dedup returns middleware that leaves each key once in its group, and once at the root, as readers of JSON expect. The
// attributes of logger.With come before those of the record, in the order in which they were given.
//
//   - Groups of the same name, of WithGroup or not, become one, where the last of them stands.
//   - If a group and another attribute have the same name, d decides. But a group of WithGroup, whose attributes are yet
//     to come, is neither dropped nor a reason to drop others: if its name is taken, it is renamed.
//   - The keys that the sink itself writes at the root, builtIns, are not to be had. An attribute with such a key
//     counts as one called "key#2". The default is time, level, msg and source: give others if the sink's ReplaceAttr
//     renames these, or if it has no source and the key is yours.
//   - A group without a name counts as the attributes in it, a LogValuer as what it resolves to, and something empty
//     not at all. LogValuers given to logger.With are resolved then and there.
//
// Dedup should be the last in a [Chain], where it sees what others add. It does not see what ReplaceAttr makes of keys.
//
// Without duplicates a record costs a look at its keys, and attributes of logger.With stay formatted. A record that has
// some is put together anew, with the attributes since the last WithGroup.
func Dedup(d Duplicates, builtIns ...string) Middleware {
	if len(builtIns) == 0 {
		builtIns = []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, slog.SourceKey}
	}
	builtIns = slices.Clone(builtIns)
	return func(next slog.Handler) slog.Handler { return newDedup(d, builtIns, next) }
}

// dedup knows the attributes that were given since the last WithGroup. Those before need not be known: what is outside
// the open group does not change any more.
type dedup struct {
	policy   Duplicates
	builtIns []string     // none in a group
	base     slog.Handler // with the open group, without what is in it
	attrs    []slog.Attr  // what is in it, without duplicates
	taken    keyList      // builtIns and the keys of attrs
	next     slog.Handler // base with attrs
}

func newDedup(d Duplicates, builtIns []string, base slog.Handler) *dedup {
	h := &dedup{policy: d, builtIns: builtIns, base: base, next: base}
	h.taken = h.merger(0).keys
	return h
}

// merger returns one that has met what h has, with room for some more attributes.
func (h *dedup) merger(room int) *merger {
	m := newMerger(h.policy, h.builtIns, len(h.attrs)+room)
	m.addAll(h.attrs)
	return m
}

func (h *dedup) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *dedup) Handle(ctx context.Context, r slog.Record) error {
	found := lookAtRecord(&r, &h.taken)
	if found == unresolved {
		r = resolveRecord(r)
		found = lookAtRecord(&r, &h.taken)
	}
	if found == nothing {
		return h.next.Handle(ctx, r)
	}
	return h.base.Handle(ctx, h.merged(r))
}

// merged returns r with h's attributes, and without duplicates.
func (h *dedup) merged(r slog.Record) slog.Record {
	m := h.merger(r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := resolve(a); ok {
			m.add(a)
		}
		return true
	})
	r2 := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r2.AddAttrs(m.result()...)
	return r2
}

func (h *dedup) WithAttrs(attrs []slog.Attr) slog.Handler {
	attrs = resolveAll(attrs)
	if len(attrs) == 0 {
		return h
	}
	m := h.merger(len(attrs))
	m.addAll(attrs)
	h2 := *h
	h2.attrs, h2.taken = m.result(), m.keys
	// A handler owns the slice it is given.
	if m.collided {
		h2.next = h.base.WithAttrs(slices.Clone(h2.attrs))
	} else {
		h2.next = h.next.WithAttrs(slices.Clone(h2.attrs[len(h.attrs):]))
	}
	return &h2
}

func (h *dedup) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	m := h.merger(0)
	name, members := m.open(name)
	if len(members) == 0 {
		return newDedup(h.policy, nil, h.next.WithGroup(name))
	}
	outer := h.base
	if attrs := m.result(); len(attrs) > 0 {
		outer = outer.WithAttrs(attrs)
	}
	return newDedup(h.policy, nil, outer.WithGroup(name)).WithAttrs(members)
}

// Unwrap returns the handler that gets the records without duplicates.
func (h *dedup) Unwrap() slog.Handler { return h.next }
