package slogx

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// Fanout hands each record to all handlers whose level allows it. It is like slog.NewMultiHandler, but [Close] and its
// kin reach the handlers, attributes are cloned for each, and a handler that panics does not keep the record from the
// others: its panic is one of the joined errors, and a line on stderr, for it has not reported that itself.
func Fanout(handlers ...slog.Handler) slog.Handler {
	return &fanout{slices.Clone(handlers), StderrErrors("Fanout")}
}

type fanout struct {
	handlers []slog.Handler
	onPanic  ErrorHandler
}

func (f *fanout) Enabled(ctx context.Context, level slog.Level) bool {
	return slices.ContainsFunc(f.handlers, func(h slog.Handler) bool {
		var enabled bool
		panicked := safe.Do(func() error {
			enabled = h.Enabled(ctx, level)
			return nil
		})
		return enabled || panicked != nil // Handle will meet the panic again
	})
}

func (f *fanout) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range f.handlers {
		if err := f.serve(ctx, h, r); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (f *fanout) serve(ctx context.Context, h slog.Handler, r slog.Record) (err error) {
	panicked := safe.Do(func() error {
		if h.Enabled(ctx, r.Level) {
			err = h.Handle(ctx, r.Clone())
		}
		return nil
	})
	if panicked != nil {
		f.onPanic(ctx, r, panicked)
		return panicked
	}
	return err
}

func (f *fanout) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return f
	}
	// A handler owns the slice it is given.
	return f.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(slices.Clone(attrs)) })
}

func (f *fanout) WithGroup(name string) slog.Handler {
	if name == "" {
		return f
	}
	return f.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (f *fanout) each(derive func(slog.Handler) slog.Handler) *fanout {
	derived := make([]slog.Handler, len(f.handlers))
	for i, h := range f.handlers {
		derived[i] = derive(h)
	}
	return &fanout{derived, f.onPanic}
}

// Unwrap returns the handlers.
func (f *fanout) Unwrap() []slog.Handler { return slices.Clone(f.handlers) }
