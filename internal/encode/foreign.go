package encode

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// Foreign gets bytes out of a handler that only writes to an io.Writer. It keeps a pool of instances of that handler,
// each with a buffer of its own, so that no two records share the handler's lock: a LogValuer that logs while its
// record is being formatted meets another instance.
type Foreign struct {
	build func(io.Writer) slog.Handler // with all of WithAttrs and WithGroup
	first slog.Handler                 // answers Enabled
	pool  *sync.Pool                   // of *instance
}

type instance struct {
	h   slog.Handler
	buf []byte
}

func (in *instance) Write(p []byte) (int, error) {
	in.buf = append(in.buf, p...)
	return len(p), nil
}

// NewForeign adapts the handlers that build makes.
func NewForeign(build func(io.Writer) slog.Handler) *Foreign {
	f := &Foreign{build: build}
	f.pool = &sync.Pool{New: func() any { return f.newInstance() }}
	// Built now, so that user code in attributes runs when they are given.
	f.first = f.build(io.Discard)
	f.pool.Put(f.newInstance())
	return f
}

func (f *Foreign) newInstance() *instance {
	in := new(instance)
	in.h = f.build(in)
	return in
}

// Enabled asks the adapted handler.
func (f *Foreign) Enabled(ctx context.Context, level slog.Level) bool {
	return f.first.Enabled(ctx, level)
}

// AppendRecord appends what the adapted handler writes for r.
func (f *Foreign) AppendRecord(ctx context.Context, line *Line, r *slog.Record) error {
	in := f.pool.Get().(*instance)
	in.buf = line.B
	err := in.h.Handle(ctx, *r)
	line.B, in.buf = in.buf, nil
	f.pool.Put(in) // not after a panic: the handler may have kept its lock
	return err
}

// With returns an adapter whose handlers have attrs. They are resolved once, for there may be many handlers.
func (f *Foreign) With(attrs []slog.Attr) *Foreign {
	if len(attrs) == 0 {
		return f
	}
	attrs = resolved(attrs)
	return NewForeign(func(w io.Writer) slog.Handler {
		return f.build(w).WithAttrs(slices.Clone(attrs)) // a handler owns the slice it is given
	})
}

// Group returns an adapter whose handlers have the group name open.
func (f *Foreign) Group(name string) *Foreign {
	if name == "" {
		return f
	}
	return NewForeign(func(w io.Writer) slog.Handler { return f.build(w).WithGroup(name) })
}

func resolved(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		v := a.Value.Resolve()
		if v.Kind() == slog.KindGroup {
			v = slog.GroupValue(resolved(v.Group())...)
			if a.Value.Kind() == slog.KindLogValuer && len(v.Group()) == 0 {
				v = slog.AnyValue(emptyGroup{}) // log/slog tells it from a group that was empty all along
			}
		}
		out[i] = slog.Attr{Key: a.Key, Value: v}
	}
	return out
}

type emptyGroup struct{}

func (emptyGroup) LogValue() slog.Value { return slog.GroupValue() }
