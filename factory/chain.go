package factory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// chain is what handlers derived from one have in common: the layers, in the order in which a record meets them.
type chain struct {
	links []*link

	// Whether some link
	static bool // has attributes that are formatted in advance,
	adds   bool // has other ones for each record,
	looks  bool // is shown the record,
	global bool // is shown it if Set has installed a Factory.
}

// link is a Layer that is ready to run. Its Factory is one of three sorts.
type link struct {
	Layer
	static []slog.Attr // of Attrs: formatted in advance
	add    adder       // of FromContext and most of the ready layers: needs no record
	custom Factory     // any other
	global bool        // which is that of Set

	telling *reported.Teller // an ErrorHandler that logs through us is not told of what it causes
}

func newLink(l Layer) *link {
	k := &link{Layer: l, telling: new(reported.Teller)}
	if l.ErrorHandler == nil {
		k.ErrorHandler = slogx.StderrErrors("factory")
	}
	if l.Factory == nil {
		return k
	}
	switch p := ask(l.Factory); {
	case p.add != nil:
		k.add = p.add
	case !p.static:
		k.custom, k.global = l.Factory, p.installed
	case l.InGroup: // another group each time
		k.add = func(_ context.Context, _ logCall, to []slog.Attr) []slog.Attr { return append(to, p.attrs...) }
	default:
		k.static = flatten(resolved(p.attrs))
	}
	return k
}

// newChain makes a chain of links, of which the first n are new: the attributes that these know in advance have to pass
// the ReplaceAttr of the layers after theirs.
func newChain(links []*link, n int) *chain {
	c := &chain{links: links}
	for i, k := range links {
		c.static = c.static || k.static != nil
		c.adds = c.adds || k.add != nil
		c.looks = c.looks || k.custom != nil && !k.global || k.ReplaceAttr != nil
		c.global = c.global || k.global
		if i < n && k.static != nil {
			k.static = flatten(replaced(links[i+1:], nil, k.static))
		}
	}
	return c
}

// call lets the Factory of a custom link change r.
func (k *link) call(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	*r = k.custom(ctx, *r)
	return nil
}

// appendTo appends the attributes of an adder to attrs, with the members of inline groups in the place of these.
func (k *link) appendTo(ctx context.Context, r *slog.Record, attrs []slog.Attr) ([]slog.Attr, error) {
	more, err := k.run(ctx, r, attrs)
	if err != nil {
		return attrs, err
	}
	more, _ = flattenTail(more, len(attrs))
	return more, nil
}

func (k *link) run(ctx context.Context, r *slog.Record, attrs []slog.Attr) (_ []slog.Attr, err error) {
	defer safe.Recover(&err)
	return k.add(ctx, logCall{r.Level, r.PC}, attrs), nil
}

// fail gives err to the layer's ErrorHandler and returns it, marked as seen.
func (k *link) fail(ctx context.Context, r slog.Record, err error) error {
	err = k.named(err)
	return join(reported.Mark(err), k.tell(ctx, r, err))
}

func (k *link) named(err error) error { return fmt.Errorf("factory: layer %q: %w", k.Name, err) }

// join is errors.Join for two, but leaves a single error as it is.
func join(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}

// tell gives err to the layer's ErrorHandler. It returns what that panics with.
func (k *link) tell(ctx context.Context, r slog.Record, err error) (panicked error) {
	k.telling.Tell(ctx, func() {
		panicked = safe.Do(func() error {
			k.ErrorHandler(ctx, r, err)
			return nil
		})
	})
	if panicked != nil {
		return k.named(fmt.Errorf("ErrorHandler: %w", panicked))
	}
	return nil
}
