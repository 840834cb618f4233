package slogx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// An Emitter is what the handlers that write bytes have in common: level, format and error path in front of a sink. A
// handler of your own holds one, forwards its four methods to it and adds what its sink can do:
//
//	func (h *Handler) Handle(ctx context.Context, r slog.Record) error { return h.emitter.Handle(ctx, r) }
//	func (h *Handler) WithGroup(name string) slog.Handler { return &Handler{h.emitter.WithGroup(name), h.sink} }
//
// It takes no lock. Derived emitters share the sink.
type Emitter struct {
	sink      io.Writer
	level     slog.Leveler
	onError   ErrorHandler
	reporting *reported.Teller // shared by derived emitters
	format    encode.Formatter
}

// NewEmitter returns an Emitter that formats records as opts say and hands each to sink in one Write, which must be
// safe for concurrent use and must not keep the slice.
func NewEmitter(sink io.Writer, opts Options) *Emitter {
	e := &Emitter{sink: sink, level: opts.Level, onError: opts.ErrorHandler, reporting: new(reported.Teller)}
	if e.level == nil {
		e.level = slog.LevelInfo
	}
	if e.onError == nil {
		e.onError = StderrErrors(fmt.Sprintf("%T", sink))
	}
	format := opts.Format
	if format == nil {
		format = Text
	}
	hopts := slog.HandlerOptions{Level: e.level, AddSource: opts.AddSource, ReplaceAttr: opts.ReplaceAttr}
	e.format = encode.NewFormatter(func(w io.Writer) slog.Handler { return format(w, &hopts) })
	return e
}

// Lines reports whether what the sink gets surely ends with a newline each time, as that of [JSON] and [Text] does.
func (e *Emitter) Lines() bool { return e.format.Own() != nil }

// Enabled reports whether records of this level are handled.
func (e *Emitter) Enabled(ctx context.Context, level slog.Level) bool {
	if e.format.Own() != nil {
		switch l := e.level.(type) { // what cannot panic need not pay for a recover
		case slog.Level:
			return level >= l
		case *slog.LevelVar:
			if l != nil {
				return level >= l.Level()
			}
		}
	}
	enabled, err := e.ask(ctx, level)
	if err != nil {
		_ = e.Report(ctx, slog.Record{}, fmt.Errorf("Enabled: %w", err))
		return true // rather a record too many
	}
	return enabled
}

func (e *Emitter) ask(ctx context.Context, level slog.Level) (_ bool, err error) {
	defer safe.Recover(&err)
	return level >= e.level.Level() && e.format.Enabled(ctx, level), nil
}

// Handle formats r on the caller's goroutine and writes it. The error it returns has been given to the ErrorHandler; a
// panic of user code (LogValuer, ReplaceAttr, Format, the sink itself) is such an error.
func (e *Emitter) Handle(ctx context.Context, r slog.Record) error {
	if err := e.emit(ctx, &r); err != nil {
		return e.Report(ctx, r, err)
	}
	return nil
}

// Injector returns what package factory hands records to whose attributes belong at several places; nil if the format
// is not one of ours.
func (e *Emitter) Injector() *encode.Injector {
	own := e.format.Own()
	if own == nil {
		return nil
	}
	return &encode.Injector{Format: own, Sink: e.sink, Report: e.Report}
}

func (e *Emitter) emit(ctx context.Context, r *slog.Record) (err error) {
	defer safe.Recover(&err)
	line := encode.NewLine()
	formatErr := e.format.AppendRecord(ctx, line, r)
	if len(line.B) > 0 { // else the format has dropped the record
		_, err = e.sink.Write(line.B)
	}
	line.Free() // not deferred: after a panic the Line is garbage
	if formatErr != nil {
		return errors.Join(formatErr, err)
	}
	return err
}

// WithAttrs returns an Emitter over the same sink whose records begin with attrs; e itself if there are none, or if
// user code panics over them, of which the ErrorHandler is told.
func (e *Emitter) WithAttrs(attrs []slog.Attr) *Emitter {
	if len(attrs) == 0 {
		return e
	}
	return e.derive("WithAttrs", func(f encode.Formatter) encode.Formatter { return f.With(attrs) })
}

// WithGroup returns an Emitter over the same sink whose further attributes are in the group name; e itself if name is
// empty.
func (e *Emitter) WithGroup(name string) *Emitter {
	if name == "" {
		return e
	}
	return e.derive("WithGroup", func(f encode.Formatter) encode.Formatter { return f.Group(name) })
}

// derive returns a copy of e with the format that change makes of its own; e itself if that panics.
func (e *Emitter) derive(verb string, change func(encode.Formatter) encode.Formatter) *Emitter {
	d := *e
	err := safe.Do(func() error {
		d.format = change(e.format)
		return nil
	})
	if err != nil {
		_ = e.Report(context.Background(), slog.Record{}, fmt.Errorf("%s: %w", verb, err))
		return e
	}
	return &d
}

// Report gives err to the ErrorHandler and returns it, wrapped so that a queue's Listener will not report it again, and
// joined with what a panicking ErrorHandler left. Sinks call it, unlocked, for errors in the background, with the zero
// Record. An ErrorHandler that logs through the handler that has just failed is not told what comes of that: it would never
// end.
func (e *Emitter) Report(ctx context.Context, r slog.Record, err error) error {
	var panicked error
	e.reporting.Tell(ctx, func() {
		panicked = safe.Do(func() error {
			e.onError(ctx, r, err)
			return nil
		})
	})
	err = reported.Mark(err)
	if panicked != nil {
		return errors.Join(err, fmt.Errorf("ErrorHandler: %w", panicked))
	}
	return err
}
