package bench

import (
	"context"
	"io"
	"log/slog"
	"strconv"

	slogmulti "github.com/samber/slog-multi"

	"github.com/slogkit-go/slogkit/factory"
)

// An Injector is a way to add n attributes to every record, each by a link of its own.
type Injector struct {
	Name string
	Wrap func(h slog.Handler, n int) slog.Handler
}

// Injectors are slog-multi's pipe, logger.With as the floor, and ours: attributes that are known in advance, those of
// the context, and those of functions that may do anything.
func Injectors() []Injector {
	return []Injector{
		{"logger.With", func(h slog.Handler, n int) slog.Handler { return h.WithAttrs(injected(n)) }},
		{"slog-multi Pipe", wrapPipe},
		{"factory.Attrs", wrapLayers(factory.Attrs)},
		{"factory.FromContext", wrapLayers(fromContext)},
		{"factory functions", wrapLayers(addAttrs)},
	}
}

// CheckInjector is [Check] for a handler of e with n attributes more.
func CheckInjector(e Encoder, by Injector, n int) error {
	c := Cases[1]
	c.attrs = append(c.attrs[:len(c.attrs):len(c.attrs)], injected(n)...)
	newHandler := e.New
	e.Name = by.Name + " over " + e.Name
	e.New = func(w io.Writer, source bool) slog.Handler { return by.Wrap(newHandler(w, source), n) }
	return Check(e, c)
}

// injected are the attributes, a string and a number in turn.
func injected(n int) []slog.Attr {
	attrs := make([]slog.Attr, n)
	for i := range attrs {
		key := "injected" + strconv.Itoa(i)
		if i%2 == 0 {
			attrs[i] = slog.String(key, "some value")
		} else {
			attrs[i] = slog.Int(key, 1000+i)
		}
	}
	return attrs
}

func wrapPipe(h slog.Handler, n int) slog.Handler {
	pipe := slogmulti.Pipe()
	for _, a := range injected(n) {
		pipe = pipe.Pipe(slogmulti.NewHandleInlineMiddleware(
			func(ctx context.Context, r slog.Record, next func(context.Context, slog.Record) error) error {
				r.AddAttrs(a)
				return next(ctx, r)
			}))
	}
	return pipe.Handler(h)
}

func wrapLayers(by func(...slog.Attr) factory.Factory) func(slog.Handler, int) slog.Handler {
	return func(h slog.Handler, n int) slog.Handler {
		var layers []factory.Layer
		for i, a := range injected(n) {
			layers = append(layers, factory.Layer{Name: "layer" + strconv.Itoa(i), Factory: by(a)})
		}
		return factory.New(h, layers...)
	}
}

func fromContext(attrs ...slog.Attr) factory.Factory {
	return factory.FromContext(func(context.Context) []slog.Attr { return attrs })
}

func addAttrs(attrs ...slog.Attr) factory.Factory {
	return func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(attrs...)
		return r
	}
}
