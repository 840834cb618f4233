package factory

import (
	"context"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/reported"
)

// deliver tells of what is lost and hands r on with what the layers have added. shown is the record that Factories have
// seen.
func (x *layout) deliver(ctx context.Context, r, shown *slog.Record) error {
	rejected := x.h.tell(ctx, *r, x.losses)
	to := &x.h.target
	if x.collided && !x.untouched() {
		t := newTarget(x.h.next, x.of(x.static), x.scopes())
		to = &t
	}
	if x.complete() {
		return join(rejected, to.inner.Handle(ctx, *shown))
	}
	if x.own {
		*r = newRecord(r, x.of(func(from int) bool { return from == fromRecord }))
	}
	in := x.injected()
	_, err := to.send(ctx, r, &in)
	return join(rejected, err)
}

// untouched reports whether what was formatted in advance is as it should be.
func (x *layout) untouched() bool {
	static := x.h.static
	for i, from := range x.from {
		if !x.static(from) {
			continue
		}
		if len(static) == 0 || x.attrs[i].Key != static[0].Key {
			return false
		}
		// The key may be the same text elsewhere, if it was made by Rename.
		if a := (slog.Attr{Key: static[0].Key, Value: x.attrs[i].Value}); !identical(&a, &static[0]) {
			return false
		}
		static = static[1:]
	}
	with := len(x.h.target.scopes[0].attrs)
	if x.h.grouped() {
		with += len(x.h.innermost().attrs)
	}
	return len(static) == 0 && x.with == with
}

// complete reports whether the record that Factories have seen has all, and nothing that is formatted in advance.
func (x *layout) complete() bool {
	return x.shown > 0 && x.shown == len(x.attrs)-x.with && !x.h.grouped() && !x.h.chain.static
}

// injected returns what the layers have added to the record.
func (x *layout) injected() encode.Injected {
	for i, from := range x.from {
		switch {
		case from < 0 || x.static(from):
		case x.inside(from) || !x.h.grouped():
			x.inner = append(x.inner, x.attrs[i])
		default:
			x.root = append(x.root, x.attrs[i])
		}
	}
	return encode.Injected{Inner: x.inner, Root: x.root}
}

// tell tells the layers' ErrorHandlers of what is lost, but for what they were told before. It returns what was rejected,
// and what ErrorHandlers panic with.
func (h *Handler) tell(ctx context.Context, r slog.Record, losses []loss) (errs error) {
	for _, l := range losses {
		err := l.by.named(l)
		if l.of == Reject {
			errs = join(errs, reported.Mark(err))
		}
		if !slices.Contains(h.told, l) {
			errs = join(errs, l.by.tell(ctx, r, err))
		}
	}
	return errs
}
