package factory

import (
	"log/slog"
	"slices"
	"sync"

	"github.com/slogkit-go/slogkit/internal/keys"
)

// layout is a record with all its attributes in one list: those of WithAttrs, its own, and what the layers have added so
// far. It is the slow and exact way, for layers that look at the record and for keys that collide.
type layout struct {
	h     *Handler
	attrs []slog.Attr
	from  []int       // whose each is: a layer's, by its index, or one of the constants below
	with  int         // so many are of WithAttrs
	own   bool        // the record's own are other than it came with
	shown int         // so many of the record's and layers' are in what Factories are shown; 0: nothing has been shown
	back  []slog.Attr // those in there that a record keeps outside itself

	atRoot, inGroup keys.Filter // the keys there
	collided        bool
	losses          []loss

	spare       []slog.Attr // for those of one moment
	inner, root []slog.Attr // those of layers, by their place, when all are there
}

// Owners of attributes, in the order in which these are laid out.
const (
	fromWith   = -3 // at the root
	fromGroup  = -2 // of WithAttrs, too, in the group that is open
	fromRecord = -1
)

var layouts = sync.Pool{New: func() any { return new(layout) }}

// newLayout lays out what h and r have.
func newLayout(h *Handler, r *slog.Record) *layout {
	x := layouts.Get().(*layout)
	x.h, x.atRoot = h, builtInKeys
	x.put(fromWith, h.scopes[0].attrs...)
	if h.grouped() {
		x.atRoot.Add(h.groups[0])
		x.put(fromGroup, h.innermost().attrs...)
	}
	x.with = len(x.attrs)
	x.attrs, x.own = flattenTail(attrsOf(x.attrs, r), x.with)
	x.claim(fromRecord, x.attrs[x.with:])
	return x
}

// free returns x to the pool, with nothing of the record.
func (x *layout) free() {
	const maxPooled = 256 // attributes
	if cap(x.attrs) > maxPooled {
		return
	}
	clear(x.losses)
	*x = layout{
		attrs: emptied(x.attrs), from: x.from[:0], losses: x.losses[:0],
		spare: emptied(x.spare), inner: emptied(x.inner), root: emptied(x.root),
	}
	layouts.Put(x)
}

// emptied returns the memory of attrs for others.
func emptied(attrs []slog.Attr) []slog.Attr {
	clear(attrs)
	return attrs[:0]
}

// put adds attrs, whatever their keys.
func (x *layout) put(from int, attrs ...slog.Attr) {
	x.attrs = append(x.attrs, attrs...)
	x.claim(from, attrs)
}

// claim notes whose attrs are, and their keys.
func (x *layout) claim(from int, attrs []slog.Attr) {
	there := x.keys(x.inside(from))
	for i := range attrs {
		there.Add(attrs[i].Key)
		x.from = append(x.from, from)
	}
}

// remove takes out the attribute at i.
func (x *layout) remove(i int) {
	switch x.from[i] {
	case fromWith, fromGroup:
		x.with--
	case fromRecord:
		x.own = true
	}
	x.attrs = slices.Delete(x.attrs, i, i+1)
	x.from = slices.Delete(x.from, i, i+1)
	x.shown = 0
}

// truncate keeps the first n attributes.
func (x *layout) truncate(n int) {
	clear(x.attrs[n:])
	x.attrs, x.from = x.attrs[:n], x.from[:n]
}

// groups are those that attributes of this owner are in.
func (x *layout) groups(from int) []string {
	if x.inside(from) {
		return x.h.groups
	}
	return nil
}

// inside reports whether attributes of this owner are in the group that is open.
func (x *layout) inside(from int) bool {
	switch {
	case !x.h.grouped():
		return false
	case from >= 0:
		return x.h.chain.links[from].InGroup
	default:
		return from != fromWith
	}
}

// keys are those in the group that is open, or at the root.
func (x *layout) keys(inside bool) *keys.Filter {
	if inside {
		return &x.inGroup
	}
	return &x.atRoot
}

// static reports whether attributes of this owner are formatted in advance, though not by WithAttrs.
func (x *layout) static(from int) bool { return from >= 0 && x.h.chain.links[from].static != nil }

// of returns the attributes of whom is wants.
func (x *layout) of(is func(from int) bool) (attrs []slog.Attr) {
	for i, a := range x.attrs {
		if is(x.from[i]) {
			attrs = append(attrs, a)
		}
	}
	return attrs
}

// scopes are those of the Handler without what layers have replaced.
func (x *layout) scopes() []scope {
	scopes := slices.Clone(x.h.scopes)
	scopes[0].attrs = x.of(func(from int) bool { return from == fromWith })
	if x.h.grouped() {
		scopes[len(scopes)-1].attrs = x.of(func(from int) bool { return from == fromGroup })
	}
	return scopes
}
