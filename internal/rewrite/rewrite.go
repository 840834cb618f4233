// Package rewrite applies a ReplaceAttr to a record as such, for handlers that send records rather than lines of text.
package rewrite

import (
	"errors"
	"log/slog"
	"slices"
)

// Rewriter is a ReplaceAttr, and the groups that are open where it is to be applied. It is immutable.
type Rewriter struct {
	Replace func(groups []string, a slog.Attr) slog.Attr
	Source  bool // the place of the log call is an attribute, too

	groups []string
}

// Group returns p for within the group name.
func (p Rewriter) Group(name string) Rewriter {
	p.groups = append(slices.Clip(p.groups), name)
	return p
}

// Record returns r with its time, level, source and message replaced, if what replaces them is of their types, or left out
// if that is the zero Attr, and with its attributes replaced.
func (p Rewriter) Record(r *slog.Record) slog.Record {
	out := slog.Record{Time: r.Time, Message: r.Message, Level: r.Level, PC: r.PC}
	if !r.Time.IsZero() {
		out.Time = builtIn(p, slog.TimeKey, r.Time.Round(0))
	}
	out.Level = builtIn(p, slog.LevelKey, r.Level)
	out.Message = builtIn(p, slog.MessageKey, r.Message)
	if src := r.Source(); p.Source && src != nil {
		p.source(&out, src)
	}
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := p.attr(p.groups, a, 0); ok {
			out.AddAttrs(a)
		}
		return true
	})
	return out
}

// source replaces src. If that makes a difference, out has it where that of another process is: as its first attribute.
func (p Rewriter) source(out *slog.Record, src *slog.Source) {
	was := *src
	replaced := builtIn(p, slog.SourceKey, src)
	switch {
	case replaced == nil || *replaced == (slog.Source{}):
		out.PC = 0
	case *replaced != was:
		out.PC = 0
		out.AddAttrs(slog.Any(slog.SourceKey, replaced))
	}
}

// builtIn returns what replaces v: v itself if that is something else, and nothing for the zero Attr.
func builtIn[T any](p Rewriter, key string, v T) (none T) {
	a := p.Replace(nil, slog.Any(key, v))
	switch replaced, ok := a.Value.Resolve().Any().(T); {
	case ok:
		return replaced
	case a.Equal(slog.Attr{}):
		return none
	}
	return v
}

// Attrs returns what replaces attrs.
func (p Rewriter) Attrs(attrs []slog.Attr) []slog.Attr { return p.attrs(p.groups, attrs, 0) }

func (p Rewriter) attrs(groups []string, attrs []slog.Attr, depth int) []slog.Attr {
	replaced := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		if a, ok := p.attr(groups, a, depth); ok {
			replaced = append(replaced, a)
		}
	}
	return replaced
}

var errDepth = errors.New("groups within groups without end")

// attr returns what replaces a, which is so deep in groups of its own record; false if it is left out. Of a group only what
// is in it is replaced.
func (p Rewriter) attr(groups []string, a slog.Attr, depth int) (slog.Attr, bool) {
	const maxDepth = 1000 // a LogValuer may resolve to a group that it is in
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		a = p.Replace(groups, a)
		a.Value = a.Value.Resolve()
		return a, !a.Equal(slog.Attr{})
	}
	if depth == maxDepth {
		a.Value = slog.AnyValue(errDepth)
		return a, true
	}
	if a.Key != "" {
		groups = append(slices.Clip(groups), a.Key)
	}
	a.Value = slog.GroupValue(p.attrs(groups, a.Value.Group(), depth+1)...)
	return a, true
}
