package eventlogx

import (
	"context"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// format makes text of records. Derived handlers have one each; they never change.
type format struct {
	options *Options
	text    *encode.Handler // makes the text, or the attributes in it
	foreign *encode.Foreign // makes the text
}

func newFormat(o *Options) *format {
	f := &format{options: o}
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	if o.Format == nil {
		f.text = encode.NewText(io.Discard, hopts)
		return f
	}
	build := func(w io.Writer) slog.Handler { return o.Format(w, hopts) }
	if own, ok := build(io.Discard).(*encode.Handler); ok && own.WritesTo(io.Discard) {
		f.text = own
	} else {
		f.foreign = encode.NewForeign(build)
	}
	return f
}

// whole reports whether the text is all that a Format makes; then there is none for a record that it drops.
func (f *format) whole() bool { return f.options.Format != nil }

// append appends the text of r to line.
func (f *format) append(ctx context.Context, line *encode.Line, r *slog.Record) (err error) {
	switch {
	case f.foreign != nil:
		err = f.foreign.AppendRecord(ctx, line, r)
	case f.whole():
		f.text.AppendRecord(line, r)
	default:
		f.appendMessage(line, r)
		f.text.AppendAttrs(line, r)
		return nil
	}
	if n := len(line.B); n > 0 && line.B[n-1] == '\n' {
		line.B = line.B[:n-1]
	}
	return err
}

// appendMessage appends what comes before the attributes.
func (f *format) appendMessage(line *encode.Line, r *slog.Record) {
	replace := f.options.ReplaceAttr
	if replace == nil {
		line.B = append(line.B, r.Message...)
		if f.options.AddSource {
			appendSource(line, slog.SourceKey, encode.SourceText(r.PC))
		}
		return
	}
	if a := replaced(replace, slog.String(slog.MessageKey, r.Message)); !dropped(a) {
		line.B = append(line.B, a.Value.String()...)
	}
	if src := r.Source(); f.options.AddSource && src != nil {
		a := replaced(replace, slog.Any(slog.SourceKey, src))
		if a.Value.Kind() == slog.KindAny {
			appendSource(line, a.Key, encode.AnyString(a.Value.Any()))
		} else {
			appendSource(line, a.Key, a.Value.String())
		}
	}
}

func appendSource(line *encode.Line, key, text string) {
	if key != "" && text != "" {
		line.B = append(append(append(append(line.B, ' '), key...), '='), text...)
	}
}

func replaced(replace func([]string, slog.Attr) slog.Attr, a slog.Attr) slog.Attr {
	a = replace(nil, a)
	a.Value = a.Value.Resolve()
	return a
}

// dropped reports whether a is the zero Attr.
func dropped(a slog.Attr) bool {
	return a.Key == "" && a.Value.Kind() == slog.KindAny && a.Value.Any() == nil
}

func (f *format) withAttrs(attrs []slog.Attr) *format {
	d := *f
	if f.foreign != nil {
		d.foreign = f.foreign.With(attrs)
	} else {
		d.text = f.text.With(attrs)
	}
	return &d
}

func (f *format) withGroup(name string) *format {
	d := *f
	if f.foreign != nil {
		d.foreign = f.foreign.Group(name)
	} else {
		d.text = f.text.Group(name)
	}
	return &d
}
