package factory

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// A Factory makes of a record the record that is logged: it may add attributes, with r.AddAttrs, and change message,
// level, time and source. The record is its own to change; what it keeps of it must be a Clone. It is called for each
// record, by several goroutines at a time; a panic leaves the record as it was and is an error.
type Factory func(ctx context.Context, r slog.Record) slog.Record

var current atomic.Pointer[Factory]

// unchanged is the default.
func unchanged(_ context.Context, r slog.Record) slog.Record { return r }

// Get returns the process-wide Factory, Python's logging.getLogRecordFactory. It is never nil: the default returns
// the record as it is.
func Get() Factory {
	if f := current.Load(); f != nil {
		return *f
	}
	return unchanged
}

// Set makes f the process-wide Factory, for the handlers that [Global] has made and will make: Python's
// logging.setLogRecordFactory. Chain by wrapping what [Get] returned. nil restores the default. It may be called while
// other goroutines log.
func Set(f Factory) {
	if f == nil {
		current.Store(nil)
		return
	}
	current.Store(&f)
}

// Global returns a handler that gives each record to the [Factory] that [Set] last installed, and then to next. It is a
// [Handler] with one [Layer], named "global", which costs nothing while there is none.
func Global(next slog.Handler) slog.Handler {
	return New(next, Layer{Name: "global", Factory: installed})
}

// installed is the Factory that was installed last.
func installed(ctx context.Context, r slog.Record) slog.Record {
	if p, ok := ctx.(*probe); ok {
		p.installed = true
		return r
	}
	return Get()(ctx, r)
}
