package slogx

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// Middleware wraps a handler into another. It is an alias, so that middleware of other libraries fits as it is.
type Middleware = func(slog.Handler) slog.Handler

// Chain wraps h: Chain(h, a, b) is a(b(h)), so that a sees a record first. A nil middleware is skipped.
func Chain(h slog.Handler, mw ...Middleware) slog.Handler {
	for i := len(mw) - 1; i >= 0; i-- {
		if mw[i] != nil {
			h = mw[i](h)
		}
	}
	return h
}

// Filter lets pass the records for which keep returns true, as Python's Handler.addFilter does. keep sees what the log call
// gave, but nothing of logger.With, logger.WithGroup and [Named]: that is with the handlers behind already. A record that is
// dropped is no error; a panic of keep is, and a line on stderr, and drops the record too.
func Filter(keep func(context.Context, slog.Record) bool) Middleware {
	onPanic := StderrErrors("Filter")
	return func(next slog.Handler) slog.Handler { return &filter{keep, next, onPanic} }
}

type filter struct {
	keep    func(context.Context, slog.Record) bool
	next    slog.Handler
	onPanic ErrorHandler
}

func (f *filter) Enabled(ctx context.Context, level slog.Level) bool {
	return f.next.Enabled(ctx, level)
}

func (f *filter) Handle(ctx context.Context, r slog.Record) error {
	var keep bool
	panicked := safe.Do(func() error {
		keep = f.keep(ctx, r)
		return nil
	})
	switch {
	case panicked != nil:
		f.onPanic(ctx, r, panicked)
		return panicked
	case !keep:
		return nil
	}
	return f.next.Handle(ctx, r)
}

func (f *filter) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return f
	}
	return &filter{f.keep, f.next.WithAttrs(attrs), f.onPanic}
}

func (f *filter) WithGroup(name string) slog.Handler {
	if name == "" {
		return f
	}
	return &filter{f.keep, f.next.WithGroup(name), f.onPanic}
}

// Unwrap returns the filtered handler.
func (f *filter) Unwrap() slog.Handler { return f.next }
