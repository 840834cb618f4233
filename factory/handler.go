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
	next   slog.Handler // what New was given
	scopes []scope      // what WithGroup and WithAttrs were given; the first is the root
	told   []loss       // the ErrorHandler was told of these when they were found, which was before any record
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
	links := make([]*link, len(layers))
	for i, l := range layers {
		links[i] = newLink(l)
	}
	h := &Handler{next: next, scopes: []scope{{}}}
	if inner, ok := next.(*Handler); ok && len(inner.scopes) == 1 {
		h.next, h.scopes = inner.next, inner.scopes
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
	return h.next.Enabled(ctx, level)
}

// Handle passes r through the layers and to the next handler, whose error it returns, joined with those of layers that
// panicked and of attributes that were rejected.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if !h.chain.perRecord {
		if refused, err := h.send(ctx, &r, &h.nothing); !refused {
			return err
		}
	}
	return h.pass(ctx, r)
}

// WithAttrs returns a Handler whose records begin with attrs, which the next handler formats once.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	attrs = flatten(replaced(h.chain.links, h.groups, attrs))
	if len(attrs) == 0 {
		return h
	}
	last := len(h.scopes) - 1
	h2 := h.derive(slices.Clone(h.scopes))
	h2.scopes[last].attrs = slices.Concat(h.scopes[last].attrs, attrs)
	if last == 0 && slices.ContainsFunc(attrs, h.clashes) {
		h2.prepare()
		return h2
	}
	h2.ready = h.ready
	h2.inner = h.inner.WithAttrs(slices.Clone(attrs)) // a handler owns the slice it is given
	if last == 0 {
		h2.root, h2.with = h2.inner, h.with+len(attrs)
	}
	h2.finish()
	return h2
}

// WithGroup returns a Handler that puts the attributes of the record, and further ones of WithAttrs, into the group
// name; those of layers into the root as before, but for InGroup layers.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	h2 := h.derive(append(slices.Clip(h.scopes), scope{name: name}))
	if len(h.scopes) == 1 && h.clashes(slog.Attr{Key: name}) {
		h2.prepare()
		return h2
	}
	h2.ready = h.ready
	h2.inner = h.inner.WithGroup(name)
	h2.finish()
	return h2
}

// Unwrap returns the handler that New was given.
func (h *Handler) Unwrap() slog.Handler { return h.next }

func (h *Handler) derive(scopes []scope) *Handler {
	return &Handler{chain: h.chain, next: h.next, scopes: scopes, told: h.told}
}

// grouped reports whether a group is open.
func (h *Handler) grouped() bool { return len(h.scopes) > 1 }

// innermost is where the attributes of a record belong.
func (h *Handler) innermost() *scope { return &h.scopes[len(h.scopes)-1] }
