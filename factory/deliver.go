package factory

import (
	"context"
	"errors"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// deliver hands r on with what the layers have added.
func (x *run) deliver(ctx context.Context, h *Handler, r *slog.Record) error {
	if x.own {
		*r = newRecord(r, x.attrs[:x.user])
	}
	if !x.sort(h) {
		return x.resolve(ctx, h, r)
	}
	if x.complete(h) {
		return h.inner.Handle(ctx, x.record)
	}
	refused, err := h.send(ctx, r, &x.in)
	if refused {
		return x.resolve(ctx, h, r)
	}
	return err
}

// complete reports whether the record that the Factories have seen is the one to hand on: not if it shows static
// attributes, too.
func (x *run) complete(h *Handler) bool {
	if x.current == 0 || x.current < len(x.attrs) || h.grouped() {
		return false
	}
	for i := range x.attrs {
		if i < x.user && (x.attrs[i].Key == "" || x.inner.Has(x.attrs[i].Key)) {
			return false
		}
		if i >= x.user && h.chain.links[x.from[i]].static != nil {
			return false
		}
	}
	return true
}

// sort puts what the layers have added where it belongs. It returns false if keys collide.
func (x *run) sort(h *Handler) bool {
	for i := x.user; i < len(x.attrs); {
		from := x.from[i]
		end := i + 1
		for end < len(x.attrs) && x.from[end] == from {
			end++
		}
		if k := h.chain.links[from]; k.static == nil && !x.place(h, k, x.attrs[i:end]) {
			return false
		}
		i = end
	}
	if !h.grouped() && h.nothing.Refuse != nil {
		x.inner.AddAll(h.nothing.Refuse)
	}
	if !x.inner.Empty() {
		x.in.Refuse = &x.inner
	}
	return true
}

// place takes the attributes of one layer. Where no group is open all are in the inner place.
func (x *run) place(h *Handler, k *link, attrs []slog.Attr) bool {
	taken, added, to := &h.atRoot, &x.root, &x.in.Root
	switch {
	case !h.grouped():
		added, to = &x.inner, &x.in.Inner
	case k.InGroup:
		taken, added, to = &h.inGroup, &x.inner, &x.in.Inner
	}
	for i := range attrs {
		if key := attrs[i].Key; taken.Has(key) || added.Has(key) {
			return false
		}
	}
	for i := range attrs {
		added.Add(attrs[i].Key)
	}
	*to = append(*to, attrs...)
	return true
}

// resolve is deliver where keys collide. If only attributes of the record or of this run are concerned, what next has
// formatted in advance is still good.
func (x *run) resolve(ctx context.Context, h *Handler, r *slog.Record) error {
	var added []entry
	for i, a := range x.attrs[x.user:] {
		if from := x.from[x.user+i]; h.chain.links[from].static == nil {
			added = append(added, entry{a, from})
		}
	}
	res := h.resolve(attrsOf(nil, r), added)
	rejected := h.tell(ctx, *r, res.losses)
	in := &encode.Injected{Inner: res.dynamic(res.inner)}
	if h.grouped() {
		in.Root = res.dynamic(res.root)
	}
	own := newRecord(r, res.of(fromRecord))
	var err error
	if h.unaffected(res) {
		_, err = h.send(ctx, &own, in)
	} else {
		err = h.next.Handle(ctx, h.whole(&own, res, in))
	}
	return errors.Join(rejected, err)
}

// unaffected reports whether static attributes and those of WithAttrs come out as they were formatted in advance.
func (h *Handler) unaffected(res *resolution) bool {
	static := res.static()
	if len(static) != len(h.static) || len(res.of(fromWith)) != h.with {
		return false
	}
	for i, a := range static {
		if a.Key != h.static[i].Key {
			return false
		}
	}
	return !h.grouped() || len(res.withInGroup()) == len(h.innermost().attrs)
}

// whole returns a record with everything for next itself.
func (h *Handler) whole(r *slog.Record, res *resolution, in *encode.Injected) slog.Record {
	all := append(res.static(), res.of(fromWith)...)
	own := append(attrsOf(nil, r), in.Inner...)
	if h.grouped() {
		own = h.nest(append(res.withInGroup(), own...))
	}
	all = append(append(all, own...), in.Root...)
	return newRecord(r, all)
}
