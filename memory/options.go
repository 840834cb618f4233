package memory

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler] and a [BufferingHandler]. The zero value is ready to use.
//
// Of slogx.Options they use Level and ErrorHandler; the others are the target's business. Level nil is the target's own
// level, and Info where there is no target. A record that was buffered is delivered whatever the target's level is, as in
// Python: a Level below it lets details come out with an error, and only then.
type Options struct {
	slogx.Options

	// FlushLevel is the least level of a record that flushes the buffer, itself included.
	FlushLevel slog.Leveler // nil: slog.LevelError; for a BufferingHandler, as in Python, none

	// ShouldFlush decides in place of FlushLevel which records flush the buffer. A full buffer is flushed in any case.
	ShouldFlush func(ctx context.Context, r slog.Record) bool // nil: FlushLevel does

	// DiscardOnClose drops what is buffered at Close rather than deliver it: Python's flushOnClose=False.
	DiscardOnClose bool

	// MaxRecords is how many records are kept while there is no target or it fails. Then the oldest makes room for the
	// newest, which is an error that wraps ErrFull.
	MaxRecords int // 0: ten times the capacity, at least 1000; never less than the capacity

	// Timeout is how long Handle, Flush and Close wait while another goroutine delivers.
	Timeout time.Duration // 0: 5 s
}

// ErrFull is wrapped by the errors that tell of a record that was dropped to make room for another.
var ErrFull = errors.New("memory: buffer is full")

// ErrBusy is returned when another goroutine has been delivering for longer than Timeout: the target is stalled. What was
// to be delivered stays buffered, and is left to that goroutine.
var ErrBusy = errors.New("memory: target is busy")

const defaultTimeout = 5 * time.Second

// never is a FlushLevel that no record has.
const never = slog.Level(math.MaxInt)

// withDefaults returns a copy of o that is complete.
func (o *Options) withDefaults(name string, capacity int, flushLevel slog.Level) Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.FlushLevel == nil {
		c.FlushLevel = flushLevel
	}
	if c.ErrorHandler == nil {
		c.ErrorHandler = slogx.StderrErrors(name)
	}
	if c.MaxRecords <= 0 {
		c.MaxRecords = max(1000, min(capacity, math.MaxInt/10)*10)
	}
	c.MaxRecords = max(c.MaxRecords, capacity)
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	return c
}

// due reports whether r flushes the buffer. It does if ShouldFlush panics, which is the error.
func (o *Options) due(ctx context.Context, r slog.Record) (due bool, err error) {
	if o.ShouldFlush == nil {
		return reaches(r.Level, o.FlushLevel), nil
	}
	due = true
	err = safe.Do(func() error {
		due = o.ShouldFlush(ctx, r)
		return nil
	})
	return due, err
}
