package factory

import (
	"context"
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/keys"
)

// additions are what layers add to one record if none of them looks at it. As long as no keys collide they stay apart
// from the record, which is not touched.
type additions struct {
	in          encode.Injected
	byLayer     [][]slog.Attr // the same
	inner, root keys.Filter   // the keys at both places, but for the record's
	collide     bool          // some do
}

var pooledAdditions = sync.Pool{New: func() any { return new(additions) }}

// free returns x to the pool, with nothing of the record.
func (x *additions) free() {
	const maxPooled = 256 // attributes
	if cap(x.in.Inner)+cap(x.in.Root) > maxPooled {
		return
	}
	x.in = encode.Injected{Inner: emptied(x.in.Inner), Root: emptied(x.in.Root)}
	clear(x.byLayer)
	x.byLayer = x.byLayer[:0]
	pooledAdditions.Put(x)
}

// handleAdding has layers add to r that need not look at it, and hands it on.
func (h *Handler) handleAdding(ctx context.Context, r slog.Record) error {
	x := pooledAdditions.Get().(*additions)
	failed := x.gather(ctx, h, &r)
	var err error
	refused := x.collide
	if !refused {
		refused, err = h.send(ctx, &r, &x.in)
	}
	if refused {
		err = h.handleColliding(ctx, &r, x.byLayer)
	} else {
		err = join(h.rejected, err)
	}
	x.free() // not deferred: after a panic it is garbage
	return join(failed, err)
}

// gather gathers what the layers add. Where no group is open all of it is in the inner place.
func (x *additions) gather(ctx context.Context, h *Handler, r *slog.Record) (failed error) {
	x.collide, x.inner, x.root = false, h.atRoot, h.atRoot
	if h.grouped() {
		x.inner = h.inGroup
	} else {
		x.in.Ahead = h.static
	}
	for _, k := range h.chain.links {
		var added []slog.Attr
		if k.add != nil {
			var err error
			if added, err = x.gatherFrom(ctx, h, k, r); err != nil {
				failed = join(failed, k.fail(ctx, *r, err))
			}
		}
		x.byLayer = append(x.byLayer, added)
	}
	if len(x.in.Inner)+len(x.in.Ahead) > 0 {
		x.in.Refuse = &x.inner
	}
	return failed
}

// gatherFrom gathers what k adds.
func (x *additions) gatherFrom(ctx context.Context, h *Handler, k *link, r *slog.Record) ([]slog.Attr, error) {
	inGroup := h.grouped() && k.InGroup
	to, there := &x.in.Inner, &x.inner
	if h.grouped() && !inGroup {
		to, there = &x.in.Root, &x.root
	}
	before := *to
	all, err := k.appendTo(ctx, r, before)
	*to = all
	added := all[len(before):]
	for i := range added {
		key := added[i].Key
		if there.Add(key) && (h.taken(key, inGroup) || hasKey(before, key)) {
			x.collide = true
		}
	}
	return added, err
}

// handleColliding hands r on if keys collide. added are the attributes of layers that are not static, by layer.
func (h *Handler) handleColliding(ctx context.Context, r *slog.Record, added [][]slog.Attr) error {
	x := newLayout(h, r)
	for i, k := range h.chain.links {
		x.add(i, k.static)
		if i < len(added) {
			x.add(i, added[i])
		}
	}
	err := x.deliver(ctx, r, nil)
	x.free()
	return err
}
