package rotate

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/slogx"
)

// WatchedOptions are the options of a [WatchedHandler]. The zero value is ready to use.
type WatchedOptions struct {
	slogx.Options

	Perm          fs.FileMode // of a new file, whatever the umask; 0: 0600
	DirPerm       fs.FileMode // of directories missing at the start; 0: 0700
	FollowSymlink bool        // write through a symbolic link; default: refuse it
	Truncate      bool        // empty an existing file at the start, Python's mode='w'; default: append
}

// WatchedHandler writes records to a file that another program rotates, such as logrotate: Python's WatchedFileHandler.
// Before each record it looks at the name, and if that has another file, or none, opens it anew.
type WatchedHandler struct {
	emitter *slogx.Emitter
	file    *logfile.Sink
}

// NewWatchedHandler returns a WatchedHandler that opens its file with the first record. It performs no I/O; the name is
// made absolute now. nil opts are the zero WatchedOptions.
func NewWatchedHandler(filename string, opts *WatchedOptions) *WatchedHandler {
	var o WatchedOptions
	if opts != nil {
		o = *opts
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("WatchedHandler " + filepath.Base(filename))
	}
	f := logfile.NewSink(filename, logfile.Options{
		Perm: o.Perm, DirPerm: o.DirPerm, FollowSymlink: o.FollowSymlink, Truncate: o.Truncate,
	}, true)
	emitter := slogx.NewEmitter(f, o.Options)
	f.SetLines(emitter.Lines())
	return &WatchedHandler{emitter, f}
}

// Enabled reports whether records of this level are handled.
func (h *WatchedHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle writes r to the file that has the name now. While that cannot be opened, because its directory is gone, each
// record is an error; when the directory is back so is the file.
func (h *WatchedHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.Handle(ctx, r)
}

// Injector serves package factory; see [slogx.Emitter.Injector].
func (h *WatchedHandler) Injector() *encode.Injector { return h.emitter.Injector() }

// WithAttrs returns a handler on the same file whose records begin with attrs.
func (h *WatchedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &WatchedHandler{h.emitter.WithAttrs(attrs), h.file}
}

// WithGroup returns a handler on the same file whose further attributes are in the group name.
func (h *WatchedHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &WatchedHandler{h.emitter.WithGroup(name), h.file}
}

// Name returns the absolute path of the file.
func (h *WatchedHandler) Name() string { return h.file.Path() }

// ReopenIfNeeded opens the file anew if its name has another file, or none. Handle does so too; a program calls it that
// wants the new file to be there before the next record.
func (h *WatchedHandler) ReopenIfNeeded() error { return h.file.Open() }

// Drain does nothing, for nothing waits in a buffer.
func (h *WatchedHandler) Drain() error { return nil }

// Flush commits to disk what was written.
func (h *WatchedHandler) Flush() error { return h.file.Sync() }

// Close closes the file for all derived handlers. Further records are refused with [slogx.ErrClosed]. It returns nil if
// the handler is closed already.
func (h *WatchedHandler) Close() error { return h.file.Close() }

// Stats returns how many records were written, and how many failed.
func (h *WatchedHandler) Stats() slogx.Stats { return slogx.Stats(h.file.Stats()) }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *WatchedHandler) Sink() any { return h.file }
