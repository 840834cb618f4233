package factory

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// redacted stands for an attribute whose ReplaceAttr panicked: rather nothing than what should not be seen.
const redacted = "!PANIC in ReplaceAttr"

// replaced passes attrs, which are in groups, through the ReplaceAttr of links.
func replaced(links []*link, groups []string, attrs []slog.Attr) []slog.Attr {
	for _, k := range links {
		if k.ReplaceAttr == nil {
			continue
		}
		x := replacer{link: k}
		attrs, _ = x.replace(groups, attrs)
		if x.err != nil {
			_ = k.fail(context.Background(), slog.Record{}, x.err) // nobody is there to be returned an error to
		}
	}
	return attrs
}

// replace passes the attributes of the record, and those of the layers so far, through the layer's ReplaceAttr. All
// others have been.
func (x *layout) replace(k *link) error {
	by := replacer{link: k}
	n := x.with
	for i := x.with; i < len(x.attrs); i++ {
		from, a, keep := x.from[i], x.attrs[i], true
		if !x.static(from) {
			if a, keep = by.replaceOne(x.groups(from), a); !keep || !identical(&a, &x.attrs[i]) {
				x.own = x.own || from == fromRecord
				x.shown = 0
				x.keys(x.inside(from)).Add(a.Key)
			}
		}
		if keep {
			x.attrs[n], x.from[n] = a, from
			n++
		}
	}
	x.truncate(n)
	if !regular(x.attrs[x.with:]) {
		x.spread()
	}
	return by.err
}

// spread puts the members of inline groups in the place of these.
func (x *layout) spread() {
	attrs, from := slices.Clone(x.attrs[x.with:]), slices.Clone(x.from[x.with:])
	x.truncate(x.with)
	for i := range attrs {
		x.put(from[i], flatten(attrs[i:i+1])...)
	}
}

// A replacer passes attributes through a layer's ReplaceAttr.
type replacer struct {
	*link
	err error // what that panicked with
}

// replace returns attrs itself, and false, if nothing changes.
func (x *replacer) replace(groups []string, attrs []slog.Attr) (replaced []slog.Attr, changed bool) {
	for i, a := range attrs {
		b, keep := x.replaceOne(groups, a)
		if !changed {
			if keep && identical(&a, &b) {
				continue
			}
			changed = true
			replaced = slices.Clone(attrs[:i])
		}
		if keep {
			replaced = append(replaced, b)
		}
	}
	if !changed {
		return attrs, false
	}
	return replaced, true
}

// replaceOne reports in keep whether anything is left of a.
func (x *replacer) replaceOne(groups []string, a slog.Attr) (_ slog.Attr, keep bool) {
	resolve(&a.Value)
	if a.Value.Kind() == slog.KindGroup {
		return x.replaceGroup(groups, a)
	}
	b, err := x.call(groups, a)
	if err != nil {
		x.err = join(x.err, fmt.Errorf("ReplaceAttr of %q: %w", a.Key, err))
		return slog.String(a.Key, redacted), true
	}
	return b, b.Key != "" || !b.Equal(slog.Attr{})
}

// replaceGroup passes the members of a group, as log/slog does, and not the group itself.
func (x *replacer) replaceGroup(groups []string, a slog.Attr) (_ slog.Attr, keep bool) {
	if a.Key != "" {
		groups = append(slices.Clip(groups), a.Key)
	}
	members, changed := x.replace(groups, a.Value.Group())
	if changed {
		a.Value = slog.GroupValue(members...)
	}
	return a, len(members) > 0
}

func (x *replacer) call(groups []string, a slog.Attr) (b slog.Attr, err error) {
	defer safe.Recover(&err)
	return x.ReplaceAttr(groups, a), nil
}
