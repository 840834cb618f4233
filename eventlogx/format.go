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
	text    encode.Formatter // makes the text, or, if it is our own, the attributes in it
}

func newFormat(o *Options) *format {
	f := &format{options: o}
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	f.text = encode.NewFormatter(func(w io.Writer) slog.Handler {
		if o.Format == nil {
			return encode.NewText(w, hopts)
		}
		return o.Format(w, hopts)
	})
	return f
}

// whole reports whether the text is all that a Format makes; then there is none for a record that it drops.
func (f *format) whole() bool { return f.options.Format != nil }

// append appends the text of r to line.
func (f *format) append(ctx context.Context, line *encode.Line, r *slog.Record) error {
	if !f.whole() {
		f.appendMessage(line, r)
		f.text.Own().AppendAttrs(line, r)
		return nil
	}
	err := f.text.AppendRecord(ctx, line, r)
	if n := len(line.B); n > 0 && line.B[n-1] == '\n' {
		line.B = line.B[:n-1]
	}
	return err
}

// appendMessage appends what comes before the attributes.
func (f *format) appendMessage(line *encode.Line, r *slog.Record) {
	replace := f.options.ReplaceAttr
	msg := slog.String(slog.MessageKey, r.Message)
	if replace != nil {
		msg = replace(nil, msg)
		msg.Value = msg.Value.Resolve()
	}
	if !dropped(msg) {
		line.B = append(line.B, msg.Value.String()...)
	}
	if f.options.AddSource {
		line.AppendSource(r, replace)
	}
}

// dropped reports whether a is the zero Attr.
func dropped(a slog.Attr) bool {
	return a.Key == "" && a.Value.Kind() == slog.KindAny && a.Value.Any() == nil
}

func (f *format) withAttrs(attrs []slog.Attr) *format {
	return &format{f.options, f.text.With(attrs)}
}

func (f *format) withGroup(name string) *format {
	return &format{f.options, f.text.Group(name)}
}
