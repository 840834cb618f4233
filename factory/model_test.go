package factory_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/slogkit-go/slogkit/factory"
)

// The model does what package factory promises, slowly and obviously: for each record it goes through the layers with a
// list of all attributes, and knows nothing of handlers.

// program is what the model and the Handler both do.
type program struct {
	layers []layer
	steps  []step // With and WithGroup
	record slog.Record

	// The layers from inner on belong to a Handler of their own, which was given the first so many steps.
	inner, early int
	apart        bool // with another middleware in front of it
}

type layer struct {
	factory.Layer
	kind kind
	adds []slog.Attr
}

type kind int

const (
	static     kind = iota // Attrs
	contextual             // FromContext
	appends                // a function that appends,
	rebuilds               // or makes a record of its own, with its attributes at the front
	tells                  // adds the keys that it sees
	none
)

type step struct {
	group string // or
	attrs []slog.Attr
}

// owned is an attribute, whose it is, and in which of the open groups.
type owned struct {
	slog.Attr
	by int // the layer, or one of the two below
	at int // 0: the root
}

const (
	byRecord = -1
	byWith   = -2
)

// outcome is what the model makes of a record.
type outcome struct {
	record   slog.Record // without attributes
	all      []owned
	groups   []string
	told     []string // errors
	rejected bool
}

func (p program) model() outcome {
	if p.apart {
		return p.modelApart()
	}
	out := outcome{record: record(p.record.Message), groups: []string{""}}
	out.record.Level = p.record.Level
	for i, s := range p.steps {
		first := 0
		if i < p.early {
			first = p.inner
		}
		if s.group != "" {
			out.groups = append(out.groups, s.group)
		} else {
			out.put(byWith, len(out.groups)-1, p.ahead(first, out.groups[1:], s.attrs))
		}
	}
	out.put(byRecord, len(out.groups)-1, inlined(attrsOf(p.record)))
	for i, l := range p.layers {
		out.pass(p, i, l)
	}
	return out
}

// pass lets one layer do its work.
func (out *outcome) pass(p program, i int, l layer) {
	if l.ReplaceAttr != nil {
		out.replace(p, l.ReplaceAttr)
	}
	adds := l.adds
	switch {
	case l.ahead():
		adds = p.ahead(i+1, nil, adds)
	case l.kind == tells:
		adds = []slog.Attr{slog.String("tells", keysOf(out.visible()))}
		out.record.Message += "!"
		out.record.Level = slog.LevelWarn
	}
	at := 0
	if l.InGroup {
		at = len(out.groups) - 1
	}
	for _, a := range inlined(adds) {
		out.add(p, owned{a, i, at})
	}
}

// modelApart models the outer Handler, and then the inner one with what that has handed on.
func (p program) modelApart() outcome {
	outer := program{layers: p.layers[:p.inner], steps: p.steps[p.early:], record: p.record}
	out := outer.model()
	inner := program{layers: p.layers[p.inner:], steps: slices.Clone(p.steps[:p.early])}
	parts := out.parts(outer)
	inner.steps = append(inner.steps, step{attrs: parts[0].static}, step{attrs: parts[0].with})
	attrs := parts[0].record
	if len(parts) > 1 && len(parts[0].added) > 0 { // the groups come as attributes
		attrs = out.attrs(outer)[len(parts[0].static)+len(parts[0].with):]
	} else {
		for i, part := range parts[1:] {
			inner.steps = append(inner.steps, step{group: out.groups[i+1]}, step{attrs: part.with})
			attrs = part.record
		}
		attrs = append(attrs, parts[len(parts)-1].added...)
	}
	inner.record = record(out.record.Message, attrs...)
	inner.record.Level = out.record.Level
	all := inner.model()
	all.told, all.rejected = append(all.told, out.told...), all.rejected || out.rejected
	return all
}

// ahead returns attributes that are known before there is a record: they are resolved, and pass the ReplaceAttr of all
// layers from this one on.
func (p program) ahead(layer int, groups []string, attrs []slog.Attr) []slog.Attr {
	attrs = resolved(attrs)
	for _, l := range p.layers[layer:] {
		if l.ReplaceAttr != nil {
			attrs = replaced(l.ReplaceAttr, groups, attrs)
		}
	}
	return inlined(attrs)
}

func (out *outcome) put(by, at int, attrs []slog.Attr) {
	for _, a := range attrs {
		out.all = append(out.all, owned{a, by, at})
	}
}

// replace rewrites what was not known ahead.
func (out *outcome) replace(p program, f func([]string, slog.Attr) slog.Attr) {
	var all []owned
	for _, o := range out.all {
		if o.by == byWith || o.by >= 0 && p.layers[o.by].ahead() {
			all = append(all, o)
			continue
		}
		for _, a := range inlined(replaced(f, out.groups[1:o.at+1], []slog.Attr{o.Attr})) {
			all = append(all, owned{a, o.by, o.at})
		}
	}
	out.all = all
}

// add adds a layer's attribute as its Collision says.
func (out *outcome) add(p program, o owned) {
	l := p.layers[o.by]
	others := func(key string) (others []owned) {
		for _, other := range out.all {
			if other.by != o.by && other.at == o.at && other.Key == key {
				others = append(others, other)
			}
		}
		return others
	}
	immovable := func(key string) bool {
		return o.at == 0 && (slices.Contains([]string{"time", "level", "msg", "source"}, key) ||
			len(out.groups) > 1 && key == out.groups[1])
	}
	taken := func(key string) bool { return immovable(key) || len(others(key)) > 0 }

	policy := l.OnCollision
	switch {
	case !taken(o.Key):
		policy = factory.Both
	case policy == factory.Replace && immovable(o.Key):
		policy = factory.Rename
	}
	lose := func(what string) {
		out.told = append(out.told, fmt.Sprintf("factory: layer %q: %q: key is taken: %s", l.Name, o.Key, what))
	}
	switch policy {
	case factory.Keep, factory.Reject:
		same := func(other owned) bool { return equal(other.Attr, o.Attr) }
		if policy == factory.Reject || !slices.ContainsFunc(others(o.Key), same) {
			lose("the layer's attribute is left out")
		}
		out.rejected = out.rejected || policy == factory.Reject
		return
	case factory.Replace:
		for _, other := range others(o.Key) {
			if !equal(other.Attr, o.Attr) {
				lose("the attribute of " + other.owner(p) + " is replaced")
			}
		}
		out.all = slices.DeleteFunc(out.all, func(other owned) bool {
			return other.by != o.by && other.at == o.at && other.Key == o.Key
		})
	case factory.Rename:
		name := l.Name + "." + o.Key
		o.Key = name
		for n := 2; taken(o.Key); n++ {
			o.Key = fmt.Sprint(name, "#", n)
		}
	}
	out.all = append(out.all, o)
}

func (o owned) owner(p program) string {
	switch o.by {
	case byRecord:
		return "the record"
	case byWith:
		return "logger.With"
	default:
		return fmt.Sprintf("layer %q", p.layers[o.by].Name)
	}
}

// visible are the attributes that a Factory sees.
func (out *outcome) visible() (attrs []slog.Attr) {
	for _, o := range out.all {
		if o.by != byWith {
			attrs = append(attrs, o.Attr)
		}
	}
	return attrs
}

// part is what is at the root or in a group.
type part struct{ static, with, record, added []slog.Attr }

func (out *outcome) parts(p program) []part {
	parts := make([]part, len(out.groups))
	for _, o := range out.all {
		at := &parts[o.at]
		switch {
		case o.by == byWith:
			at.with = append(at.with, o.Attr)
		case o.by == byRecord:
			at.record = append(at.record, o.Attr)
		case p.layers[o.by].ahead():
			at.static = append(at.static, o.Attr)
		default:
			at.added = append(at.added, o.Attr)
		}
	}
	return parts
}

// attrs returns the attributes of one record without With.
func (out *outcome) attrs(p program) (attrs []slog.Attr) {
	for at, part := range slices.Backward(out.parts(p)) {
		attrs = slices.Concat(part.static, part.with, part.record, attrs, part.added)
		if at > 0 && len(attrs) > 0 {
			attrs = []slog.Attr{slog.GroupAttrs(out.groups[at], attrs...)}
		}
	}
	return attrs
}

// ahead reports whether the layer's attributes are known before there is a record, and their place, too.
func (l layer) ahead() bool { return l.kind == static && !l.InGroup }

// inlined are attrs with the members of groups without a name in their place, and without those that print nothing.
func inlined(attrs []slog.Attr) (flat []slog.Attr) {
	for _, a := range attrs {
		v := a.Value.Resolve()
		switch {
		case a.Equal(slog.Attr{}):
		case a.Key == "" && v.Kind() == slog.KindGroup:
			flat = append(flat, inlined(v.Group())...)
		case a.Value.Kind() == slog.KindGroup && len(v.Group()) == 0:
		default:
			flat = append(flat, a)
		}
	}
	return flat
}

func resolved(attrs []slog.Attr) (all []slog.Attr) {
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		if a.Value.Kind() == slog.KindGroup {
			a.Value = slog.GroupValue(resolved(a.Value.Group())...)
		}
		all = append(all, a)
	}
	return all
}

// replaced calls f as log/slog calls ReplaceAttr.
func replaced(f func([]string, slog.Attr) slog.Attr, groups []string, attrs []slog.Attr) (all []slog.Attr) {
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		if a.Value.Kind() != slog.KindGroup {
			a = f(groups, a)
		} else {
			inner := groups
			if a.Key != "" {
				inner = append(slices.Clone(groups), a.Key)
			}
			a.Value = slog.GroupValue(replaced(f, inner, a.Value.Group())...)
		}
		if !a.Equal(slog.Attr{}) && (a.Value.Kind() != slog.KindGroup || len(a.Value.Group()) > 0) {
			all = append(all, a)
		}
	}
	return all
}

func keysOf(attrs []slog.Attr) string {
	var keys []string
	for _, a := range attrs {
		keys = append(keys, a.Key)
	}
	return strings.Join(keys, " ")
}

func equal(a, b slog.Attr) (same bool) {
	defer func() {
		if recover() != nil {
			same = false // cannot be compared
		}
	}()
	return a.Equal(b)
}
