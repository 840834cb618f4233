package httpx

import (
	"context"
	"log/slog"
	"strings"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/rewrite"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/internal/wire"
)

// encoder turns records into what a request has of each. It is immutable.
type encoder interface {
	// append appends r, or nothing if it is not to be sent.
	append(ctx context.Context, b []byte, r *slog.Record) ([]byte, error)
	with(attrs []slog.Attr) encoder
	group(name string) encoder
}

// newEncoder returns the encoder that o asks for, and what is wrong with that.
func newEncoder(o *Options) (encoder, error) {
	if o.Format != nil && o.Encoding != Form {
		return newFormatted(o)
	}
	var e encoder
	switch {
	case o.Encoding != Form:
		e = &wired{wire.Encoder{NoSource: !o.AddSource}}
	case o.MapRecord != nil:
		e = &mapped{toFields: o.MapRecord}
	default:
		e = &form{pyrecord.Encoder{NoSource: !o.AddSource, Logger: o.Logger}}
	}
	if o.ReplaceAttr != nil {
		e = &replacing{e, rewrite.Rewriter{Replace: o.ReplaceAttr, Source: o.AddSource}}
	}
	return e, nil
}

// wired is the form that a receiver makes the same record of.
type wired struct{ wire.Encoder }

func (e *wired) append(_ context.Context, b []byte, r *slog.Record) ([]byte, error) {
	return e.Append(b, r), nil
}

func (e *wired) with(attrs []slog.Attr) encoder { return &wired{*e.With(attrs)} }
func (e *wired) group(name string) encoder      { return &wired{*e.Group(name)} }

// form is the __dict__ of Python's LogRecord.
type form struct{ pyrecord.Encoder }

func (e *form) append(_ context.Context, b []byte, r *slog.Record) ([]byte, error) {
	w := fields{b: b}
	e.Dict(r, &w)
	return w.b, nil
}

func (e *form) with(attrs []slog.Attr) encoder { return &form{*e.With(attrs)} }
func (e *form) group(name string) encoder      { return &form{*e.Group(name)} }

// mapped is what MapRecord makes of a record.
type mapped struct {
	toFields func(slog.Record) []slog.Attr
	chain    *snapshot.With
}

func (e *mapped) append(_ context.Context, b []byte, r *slog.Record) ([]byte, error) {
	w := fields{b: b}
	for _, a := range e.toFields(e.chain.Flatten(r.Clone())) {
		w.key(strings.ToValidUTF8(a.Key, "\uFFFD"))
		if err := w.value(a.Value.Resolve()); err != nil {
			return b, err
		}
	}
	return w.b, nil
}

func (e *mapped) with(attrs []slog.Attr) encoder { return &mapped{e.toFields, e.chain.Attrs(attrs)} }
func (e *mapped) group(name string) encoder      { return &mapped{e.toFields, e.chain.Group(name)} }

// replacing is an encoder after ReplaceAttr.
type replacing struct {
	encoder
	rewrite rewrite.Rewriter
}

func (e *replacing) append(ctx context.Context, b []byte, r *slog.Record) ([]byte, error) {
	replaced := e.rewrite.Record(r)
	return e.encoder.append(ctx, b, &replaced)
}

func (e *replacing) with(attrs []slog.Attr) encoder {
	return &replacing{e.encoder.with(e.rewrite.Attrs(attrs)), e.rewrite}
}

func (e *replacing) group(name string) encoder {
	return &replacing{e.encoder.group(name), e.rewrite.Group(name)}
}
