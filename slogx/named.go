package slogx

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
)

// LoggerKey is the key of the attribute with the name of a logger, see [Named]. As the built-in attributes, it can be
// renamed or dropped by ReplaceAttr.
const LoggerKey = "logger"

// Handler returns the handler of the root logger, whose children [Named] makes. Each of them drops the records below
// the level that l has for its name; what is left goes to next if next is enabled for it, too. So next should have l
// itself, or some low level, as its Level: what it refuses no name can let pass.
//
// It is a [Middleware], to be the first in a [Chain]: Named cannot see through others.
func (l *Levels) Handler(next slog.Handler) slog.Handler {
	return &named{logger: &loggerName{levels: l}, base: next, next: next}
}

// Named returns the child of logger with this name, as Python's getChild: that of "db" named "pool" is "db.pool". It has
// the attributes and groups of logger. Its level is that of its name in the [Levels] whose Handler logger has, and
// follows their changes. Its records have the whole name as an attribute, [LoggerKey], at the root and before all
// others.
//
// If logger's handler is not that of Levels, the attribute is all that Named adds, and it is where logger's next
// attribute would be. So a library may name the logger that it is given, whatever that is.
func Named(logger *slog.Logger, name string) *slog.Logger {
	if name == "" {
		return logger
	}
	parent, ok := logger.Handler().(*named)
	if !ok {
		parent = &named{logger: &loggerName{}, base: logger.Handler()}
	}
	return slog.New(parent.child(name))
}

// named is the handler of a named logger, or of the root.
type named struct {
	logger *loggerName
	base   slog.Handler // without name
	since  *with        // what base has become since, but for the name
	next   slog.Handler // base with name and since
}

// child makes next anew, for a name that is in it cannot be replaced.
func (h *named) child(name string) *named {
	if h.logger.name != "" {
		name = h.logger.name + "." + name
	}
	next := h.base.WithAttrs([]slog.Attr{slog.String(LoggerKey, name)})
	return &named{&loggerName{name: name, levels: h.logger.levels}, h.base, h.since, h.since.appliedTo(next)}
}

func (h *named) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.logger.level() && h.next.Enabled(ctx, level)
}

// Handle asks for the level once more: not everybody calls Enabled.
func (h *named) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < h.logger.level() {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h *named) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	since := &with{before: h.since, attrs: slices.Clone(attrs)}
	return &named{h.logger, h.base, since, h.next.WithAttrs(attrs)}
}

func (h *named) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	since := &with{before: h.since, group: name}
	return &named{h.logger, h.base, since, h.next.WithGroup(name)}
}

// Unwrap returns the handler that gets the records.
func (h *named) Unwrap() slog.Handler { return h.next }

// with is one WithAttrs or WithGroup, and those before it.
type with struct {
	before *with
	attrs  []slog.Attr
	group  string // "": it is a WithAttrs
}

func (w *with) appliedTo(h slog.Handler) slog.Handler {
	if w == nil {
		return h
	}
	h = w.before.appliedTo(h)
	if w.group != "" {
		return h.WithGroup(w.group)
	}
	return h.WithAttrs(slices.Clone(w.attrs)) // a handler owns the slice it is given
}

// loggerName is the name of a logger, and what it knows of its level.
type loggerName struct {
	name   string
	levels *Levels // nil: all records pass
	known  atomic.Pointer[knownLevel]
}

// knownLevel holds while table is the current one.
type knownLevel struct {
	table *levelTable
	level slog.Level
}

// level asks for the level of the name only when levels have changed.
func (n *loggerName) level() slog.Level {
	if n.levels == nil {
		return math.MinInt
	}
	table := n.levels.current.Load()
	if known := n.known.Load(); known != nil && known.table == table {
		return known.level
	}
	known := &knownLevel{table, table.of(n.name)}
	n.known.Store(known)
	return known.level
}
