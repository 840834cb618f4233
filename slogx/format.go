package slogx

import (
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// A Format makes a handler that writes each record to w with one Write, as slog.NewJSONHandler does. [JSON] and [Text]
// are formats; [FormatOf] makes one of any other constructor.
type Format func(w io.Writer, opts *slog.HandlerOptions) slog.Handler

// JSON returns a handler whose bytes are those of slog.NewJSONHandler(w, opts), at about half its cost. It is also the
// [Format] to put into [Options]. opts may be nil.
func JSON(w io.Writer, opts *slog.HandlerOptions) slog.Handler { return encode.NewJSON(w, opts) }

// Text returns a handler whose bytes are those of slog.NewTextHandler(w, opts), at less than half its cost. It is also
// the [Format] to put into [Options], and the default there. opts may be nil.
func Text(w io.Writer, opts *slog.HandlerOptions) slog.Handler { return encode.NewText(w, opts) }

// FormatOf makes a [Format] of a constructor that returns a concrete type: FormatOf(slog.NewJSONHandler),
// FormatOf(tint.NewHandler).
//
// A handler of such a format keeps a pool of instances, so that records are formatted side by side. ReplaceAttr may
// therefore see an attribute of WithAttrs more than once, and a map, slice or pointer in it must not change any more.
func FormatOf[H slog.Handler](f func(io.Writer, *slog.HandlerOptions) H) Format {
	return func(w io.Writer, opts *slog.HandlerOptions) slog.Handler { return f(w, opts) }
}
