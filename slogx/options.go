package slogx

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/logfile"
)

// Options are what all handlers have in common. Each package's own Options embed them; the zero value is ready to use. A
// negative number or duration there counts as 0, or is refused, where its comment gives it no meaning of its own.
type Options struct {
	// Level is the least level that is handled. It is asked for every record, so a *slog.LevelVar changes it while the
	// program runs.
	Level slog.Leveler // nil: slog.LevelInfo

	// AddSource adds the place of the log call under slog.SourceKey.
	AddSource bool // default: false

	// ReplaceAttr rewrites or, by returning the zero Attr, drops attributes; see slog.HandlerOptions.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr // nil: attributes stay as they are

	// Format turns records into bytes.
	Format Format // nil: Text

	// ErrorHandler is told of every error, for slog.Logger throws away what Handle returns.
	ErrorHandler ErrorHandler // nil: one line a second on stderr, see StderrErrors
}

// An ErrorHandler is told of an error and the record it concerns; for an error in the background, such as a failed
// rotation, the record is the zero Record. It is called once per error, with no lock held, and may log, even through
// the handler that has failed or a queue in front of it; what fails of that it is not told again. It may be called from
// several goroutines at a time.
//
// It must not call package log if slog.SetDefault has made that log through the handler: log.Print holds a lock while its
// line is handled, and waits for ever for it when an ErrorHandler calls it in the course of that.
type ErrorHandler func(ctx context.Context, r slog.Record, err error)

// IgnoreErrors is the [ErrorHandler] that does nothing, Python's raiseExceptions = False.
func IgnoreErrors(context.Context, slog.Record, error) {}

// ErrClosed is returned by the methods of a closed handler. errors.Is(ErrClosed, os.ErrClosed) is true.
var ErrClosed error = logfile.ErrClosed
