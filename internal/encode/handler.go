package encode

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// Handler is the JSON or the Text format. Alone it is a slog.Handler that writes to an io.Writer; a sink that knows it
// calls [Handler.AppendRecord] instead and never touches that writer.
type Handler struct {
	json        bool // true: JSON; false: Text
	sep         byte // between attributes
	opts        slog.HandlerOptions
	preformed   []byte   // the attributes of WithAttrs, already formatted
	groupPrefix string   // text: prefix of the groups opened in preformed
	groups      []string // all groups of WithGroup
	nOpen       int      // how many of groups are opened in preformed
	out         *output  // shared by all derived handlers
}

type output struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

// NewJSON returns a format whose bytes are those of slog.NewJSONHandler(w, opts).
func NewJSON(w io.Writer, opts *slog.HandlerOptions) *Handler { return newHandler(w, opts, true, ',') }

// NewText returns a format whose bytes are those of slog.NewTextHandler(w, opts).
func NewText(w io.Writer, opts *slog.HandlerOptions) *Handler { return newHandler(w, opts, false, ' ') }

func newHandler(w io.Writer, opts *slog.HandlerOptions, json bool, sep byte) *Handler {
	if opts == nil {
		opts = &slog.HandlerOptions{}
	}
	return &Handler{json: json, sep: sep, opts: *opts, out: &output{w: w}}
}

// Enabled reports whether records of this level are wanted.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= minLevel(h.opts.Level)
}

// Level returns the least level that is wanted; it may be changed meanwhile. nil: it is slog.LevelInfo.
func (h *Handler) Level() slog.Leveler { return h.opts.Level }

// Handle writes the formatted record with one Write.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	line := NewLine()
	h.AppendRecord(line, &r)
	_, err := h.out.Write(line.B)
	line.Free() // not deferred: after a panic the Line is garbage
	return err
}

// WithAttrs returns a Handler whose records begin with attrs, formatted once and now.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.With(attrs) }

// WithGroup returns a Handler whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler { return h.Group(name) }

// With is WithAttrs with a concrete result.
func (h *Handler) With(attrs []slog.Attr) *Handler {
	if !slices.ContainsFunc(attrs, func(a slog.Attr) bool { return !isEmptyGroup(a.Value) }) {
		return h
	}
	h2 := *h
	line := NewLine()
	defer line.Free()
	s := h.newState(line)
	line.prefix = append(line.prefix, h.groupPrefix...)
	if len(h.preformed) > 0 {
		s.sep = h.sepAfter(h.preformed)
	}
	s.openGroups()
	if s.appendAttrs(attrs) {
		h2.preformed = slices.Concat(h.preformed, line.B)
		h2.groupPrefix = string(line.prefix)
		h2.nOpen = len(h2.groups)
	}
	return &h2
}

// Group is WithGroup with a concrete result.
func (h *Handler) Group(name string) *Handler {
	if name == "" {
		return h
	}
	h2 := *h
	h2.groups = append(slices.Clip(h.groups), name)
	return &h2
}

// AppendRecord appends the formatted record, newline included, to line.
func (h *Handler) AppendRecord(line *Line, r *slog.Record) {
	s := h.newState(line)
	s.appendBuiltInsOf(r)
	s.appendAttrsOf(r, nil)
	s.end()
}

// sepAfter returns what separates the next attribute from those in b.
func (h *Handler) sepAfter(b []byte) byte {
	if h.json && b[len(b)-1] == '{' {
		return 0
	}
	return h.sep
}

func isEmptyGroup(v slog.Value) bool { return v.Kind() == slog.KindGroup && len(v.Group()) == 0 }
