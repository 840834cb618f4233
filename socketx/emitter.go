package socketx

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/rewrite"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// emitter is a Handler and a DatagramHandler but for the sink: level, encoding and errors.
type emitter struct {
	sink    io.Writer
	level   slog.Leveler
	enc     encoder
	rewrite rewrite.Rewriter
	*reporter
}

// reporter is where errors go. Derived emitters share it.
type reporter struct {
	onError slogx.ErrorHandler
	telling reported.Teller
}

func newEmitter(o *Options, name string, stream bool) *emitter {
	e := &emitter{
		level: o.Level, enc: newEncoder(o, stream), rewrite: rewrite.Rewriter{Replace: o.ReplaceAttr, Source: o.AddSource},
		reporter: &reporter{onError: o.ErrorHandler},
	}
	if e.level == nil {
		e.level = slog.LevelInfo
	}
	if e.onError == nil {
		e.onError = slogx.StderrErrors(name)
	}
	return e
}

func (e *emitter) enabled(ctx context.Context, level slog.Level) (enabled bool) {
	err := safe.Do(func() error {
		enabled = level >= e.level.Level()
		return nil
	})
	if err != nil {
		_ = e.report(ctx, slog.Record{}, fmt.Errorf("Enabled: %w", err))
		return true // rather a record too many
	}
	return enabled
}

func (e *emitter) handle(ctx context.Context, r slog.Record) error {
	if err := e.emit(&r); err != nil {
		return e.report(ctx, r, err)
	}
	return nil
}

func (e *emitter) emit(r *slog.Record) (err error) {
	defer safe.Recover(&err)
	b := buffers.Get().(*buffer)
	if e.rewrite.Replace == nil {
		b.b, err = e.enc.append(b.b[:0], r)
	} else {
		replaced := e.rewrite.Record(r)
		b.b, err = e.enc.append(b.b[:0], &replaced)
	}
	if err == nil {
		_, err = e.sink.Write(b.b)
	}
	b.free() // not deferred: after a panic it is garbage
	return err
}

// withAttrs is called with at least one attribute.
func (e *emitter) withAttrs(attrs []slog.Attr) *emitter {
	return e.derive("WithAttrs", func(d *emitter) {
		if d.rewrite.Replace != nil {
			attrs = d.rewrite.Attrs(attrs)
		}
		d.enc = d.enc.with(attrs)
	})
}

// withGroup is called with a name.
func (e *emitter) withGroup(name string) *emitter {
	return e.derive("WithGroup", func(d *emitter) {
		d.enc = d.enc.group(name)
		d.rewrite = d.rewrite.Group(name)
	})
}

// derive returns a copy of e that change was applied to; e itself if that panics.
func (e *emitter) derive(verb string, change func(*emitter)) *emitter {
	d := *e
	err := safe.Do(func() error {
		change(&d)
		return nil
	})
	if err != nil {
		_ = e.report(context.Background(), slog.Record{}, fmt.Errorf("%s: %w", verb, err))
		return e
	}
	return &d
}

// report gives err to the ErrorHandler, unless it has been told, and returns it. An ErrorHandler that logs through the
// handler that has just failed is not told what comes of that: it would never end.
func (e *reporter) report(ctx context.Context, r slog.Record, err error) error {
	rest := reported.Rest(err)
	if rest == nil {
		return err
	}
	err = fmt.Errorf("socketx: %w", rest)
	e.telling.Tell(ctx, func() {
		// There is nobody left to tell of a panic here.
		_ = safe.Do(func() error {
			e.onError(ctx, r, err)
			return nil
		})
	})
	return reported.Mark(err)
}

// background is for errors of no record.
func (e *reporter) background(err error) { _ = e.report(context.Background(), slog.Record{}, err) }
