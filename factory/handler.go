package factory

import (
	"context"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/slogx"
)

// Handler passes records through a chain of layers and on to another handler.
type Handler struct {
	chain  *chain
	next   slog.Handler // of the last layer
	scopes []scope      // what WithGroup and WithAttrs were given; the first is the root
	groups []string     // the names of the others
	told   []loss       // the ErrorHandlers were told of these when they were found, which was before any record
	ready
}

// scope is a group that is open, or the root, and the attributes of WithAttrs in it.
type scope struct {
	name  string
	attrs []slog.Attr
}

// New returns a Handler that passes each record through the layers, the first one first, and then to next. If next is
// itself a Handler without open groups its layers follow in the same pass.
func New(next slog.Handler, layers ...Layer) *Handler {
	h := &Handler{next: next, scopes: []scope{{}}}
	links := make([]*link, len(layers))
	for i, l := range layers {
		links[i] = newLink(l)
	}
	if inner, ok := next.(*Handler); ok && !inner.grouped() {
		h.next, h.scopes, h.told = inner.next, inner.scopes, inner.told
		links = append(links, inner.chain.links...)
	}
	h.chain = newChain(links, len(layers))
	h.prepare()
	return h
}

// Middleware returns [New] as a middleware.
func Middleware(layers ...Layer) slogx.Middleware {
	layers = slices.Clone(layers)
	return func(next slog.Handler) slog.Handler { return New(next, layers...) }
}

// Enabled asks the next handler. A record whose level a layer changes is asked for again.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.inner.Enabled(ctx, level)
}

// Handle passes r through the layers and to the next handler, whose error it returns, joined with those of layers that
// panicked and of attributes that were rejected.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case h.chain.looks || h.chain.global && current.Load() != nil:
		return h.handleShown(ctx, r)
	case h.chain.adds:
		return h.handleAdding(ctx, r)
	}
	refused, err := h.send(ctx, &r, &h.nothing)
	if refused {
		return h.handleColliding(ctx, &r, nil)
	}
	return join(h.rejected, err)
}

// WithAttrs returns a Handler whose records begin with attrs, which are resolved now and formatted once.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	attrs = flatten(resolved(replaced(h.chain.links, h.groups, attrs)))
	if len(attrs) == 0 {
		return h
	}
	h2 := h.derive(withAttrs(h.scopes, attrs))
	if !h.grouped() && slices.ContainsFunc(attrs, h.clashes) {
		h2.prepare()
	} else {
		h2.follow(h, h.target.withAttrs(attrs))
	}
	return h2
}

// WithGroup returns a Handler that puts the attributes of the record, and further ones of WithAttrs, into the group
// name; those of layers into the root as before, but for InGroup layers.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	h2 := h.derive(append(slices.Clip(h.scopes), scope{name: name}))
	h2.groups = append(slices.Clip(h.groups), name)
	if !h.grouped() && h.clashes(slog.Attr{Key: name}) {
		h2.prepare()
	} else {
		h2.follow(h, h.target.withGroup(name))
	}
	return h2
}

// Unwrap returns the handler that records go to in the end: the one that New was given, or, if that was a Handler whose
// layers follow in the same pass, the one under it.
func (h *Handler) Unwrap() slog.Handler { return h.next }

// derive returns a Handler that is yet to be made ready.
func (h *Handler) derive(scopes []scope) *Handler {
	return &Handler{chain: h.chain, next: h.next, scopes: scopes, groups: h.groups, told: h.told}
}

// clashes reports whether the key of a, which is new at the root, is that of a static attribute.
func (h *Handler) clashes(a slog.Attr) bool {
	return slices.ContainsFunc(h.static, func(s slog.Attr) bool { return s.Key == a.Key })
}

// grouped reports whether a group is open.
func (h *Handler) grouped() bool { return len(h.scopes) > 1 }

// innermost is where the attributes of a record belong.
func (h *Handler) innermost() *scope { return &h.scopes[len(h.scopes)-1] }
