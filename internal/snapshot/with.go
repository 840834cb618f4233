package snapshot

import (
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// With is what a derived handler was given: a chain of WithAttrs and WithGroup, to be repeated on whatever handler the
// records go to in the end. It never changes. nil is the chain without a link.
type With struct {
	parent *With
	attrs  []slog.Attr // of WithAttrs, or
	group  string      // of WithGroup
	groups []opened    // what the whole chain amounts to

	last atomic.Pointer[derived]
}

// opened is a group and its attributes; the first is the root and has no name.
type opened struct {
	name  string
	attrs []slog.Attr
}

// derived is a root with a chain applied to it.
type derived struct {
	root *Root
	h    slog.Handler
}

// Root is a handler to apply chains to.
type Root struct {
	Handler slog.Handler
}

// Attrs returns w with attrs, of which it takes a snapshot; w itself if there are none.
func (w *With) Attrs(attrs []slog.Attr) *With {
	if len(attrs) == 0 {
		return w
	}
	attrs = Attrs(attrs)
	groups := slices.Clone(w.open())
	last := &groups[len(groups)-1]
	last.attrs = slices.Concat(last.attrs, attrs)
	return &With{parent: w, attrs: attrs, groups: groups}
}

// Group returns w with a group opened; w itself if name is empty.
func (w *With) Group(name string) *With {
	if name == "" {
		return w
	}
	groups := slices.Clone(w.open())
	return &With{parent: w, group: name, groups: append(groups, opened{name: name})}
}

func (w *With) open() []opened {
	if w == nil {
		return []opened{{}}
	}
	return w.groups
}

// On returns root's handler with the chain applied to it, nil if there is none. It is derived once and remembered until
// another root is asked for. The error is that of a handler that panicked over a link, which is then left out.
func (w *With) On(root *Root) (slog.Handler, error) {
	if w == nil || root.Handler == nil {
		return root.Handler, nil
	}
	if d := w.last.Load(); d != nil && d.root == root {
		return d.h, nil
	}
	h, err := w.parent.On(root)
	panicked := safe.Do(func() error {
		if w.group != "" {
			h = h.WithGroup(w.group)
		} else {
			h = h.WithAttrs(slices.Clone(w.attrs)) // a handler owns the slice it is given
		}
		return nil
	})
	w.last.Store(&derived{root, h})
	return h, errors.Join(err, panicked)
}

// Flatten returns r with the chain's attributes before its own, and those in groups as groups.
func (w *With) Flatten(r slog.Record) slog.Record {
	if w == nil {
		return r
	}
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	for i := len(w.groups) - 1; i > 0; i-- {
		group := slog.GroupValue(slices.Concat(w.groups[i].attrs, attrs)...)
		attrs = []slog.Attr{{Key: w.groups[i].name, Value: group}}
	}
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	out.AddAttrs(slices.Concat(w.groups[0].attrs, attrs)...)
	return out
}
