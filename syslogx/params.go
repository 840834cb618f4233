package syslogx

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// params appends attributes as parameters of structured data: ` name="value"` for each.
type params struct {
	line    *encode.Line // its B is appended to
	prefix  []byte       // the names of the open groups, each with a dot
	groups  []string     // the same for replace
	replace func(groups []string, a slog.Attr) slog.Attr
	kind    int // of text in values
	name    []byte
}

func (p *params) append(attrs []slog.Attr) {
	for i := range attrs {
		a := attrs[i] // attr changes it
		p.attr(&a)
	}
}

// attr appends one. It changes a, the caller's own copy; a pointer, because five words by value are copied at each call.
func (p *params) attr(a *slog.Attr) {
	kind := a.Value.Kind()
	if kind == slog.KindLogValuer {
		a.Value = a.Value.Resolve()
		kind = a.Value.Kind()
	}
	if p.replace != nil && kind != slog.KindGroup {
		*a = p.replace(p.groups, *a)
		a.Value = a.Value.Resolve()
		kind = a.Value.Kind()
	}
	switch kind {
	case slog.KindGroup:
		p.group(a.Key, a.Value.Group())
		return
	case slog.KindAny:
		if a.Key == "" && a.Value.Any() == nil {
			return // the zero Attr
		}
		p.key(a.Key)
		p.line.B = appendValue(p.line.B, encode.AnyString(a.Value.Any()), p.kind)
	case slog.KindString:
		p.key(a.Key)
		p.line.B = appendValue(p.line.B, a.Value.String(), p.kind)
	default:
		p.key(a.Key)
		p.line.B = p.line.AppendScalar(p.line.B, a.Value)
	}
	p.line.B = append(p.line.B, '"')
}

func (p *params) group(name string, attrs []slog.Attr) {
	if name == "" {
		p.append(attrs)
		return
	}
	n := len(p.prefix)
	p.open(name)
	p.append(attrs)
	p.prefix = p.prefix[:n]
	if p.replace != nil {
		p.groups = p.groups[:len(p.groups)-1]
	}
}

func (p *params) open(name string) {
	p.prefix = append(append(p.prefix, name...), '.')
	if p.replace != nil {
		p.groups = append(p.groups, name)
	}
}

// key appends what comes before a value.
func (p *params) key(key string) {
	b := append(p.line.B, ' ')
	if n := len(p.prefix); n == 0 && isName(key) {
		b = append(b, key...)
	} else {
		p.name = append(append(p.name[:0], p.prefix...), key...)
		if isName(p.name) {
			b = append(b, p.name...)
		} else {
			b = append(b, sdName(string(p.name))...)
		}
	}
	p.line.B = append(b, '=', '"')
}

// wholeParams returns how much of structured data, begun by its name, are whole parameters that leave room for the ']',
// if there are n bytes.
func wholeParams(sd []byte, n int) int {
	whole, inside := 0, false
	for i := 0; i < len(sd) && i < n-1; i++ {
		switch c := sd[i]; {
		case c == '\\' && inside:
			i++
		case c == '"':
			if inside = !inside; !inside {
				whole = i + 1
			}
		}
	}
	return whole
}
