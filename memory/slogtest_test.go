package memory_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

var formats = []struct {
	name  string
	new   func(io.Writer, *slog.HandlerOptions) slog.Handler
	parse func(t testing.TB, written string) map[string]any
}{
	{"slogx.JSON", slogx.JSON, testkit.ParseJSON},
	{"slogx.Text", slogx.Text, testkit.ParseText},
	{"slog.JSON", slogx.FormatOf(slog.NewJSONHandler), testkit.ParseJSON},
	{"slog.Text", slogx.FormatOf(slog.NewTextHandler), testkit.ParseText},
}

// wraps are the ways through this package. finish is called before what was written is read.
var wraps = []struct {
	name string
	wrap func(t testing.TB, target slog.Handler) (h slog.Handler, finish func())
}{
	{"Handler", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := memory.NewHandler(10, target, &memory.Options{Options: options(t)})
		return h, func() { ok(t, h.Flush()) }
	}},
	{"Handler, passing through", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		return memory.NewHandler(1, target, &memory.Options{Options: options(t)}), func() {}
	}},
	{"Handler, target later", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := memory.NewHandler(10, nil, &memory.Options{Options: options(t)})
		return h, func() {
			h.SetTarget(target)
			ok(t, h.Close())
		}
	}},
	{"Handler in Handler", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		inner := memory.NewHandler(10, target, &memory.Options{Options: options(t)})
		outer := memory.NewHandler(2, inner, &memory.Options{Options: options(t)})
		return outer, func() { ok(t, slogx.Close(outer)) }
	}},
	{"BufferingHandler", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := memory.NewBufferingHandler(10, func(ctx context.Context, records []slog.Record) error {
			for _, r := range records {
				if err := target.Handle(ctx, r); err != nil {
					return err
				}
			}
			return nil
		}, &memory.Options{Options: options(t)})
		return h, func() { ok(t, h.Flush()) }
	}},
	{"ScopedHandler", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		return memory.NewScoped(target, &memory.ScopedOptions{Options: options(t)}), func() {}
	}},
	{"ScopedHandler, failed", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := memory.NewScoped(target, &memory.ScopedOptions{Options: options(t), InOrder: true})
		ctx, op := memory.Begin(t.Context())
		return withContext{h, ctx}, func() { op.Fail() }
	}},
	{"ScopedHandler, ended", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := memory.NewScoped(target, &memory.ScopedOptions{Options: options(t), InOrder: true})
		ctx, op := memory.Begin(t.Context())
		return withContext{h, ctx}, func() { op.End(nil) }
	}},
}

// withContext logs with a context of its own.
type withContext struct {
	h   slog.Handler
	ctx context.Context
}

func (w withContext) Enabled(_ context.Context, l slog.Level) bool { return w.h.Enabled(w.ctx, l) }

func (w withContext) Handle(_ context.Context, r slog.Record) error { return w.h.Handle(w.ctx, r) }

func (w withContext) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withContext{w.h.WithAttrs(attrs), w.ctx}
}

func (w withContext) WithGroup(name string) slog.Handler {
	return withContext{w.h.WithGroup(name), w.ctx}
}

func TestSlogtest(t *testing.T) {
	for _, format := range formats {
		for _, wrap := range wraps {
			t.Run(format.name+"/"+wrap.name, func(t *testing.T) {
				var b testkit.Buffer
				var finish func()
				slogtest.Run(t, func(t *testing.T) slog.Handler {
					b.Take()
					var h slog.Handler
					h, finish = wrap.wrap(t, format.new(&b, nil))
					return h
				}, func(t *testing.T) map[string]any {
					finish()
					return format.parse(t, b.Take())
				})
			})
		}
	}
}
