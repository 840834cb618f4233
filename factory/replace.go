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

// replace passes attrs, which are in groups, through the layer's ReplaceAttr. It returns attrs itself, and false, if
// nothing changes.
func (k *link) replace(groups []string, attrs []slog.Attr) (replaced []slog.Attr, changed bool) {
	for i, a := range attrs {
		b, keep := k.replaceOne(groups, a)
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
func (k *link) replaceOne(groups []string, a slog.Attr) (_ slog.Attr, keep bool) {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() == slog.KindGroup {
		if a.Key != "" {
			groups = append(slices.Clip(groups), a.Key)
		}
		members, changed := k.replace(groups, a.Value.Group())
		if changed {
			a.Value = slog.GroupValue(members...)
		}
		return a, len(members) > 0
	}
	var b slog.Attr
	if err := safe.Do(func() error {
		b = k.ReplaceAttr(groups, a)
		return nil
	}); err != nil {
		_ = k.tell(context.Background(), slog.Record{}, fmt.Errorf("ReplaceAttr of %q: %w", a.Key, err))
		return slog.String(a.Key, redacted), true
	}
	return b, !b.Equal(slog.Attr{})
}
