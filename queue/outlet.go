package queue

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
)

// outlet is a handler of a Listener.
type outlet struct {
	root        *snapshot.Root
	ignoreLevel bool
	teller      *teller
	page        *page                     // nil: records go one by one
	targets     map[*snapshot.With]target // those derived lately
}

// target is the handler of an outlet, or derived from it.
type target struct {
	slog.Handler
	inject *encode.Injector // what puts records on the page; nil: they go one by one
}

func newOutlet(h slog.Handler, ignoreLevel bool, t *teller) *outlet {
	return &outlet{
		root: &snapshot.Root{Handler: h}, ignoreLevel: ignoreLevel, teller: t,
		page: newPage(h), targets: map[*snapshot.With]target{},
	}
}

// handle hands the record in s to the handler, or keeps it for write.
func (o *outlet) handle(s *slot) (kept bool) {
	t := o.target(s)
	switch {
	case !o.wants(t, s):
		return false
	case t.inject != nil:
		return o.page.add(t.inject, s)
	}
	o.write() // what came before
	if err := o.serve(t, s); err != nil {
		_ = o.teller.tell(s.context(), s.record, err)
	}
	return false
}

func (o *outlet) wants(t target, s *slot) bool {
	switch {
	case o.ignoreLevel:
		return true
	case t.inject != nil: // our own, which does not look at the context
		return enabled(context.Background(), t.Handler, s.record.Level)
	default:
		return enabled(s.context(), t.Handler, s.record.Level)
	}
}

func (o *outlet) serve(t target, s *slot) (err error) {
	defer safe.Recover(&err)
	return t.Handle(s.context(), s.record.Clone())
}

// target returns the handler that has been given what s.with says.
func (o *outlet) target(s *slot) target {
	if t, ok := o.targets[s.with]; ok {
		return t
	}
	h, err := s.with.On(o.root)
	if err != nil {
		_ = o.teller.tell(s.context(), s.record, err)
	}
	const most = 256 // programs that derive a logger for each request have no end of them
	if len(o.targets) >= most {
		clear(o.targets)
	}
	t := target{h, o.page.takes(h)}
	o.targets[s.with] = t
	return t
}

// write writes what has been kept.
func (o *outlet) write() {
	if o.keeps() {
		o.page.write()
	}
}

func (o *outlet) keeps() bool { return o.page != nil && len(o.page.ends) > 0 }
