package memory

import (
	"errors"
	"log/slog"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// ScopedOptions are the options of a [ScopedHandler]. The zero value is ready to use.
//
// Of slogx.Options it uses Level and ErrorHandler; the others are the target's business. Level is the least level of
// records that are delivered in any case; nil is the target's own. What is kept for a failure is delivered whatever the
// target's level is, so a target that asks for levels in its Handle, as slogx.Fanout does, must be open down to
// BufferLevel, and Level say what is delivered in any case.
type ScopedOptions struct {
	slogx.Options

	// BufferLevel is the least level of records that are kept in case their operation fails.
	BufferLevel slog.Leveler // nil: slog.LevelDebug

	// FlushLevel is the least level of a record that makes its operation fail, as Operation.Fail does.
	FlushLevel slog.Leveler // nil: slog.LevelError

	// InOrder keeps, in an operation, also the records that are delivered in any case, until it ends or fails, so that
	// its records come out in the order in which they were logged, and together. A crash loses them.
	InOrder bool // false: they are delivered at once, and details follow, with the time at which they were logged

	// FlushAbandoned delivers the details of an operation that is given up, as if it had failed: one that exceeds
	// MaxOperations, MaxBuffered or MaxAge, or that has not ended when the handler is closed.
	FlushAbandoned bool // false: they are dropped, of which the ErrorHandler is told, but for Close

	// MaxRecords is how many records are kept for an operation and those within it. Then the oldest makes room for the
	// newest; with InOrder what has been held back of records that are delivered in any case goes out before.
	MaxRecords int // 0: 1000; at most half of MaxBuffered

	// MaxOperations is for how many operations records are kept. Then the one that was first to log is given up.
	MaxOperations int // 0: 10000

	// MaxBuffered is how many records are kept in all. Then the operation that was first to log is given up. Up to half
	// of them may be records of failed operations that the target has not taken yet.
	MaxBuffered int // 0: 100000

	// MaxAge is how long records of an operation are kept in which nothing more is logged, such as one that nobody
	// ends. Then, or at twice that time at the latest, it is given up.
	MaxAge time.Duration // 0: 15 min

	// Timeout is how long Handle, Fail, End and Close wait while another goroutine delivers records of the same
	// operation.
	Timeout time.Duration // 0: 5 s
}

// ErrAbandoned is wrapped by the errors that tell of an operation that was given up; see [ScopedOptions].
var ErrAbandoned = errors.New("memory: operation given up")

func (o *ScopedOptions) withDefaults() ScopedOptions {
	var c ScopedOptions
	if o != nil {
		c = *o
	}
	if c.BufferLevel == nil {
		c.BufferLevel = slog.LevelDebug
	}
	if c.FlushLevel == nil {
		c.FlushLevel = slog.LevelError
	}
	if c.ErrorHandler == nil {
		c.ErrorHandler = slogx.StderrErrors("memory.ScopedHandler")
	}
	if c.MaxOperations <= 0 {
		c.MaxOperations = 10_000
	}
	if c.MaxBuffered <= 0 {
		c.MaxBuffered = 100_000
	}
	if c.MaxRecords <= 0 {
		c.MaxRecords = 1000
	}
	c.MaxRecords = min(c.MaxRecords, max(c.MaxBuffered/2, 1))
	if c.MaxAge <= 0 {
		c.MaxAge = 15 * time.Minute
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	return c
}
