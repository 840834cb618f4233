package factory

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// chain is what handlers derived from one have in common: the layers, in the order in which a record meets them.
type chain struct {
	links     []*link
	perRecord bool // some link has something to do for each record,
	laidOut   bool // and needs the record's attributes in a slice
}

// link is a Layer that is ready to run. Its Factory is one of three sorts.
type link struct {
	Layer
	static []slog.Attr // of Attrs: formatted in advance
	add    adder       // of FromContext and most of the ready layers: needs no record
	custom Factory     // any other

	telling *reentry.Guard // an ErrorHandler that logs through us is not told of what it causes
}

func newLink(l Layer) *link {
	k := &link{Layer: l, telling: new(reentry.Guard)}
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
		k.custom = l.Factory
	case l.InGroup: // another group each time
		k.add = func(_ context.Context, _ logCall, to []slog.Attr) []slog.Attr { return append(to, p.attrs...) }
	default:
		k.static = flatten(p.attrs)
	}
	return k
}

// newChain makes a chain of links, of which the first n are new: the attributes that these know in advance have to pass
// the ReplaceAttr of the layers after theirs.
func newChain(links []*link, n int) *chain {
	c := &chain{links: links}
	for i, k := range links {
		c.perRecord = c.perRecord || k.add != nil || k.custom != nil || k.ReplaceAttr != nil
		c.laidOut = c.laidOut || k.custom != nil || k.ReplaceAttr != nil
		if i < n && k.static != nil {
			k.static = replaced(links[i+1:], nil, k.static)
		}
	}
	return c
}

// replaced passes attrs, which are in groups, through the ReplaceAttr of links.
func replaced(links []*link, groups []string, attrs []slog.Attr) []slog.Attr {
	for _, k := range links {
		if k.ReplaceAttr != nil {
			attrs, _ = k.replace(groups, attrs)
		}
	}
	return attrs
}

// call lets the Factory of a custom link change r.
func (k *link) call(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	*r = k.custom(ctx, *r)
	return nil
}

// append runs an adder.
func (k *link) append(ctx context.Context, call logCall, attrs []slog.Attr) (_ []slog.Attr, err error) {
	defer safe.Recover(&err)
	return k.add(ctx, call, attrs), nil
}

// tell gives err to the layer's ErrorHandler and returns it.
func (k *link) tell(ctx context.Context, r slog.Record, err error) error {
	err = fmt.Errorf("factory: layer %q: %w", k.Name, err)
	k.telling.Do(func() {
		// There is nobody left to tell of a panic here.
		_ = safe.Do(func() error {
			k.ErrorHandler(ctx, r, err)
			return nil
		})
	})
	return err
}
