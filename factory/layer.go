package factory

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/slogx"
)

// A Layer is one link of a chain of factories. Its fields may be combined; the zero Layer does nothing.
type Layer struct {
	// Name says whose attributes they are, in errors and in the names that Rename makes.
	Name string

	// Factory adds attributes to each record, and may change its message, level, time and source. It sees the record as
	// the layers before it left it, and cannot take away or change attributes that are there: see OnCollision.
	Factory Factory // nil: none

	// OnCollision says what becomes of an attribute whose key is taken.
	OnCollision Collision // default: Keep

	// InGroup puts the attributes into the group that logger.WithGroup opened last.
	InGroup bool // false: at the root

	// ReplaceAttr rewrites or, by returning the zero Attr, drops attributes: those of logger.With when they are given,
	// those of the record, and those of the layers before this one. As in slog.HandlerOptions values are resolved,
	// groups are the names of the groups that the attribute is in, and of a group the members are passed, not the group
	// itself. The built-in attributes are the Factory's business. It must give the same answer each time.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr // nil: none

	// ErrorHandler is told what is lost by a collision, and of panics in Factory and ReplaceAttr.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr, see slogx.StderrErrors
}
