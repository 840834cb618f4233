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
	// the layers before it left it. It cannot take away attributes that are there, which is an error, nor change them: one
	// with another value is a new one, whose key is taken.
	Factory Factory // nil: none

	// OnCollision says what becomes of a new attribute whose key is taken.
	OnCollision Collision // default: Keep

	// InGroup puts the attributes into the group that logger.WithGroup opened last.
	InGroup bool // false: at the root

	// ReplaceAttr rewrites or, by returning the zero Attr, drops attributes: those of logger.With and of Attrs layers when
	// they are given, those of the record, and those of the other layers before this one, before Factory is called. As in
	// slog.HandlerOptions values are resolved, groups are the names of the groups that the attribute is in, and of a group
	// the members are passed, not the group itself. Other than there, members of a group that it returns are not, and
	// neither are the built-in attributes, which are a Factory's business. It must give the same answer each time.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr // nil: none

	// ErrorHandler is told what is lost by a collision, and of panics in Factory and ReplaceAttr; of what concerns every
	// record, with the zero Record.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr, see slogx.StderrErrors
}
