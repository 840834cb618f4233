package factory

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
)

// Attrs returns a Factory that adds attrs to every record. In a [Layer] they cost what they cost with logger.With: [New]
// resolves and formats them, once.
//
//go:noinline
func Attrs(attrs ...slog.Attr) Factory {
	attrs = slices.Clone(attrs)
	return func(ctx context.Context, r slog.Record) slog.Record {
		if p, ok := ctx.(*probe); ok {
			p.static, p.attrs = true, attrs
			return r
		}
		r.AddAttrs(attrs...)
		return r
	}
}

// FromContext returns a Factory that adds the attributes that find takes from the context of the log call, such as those of
// the request that is being served. The context may be nil; so may the result, which must not change afterwards.
func FromContext(find func(context.Context) []slog.Attr) Factory {
	return adding(func(ctx context.Context, _ logCall, attrs []slog.Attr) []slog.Attr {
		return append(attrs, find(ctx)...)
	})
}

// An adder appends attributes to attrs.
type adder func(ctx context.Context, call logCall, attrs []slog.Attr) []slog.Attr

// logCall is what an adder may know of the record.
type logCall struct {
	level slog.Level
	pc    uintptr
}

// adding makes a Factory of an adder, which a layer calls without making a record for it.
//
//go:noinline
func adding(add adder) Factory {
	return func(ctx context.Context, r slog.Record) slog.Record {
		if p, ok := ctx.(*probe); ok {
			p.add = add
			return r
		}
		r.AddAttrs(add(ctx, logCall{r.Level, r.PC}, nil)...)
		return r
	}
}

// probe is the context in which a Factory of ours says what it is, so that a layer need not call it for each record.
type probe struct {
	context.Context
	static    bool
	attrs     []slog.Attr
	add       adder
	installed bool
}

// All functions that Attrs returns have one code pointer, for it is not inlined; so have those of adding.
var ours = []uintptr{code(Attrs()), code(adding(nil)), code(installed)}

func code(f Factory) uintptr { return reflect.ValueOf(f).Pointer() }

// ask returns what f says of itself; nothing if it is somebody else's, which is not called.
func ask(f Factory) (p probe) {
	if slices.Contains(ours, code(f)) {
		f(&p, slog.Record{})
	}
	return p
}
