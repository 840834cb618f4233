package factory

import (
	"context"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/keys"
)

// ready is what a Handler makes when it is derived, so that little is left to do for a record without collisions.
type ready struct {
	target
	static   []slog.Attr     // those that target has
	rejected error           // of the static layers
	atRoot   keys.Filter     // what is taken there, the record apart,
	inGroup  keys.Filter     // and in the group that is open
	nothing  encode.Injected // no attributes but those of static
}

// prepare makes everything from next, scopes and static layers, and tells of what collides.
func (h *Handler) prepare() {
	x := newLayout(h, &slog.Record{})
	defer x.free()
	for i, k := range h.chain.links {
		x.add(i, k.static)
	}
	h.static = x.of(x.static)
	h.tellAhead(x.losses)
	h.finish(newTarget(h.next, h.static, x.scopes()))
}

// tellAhead tells of losses that concern every record, once. What is rejected is for each Handle to return.
func (h *Handler) tellAhead(losses []loss) {
	_ = h.tell(context.Background(), slog.Record{}, losses) // nobody is there to be returned an error to
	for _, l := range losses {
		if !slices.Contains(h.told, l) {
			h.told = append(slices.Clip(h.told), l)
		}
	}
	h.rejected = h.tell(context.Background(), slog.Record{}, losses) // which tells nobody by now
}

// follow makes everything from what parent has. t is its target, derived.
func (h *Handler) follow(parent *Handler, t target) {
	h.static, h.rejected = parent.static, parent.rejected
	h.finish(t)
}

// finish makes what follows from t and static.
func (h *Handler) finish(t target) {
	h.target = t
	h.atRoot = builtInKeys
	addKeys(&h.atRoot, h.static)
	addKeys(&h.atRoot, t.scopes[0].attrs)
	switch {
	case h.grouped():
		h.atRoot.Add(h.groups[0])
		addKeys(&h.inGroup, h.innermost().attrs)
	case len(h.static) > 0:
		h.nothing = encode.Injected{Ahead: h.static, Refuse: &h.atRoot}
	}
}

func addKeys(to *keys.Filter, attrs []slog.Attr) {
	for i := range attrs {
		to.Add(attrs[i].Key)
	}
}

var builtIns = []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, slog.SourceKey}

var builtInKeys = func() (f keys.Filter) {
	for _, key := range builtIns {
		f.Add(key)
	}
	return f
}()

// immovable reports whether key, at the root, is that of a built-in or of the open group.
func (h *Handler) immovable(key string) bool {
	return slices.Contains(builtIns, key) || h.grouped() && key == h.groups[0]
}

// taken reports whether key is taken before there is a record, in the group that is open or at the root.
func (h *Handler) taken(key string, inGroup bool) bool {
	if inGroup {
		return hasKey(h.innermost().attrs, key)
	}
	return h.immovable(key) || hasKey(h.static, key) || hasKey(h.target.scopes[0].attrs, key)
}
