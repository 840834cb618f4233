package factory

import (
	"context"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/keys"
)

// ready is what a Handler makes of next when it is derived, so that a record without collisions has little left to do.
type ready struct {
	root, inner slog.Handler     // next with the static attributes and those of the root; with all scopes
	static      []slog.Attr      // those in root,
	with        int              // and how many of the root scope's are
	inject      *encode.Injector // of inner; nil if it takes no attributes beside the record's
	atRoot      keys.Set         // what is taken there, the record apart,
	inGroup     keys.Set         // and in the group that is open
	groups      []string         // the names of those that are open
	nothing     encode.Injected  // no attributes; refuses what the static ones do
}

// prepare makes everything from next, scopes and the static links, and tells of what collides.
func (h *Handler) prepare() {
	x := h.resolve(nil, nil)
	h.static = x.static()
	with := x.of(fromWith)
	h.with = len(with)
	h.root = h.next
	for _, attrs := range [][]slog.Attr{h.static, with} {
		if len(attrs) > 0 {
			h.root = h.root.WithAttrs(slices.Clone(attrs)) // a handler owns the slice it is given
		}
	}
	h.inner = h.root
	for _, s := range h.scopes[1:] {
		h.inner = h.inner.WithGroup(s.name)
		if len(s.attrs) > 0 {
			h.inner = h.inner.WithAttrs(slices.Clone(s.attrs))
		}
	}
	_ = h.tell(context.Background(), slog.Record{}, x.losses)
	h.told = slices.Concat(h.told, x.losses)
	h.finish()
}

// finish makes what follows from root and inner.
func (h *Handler) finish() {
	h.inject = nil
	if i, ok := h.inner.(interface{ Injector() *encode.Injector }); ok {
		h.inject = i.Injector()
	}
	h.groups = nil
	for _, s := range h.scopes[1:] {
		h.groups = append(h.groups, s.name)
	}
	h.atRoot, h.inGroup, h.nothing = h.fixed(), keys.Set{}, encode.Injected{}
	var static keys.Set
	for _, a := range h.static {
		static.Add(a.Key)
	}
	h.atRoot.AddAll(&static)
	for _, a := range h.scopes[0].attrs {
		h.atRoot.Add(a.Key)
	}
	if h.grouped() {
		for _, a := range h.innermost().attrs {
			h.inGroup.Add(a.Key)
		}
	} else if !static.Empty() {
		h.nothing.Refuse = &static
	}
}

// fixed are the keys at the root that nothing can remove.
func (h *Handler) fixed() (s keys.Set) {
	for _, key := range []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, slog.SourceKey} {
		s.Add(key)
	}
	if h.grouped() {
		s.Add(h.scopes[1].name)
	}
	return s
}

// clashes reports whether the key of a, which is new at the root, is that of a static attribute.
func (h *Handler) clashes(a slog.Attr) bool {
	return slices.ContainsFunc(h.static, func(s slog.Attr) bool { return s.Key == a.Key })
}

// send hands r on with in. It does nothing and returns true if r has a key that in refuses.
func (h *Handler) send(ctx context.Context, r *slog.Record, in *encode.Injected) (refused bool, err error) {
	switch {
	case h.inject != nil && (in.Refuse != nil || len(in.Inner)+len(in.Root) > 0):
		return h.inject.Handle(ctx, r, in)
	case in.Refuse != nil && refuses(in, r):
		return true, nil
	case len(in.Root) > 0:
		return false, h.root.Handle(ctx, h.nested(r, in))
	case len(in.Inner) > 0:
		r2 := r.Clone()
		r2.AddAttrs(in.Inner...)
		return false, h.inner.Handle(ctx, r2)
	default:
		return false, h.inner.Handle(ctx, *r)
	}
}

func refuses(in *encode.Injected, r *slog.Record) (refused bool) {
	r.Attrs(func(a slog.Attr) bool {
		refused = in.Refuses(&a)
		return !refused
	})
	return refused
}
