package factory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/keys"
)

// run is one record's way through the layers.
type run struct {
	attrs []slog.Attr // what the layers have added; before that what the record had, if the chain wants it laid out
	from  []int       // whose each is
	user  int         // how many are the record's own
	own   bool        // they are no longer those that the record came with

	record  slog.Record // for the Factories,
	current int         // with so many of attrs; 0: to be made
	viewed  bool        // there is one

	inner, root keys.Set        // of what layers have added
	in          encode.Injected // the same attributes by place
}

var runs = sync.Pool{New: func() any { return new(run) }}

// free returns x to the pool, with nothing of the record.
func (x *run) free() {
	const maxPooled = 256 // attributes
	if cap(x.attrs) > maxPooled {
		return
	}
	clear(x.attrs)
	clear(x.in.Inner)
	clear(x.in.Root)
	x.attrs, x.from, x.user, x.own = x.attrs[:0], x.from[:0], 0, false
	if x.viewed {
		x.record, x.current, x.viewed = slog.Record{}, 0, false
	}
	x.inner.Reset()
	x.root.Reset()
	x.in = encode.Injected{Inner: x.in.Inner[:0], Root: x.in.Root[:0]}
	runs.Put(x)
}

// pass passes r through the layers and hands it on.
func (h *Handler) pass(ctx context.Context, r slog.Record) error {
	x := runs.Get().(*run)
	level := r.Level
	err := x.through(ctx, h, &r)
	if r.Level == level || h.next.Enabled(ctx, r.Level) {
		if e := x.deliver(ctx, h, &r); e != nil {
			err = errors.Join(err, e)
		}
	}
	x.free()
	return err
}

// through lets each layer do its work.
func (x *run) through(ctx context.Context, h *Handler, r *slog.Record) (errs error) {
	if h.chain.laidOut {
		x.layOut(r)
	}
	for i, k := range h.chain.links {
		var err error
		if k.ReplaceAttr != nil {
			x.replace(h, k)
		}
		switch {
		case k.custom != nil:
			err = x.call(ctx, i, k, r)
		case k.add != nil:
			err = x.append(ctx, i, k, r)
		case h.chain.laidOut:
			x.add(i, k.static)
		}
		if err != nil {
			errs = errors.Join(errs, k.tell(ctx, *r, err))
		}
	}
	return errs
}

// append lets an adder append its attributes.
func (x *run) append(ctx context.Context, i int, k *link, r *slog.Record) error {
	before := len(x.attrs)
	attrs, err := k.append(ctx, logCall{r.Level, r.PC}, x.attrs)
	if err != nil {
		return err
	}
	x.attrs = attrs[:before]
	x.add(i, flatten(attrs[before:]))
	return nil
}

func (x *run) layOut(r *slog.Record) {
	x.attrs = attrsOf(x.attrs, r)
	x.user = len(x.attrs)
	for range x.user {
		x.from = append(x.from, fromRecord)
	}
}

func (x *run) add(i int, attrs []slog.Attr) {
	x.attrs = append(x.attrs, attrs...)
	for range attrs {
		x.from = append(x.from, i)
	}
}

// replace passes what is there through the layer's ReplaceAttr. Static attributes have been.
func (x *run) replace(h *Handler, k *link) {
	n, user, changed := 0, x.user, false
	for i, a := range x.attrs {
		b, keep := a, true
		if f := x.from[i]; f < 0 || h.chain.links[f].static == nil {
			var groups []string
			if f < 0 || h.chain.links[f].InGroup {
				groups = h.groups
			}
			b, keep = k.replaceOne(groups, a)
		}
		changed = changed || !keep || !identical(&a, &b)
		switch {
		case keep:
			x.attrs[n], x.from[n] = b, x.from[i]
			n++
		case i < x.user:
			user--
		}
	}
	clear(x.attrs[n:])
	x.attrs, x.from, x.user = x.attrs[:n], x.from[:n], user
	if changed {
		x.own, x.current = true, 0
	}
}

// call calls a Factory that may be anything, and takes over what it has added and changed.
func (x *run) call(ctx context.Context, i int, k *link, r *slog.Record) error {
	x.prepare(r)
	if err := k.call(ctx, &x.record); err != nil {
		x.current = 0
		return err
	}
	r.Time, r.Message, r.Level, r.PC = x.record.Time, x.record.Message, x.record.Level, x.record.PC
	if x.extend(i) {
		x.current = len(x.attrs)
		return nil
	}
	x.current = 0
	return x.take(i)
}

// extend adds what record has more than attrs. It does nothing and returns false if that is not all the difference.
func (x *run) extend(i int) bool {
	attrs, n, same := x.attrs, 0, true
	before := len(attrs)
	x.record.Attrs(func(a slog.Attr) bool {
		if n < before {
			same = identical(&attrs[n], &a)
		} else {
			same = !irregular(&a)
			attrs = append(attrs, a)
		}
		n++
		return same
	})
	if !same || n < before {
		return false
	}
	x.add(i, attrs[before:])
	return true
}

// prepare makes x.record have the attributes in attrs.
func (x *run) prepare(r *slog.Record) {
	x.viewed = true
	switch {
	case x.current == 0 && !x.own && len(x.attrs) == x.user:
		x.record = r.Clone()
	case x.current == 0:
		x.record = newRecord(r, x.attrs)
	case x.current < len(x.attrs):
		x.record.AddAttrs(x.attrs[x.current:]...)
	}
}

// take adds what is new in a record that is anything else than the one before with attributes appended.
func (x *run) take(i int) error {
	missing := slices.Clone(x.attrs)
	var added []slog.Attr
	x.record.Attrs(func(a slog.Attr) bool {
		if j := slices.IndexFunc(missing, func(m slog.Attr) bool { return identical(&m, &a) }); j >= 0 {
			missing = slices.Delete(missing, j, j+1)
		} else {
			added = append(added, a)
		}
		return true
	})
	x.add(i, flatten(added))
	for _, m := range missing {
		if !slices.ContainsFunc(added, func(a slog.Attr) bool { return a.Key == m.Key }) {
			return fmt.Errorf("%q: a Factory cannot remove an attribute", m.Key)
		}
	}
	return nil
}
