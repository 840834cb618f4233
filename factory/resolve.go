package factory

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/keys"
)

// An entry is an attribute and whose it is: the layer's, by its index, or the user's.
type entry struct {
	slog.Attr
	from int
}

const (
	fromRecord = -1
	fromWith   = -2
)

// place is the root or the group that is open: what is there may collide.
type place struct {
	fixed   keys.Set // keys of what cannot be removed
	entries []entry
}

// resolution is what becomes of all attributes when some of them collide.
type resolution struct {
	links       []*link
	root, inner *place // the same if no group is open
	losses      []loss
}

// resolve lets the layers add their attributes to those of WithAttrs and the record, one after the other. added are those
// of layers that are not static.
func (h *Handler) resolve(record []slog.Attr, added []entry) *resolution {
	x := &resolution{links: h.chain.links, root: &place{fixed: h.fixed()}}
	x.root.put(fromWith, h.scopes[0].attrs)
	x.inner = x.root
	if h.grouped() {
		x.inner = &place{}
		x.inner.put(fromWith, h.innermost().attrs)
	}
	x.inner.put(fromRecord, flatten(record))
	for i, k := range x.links {
		for _, a := range k.static {
			x.add(entry{a, i})
		}
		for ; len(added) > 0 && added[0].from == i; added = added[1:] {
			x.add(added[0])
		}
	}
	return x
}

func (p *place) put(from int, attrs []slog.Attr) {
	for _, a := range attrs {
		p.entries = append(p.entries, entry{a, from})
	}
}

// add adds a layer's attribute as its Collision says.
func (x *resolution) add(e entry) {
	k, p := x.links[e.from], x.root
	if k.InGroup {
		p = x.inner
	}
	if !p.taken(e.Key, e.from) || k.OnCollision == Both {
		p.entries = append(p.entries, e)
		return
	}
	of := k.OnCollision
	if of == Replace && p.fixed.Has(e.Key) {
		of = Rename
	}
	same := p.same(e)
	switch of {
	case Rename:
		e.Key = p.free(k.Name, e.Key, e.from)
		p.entries = append(p.entries, e)
		return
	case Replace:
		p.entries = slices.DeleteFunc(p.entries, func(o entry) bool { return o.from != e.from && o.Key == e.Key })
		p.entries = append(p.entries, e)
	}
	if !same || of == Reject {
		x.losses = append(x.losses, loss{e.from, e.Key, of})
	}
}

// taken reports whether somebody other than from has the key.
func (p *place) taken(key string, from int) bool {
	return p.fixed.Has(key) ||
		slices.ContainsFunc(p.entries, func(o entry) bool { return o.from != from && o.Key == key })
}

// same reports whether all that e collides with is equal to it.
func (p *place) same(e entry) bool {
	return !p.fixed.Has(e.Key) && !slices.ContainsFunc(p.entries, func(o entry) bool {
		return o.from != e.from && o.Key == e.Key && !equal(o.Attr, e.Attr)
	})
}

// free returns a name for the layer's key that nobody has.
func (p *place) free(layer, key string, from int) string {
	name := key
	if layer != "" {
		name = layer + "." + key
		if !p.taken(name, from) {
			return name
		}
	}
	for i := 2; ; i++ {
		if numbered := name + "#" + strconv.Itoa(i); !p.taken(numbered, from) {
			return numbered
		}
	}
}

// of returns the attributes of the user: fromRecord or, at the root, fromWith.
func (x *resolution) of(from int) []slog.Attr {
	p := x.root
	if from == fromRecord {
		p = x.inner
	}
	return p.pick(func(e entry) bool { return e.from == from })
}

// withInGroup returns those of WithAttrs in the group that is open.
func (x *resolution) withInGroup() []slog.Attr {
	return x.inner.pick(func(e entry) bool { return e.from == fromWith })
}

// static returns the attributes of static layers.
func (x *resolution) static() []slog.Attr {
	return x.root.pick(func(e entry) bool { return e.from >= 0 && x.links[e.from].static != nil })
}

// dynamic returns those of other layers at p.
func (x *resolution) dynamic(p *place) []slog.Attr {
	return p.pick(func(e entry) bool { return e.from >= 0 && x.links[e.from].static == nil })
}

func (p *place) pick(want func(entry) bool) (attrs []slog.Attr) {
	for _, e := range p.entries {
		if want(e) {
			attrs = append(attrs, e.Attr)
		}
	}
	return attrs
}

// tell tells the layers' ErrorHandlers of what is lost, but for what they were told before. It returns what was
// rejected.
func (h *Handler) tell(ctx context.Context, r slog.Record, losses []loss) (rejected error) {
	for _, l := range losses {
		if slices.Contains(h.told, l) {
			continue
		}
		if err := h.chain.links[l.layer].tell(ctx, r, l); l.of == Reject {
			rejected = errors.Join(rejected, err)
		}
	}
	return rejected
}
