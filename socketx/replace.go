package socketx

import (
	"log/slog"
	"slices"
	"time"
)

// replacer is Options.ReplaceAttr and the groups that are open.
type replacer struct {
	replace func([]string, slog.Attr) slog.Attr // nil: none
	source  bool                                // the place of the call is sent, too
	groups  []string
}

func (p replacer) group(name string) replacer {
	p.groups = append(slices.Clip(p.groups), name)
	return p
}

// record returns r as it is to be sent.
func (p *replacer) record(r *slog.Record) slog.Record {
	r2 := slog.Record{Time: r.Time, Message: r.Message, Level: r.Level, PC: r.PC}
	if !r.Time.IsZero() {
		builtIn(p, &r2.Time, slog.Time(slog.TimeKey, r.Time.Round(0)), time.Time{})
	}
	builtIn(p, &r2.Level, slog.Any(slog.LevelKey, r.Level), slog.LevelInfo)
	builtIn(p, &r2.Message, slog.String(slog.MessageKey, r.Message), "")
	if src := r.Source(); p.source && src != nil {
		was := *src
		builtIn(p, &src, slog.Any(slog.SourceKey, src), &slog.Source{})
		if *src != was {
			r2.PC = 0
		}
		if *src != was && *src != (slog.Source{}) {
			r2.AddAttrs(slog.Any(slog.SourceKey, src)) // where that of another process is
		}
	}
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := p.attr(p.groups, a); ok {
			r2.AddAttrs(a)
		}
		return true
	})
	return r2
}

// builtIn sets v to what replaces a, if that has v's type, or to none if a is dropped.
func builtIn[T any](p *replacer, v *T, a slog.Attr, none T) {
	a = p.replace(nil, a)
	if replaced, ok := a.Value.Resolve().Any().(T); ok {
		*v = replaced
	} else if a.Equal(slog.Attr{}) {
		*v = none
	}
}

func (p *replacer) attrs(groups []string, attrs []slog.Attr) []slog.Attr {
	replaced := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		if a, ok := p.attr(groups, a); ok {
			replaced = append(replaced, a)
		}
	}
	return replaced
}

// attr returns what replaces a; false if it is dropped.
func (p *replacer) attr(groups []string, a slog.Attr) (slog.Attr, bool) {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		a = p.replace(groups, a)
		a.Value = a.Value.Resolve()
		return a, !a.Equal(slog.Attr{})
	}
	if a.Key != "" {
		groups = append(slices.Clip(groups), a.Key)
	}
	a.Value = slog.GroupValue(p.attrs(groups, a.Value.Group())...)
	return a, true
}
