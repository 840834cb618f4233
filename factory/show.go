package factory

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	inplace "github.com/slogkit-go/slogkit/internal/layout"
)

// handleShown passes r through layers of which some look at it, and hands it on.
func (h *Handler) handleShown(ctx context.Context, r slog.Record) error {
	x := newLayout(h, &r)
	level := r.Level
	var shown slog.Record
	err := x.through(ctx, &r, &shown)
	if r.Level == level || h.inner.Enabled(ctx, r.Level) {
		err = join(err, x.deliver(ctx, &r, &shown))
	}
	x.free() // not deferred: after a panic it is garbage
	return err
}

// through lets each layer do its work. shown is the record that Factories are given.
func (x *layout) through(ctx context.Context, r, shown *slog.Record) (errs error) {
	for i, k := range x.h.chain.links {
		var err error
		if k.ReplaceAttr != nil {
			err = x.replace(k)
		}
		switch {
		case k.custom != nil:
			err = join(err, x.call(ctx, i, r, shown))
		case k.add != nil:
			err = join(err, x.addFrom(ctx, i, r))
		case k.static != nil:
			x.add(i, k.static)
		}
		if err != nil {
			errs = join(errs, k.fail(ctx, *r, err))
		}
	}
	return errs
}

// addFrom runs an adder.
func (x *layout) addFrom(ctx context.Context, layer int, r *slog.Record) (err error) {
	x.spare, err = x.h.chain.links[layer].appendTo(ctx, r, x.spare)
	x.add(layer, x.spare)
	x.spare = emptied(x.spare)
	return err
}

// call calls a Factory that may be anything, and takes over what it has changed and added.
func (x *layout) call(ctx context.Context, layer int, r, shown *slog.Record) error {
	x.show(r, shown)
	if err := x.h.chain.links[layer].call(ctx, shown); err != nil {
		x.shown = 0
		return err
	}
	r.Time, r.Message, r.Level, r.PC = shown.Time, shown.Message, shown.Level, shown.PC
	if !x.appended(shown) {
		x.shown = 0
		return x.sift(layer, shown)
	}
	inline := !regular(x.spare)
	if x.add(layer, flatten(x.spare)) && !inline {
		x.shown = len(x.attrs) - x.with
	} else {
		x.shown = 0
	}
	x.spare = emptied(x.spare)
	return nil
}

// show makes shown the record with the attributes that are there now.
func (x *layout) show(r, shown *slog.Record) {
	there := x.attrs[x.with:]
	switch {
	case x.shown == 0:
		*shown = newRecord(r, there)
	case x.shown < len(there):
		shown.AddAttrs(there[x.shown:]...)
	}
	_, x.back = inplace.Attrs(shown)
}

// appended puts into spare what shown has in addition. It returns false if that is not the only difference.
func (x *layout) appended(shown *slog.Record) bool {
	front, back := inplace.Attrs(shown)
	there := x.attrs[x.with:]
	n := min(len(there), len(front))
	if !allIdentical(there[:n], front[:n]) {
		return false
	}
	there, front = there[n:], front[n:]
	if len(there) > len(back) {
		return false
	}
	same := 0 // what is in the memory where it was before: AddAttrs never changes that
	if len(x.back) > 0 && len(back) >= len(x.back) && &back[0] == &x.back[0] {
		same = min(len(x.back), len(there))
	}
	if !allIdentical(there[same:], back[same:len(there)]) {
		return false
	}
	x.spare = append(append(x.spare, front...), back[len(there):]...)
	return true
}

// sift takes over what is new in a record that is anything else than the one before with attributes appended.
func (x *layout) sift(layer int, shown *slog.Record) error {
	missing := slices.Clone(x.attrs[x.with:])
	var added []slog.Attr
	shown.Attrs(func(a slog.Attr) bool {
		if j := slices.IndexFunc(missing, func(m slog.Attr) bool { return identical(&m, &a) }); j >= 0 {
			missing = slices.Delete(missing, j, j+1)
		} else {
			added = append(added, a)
		}
		return true
	})
	x.add(layer, flatten(added))
	for _, m := range missing {
		if !slices.ContainsFunc(added, func(a slog.Attr) bool { return a.Key == m.Key }) {
			return fmt.Errorf("%q: a Factory cannot remove an attribute", m.Key)
		}
	}
	return nil
}
