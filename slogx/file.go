package slogx

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/logfile"
)

// FileOptions are the options of a [FileHandler]. The zero value is ready to use.
type FileOptions struct {
	Options

	Truncate      bool        // empty an existing file when it is opened first, Python's mode='w'; default: append
	Delay         bool        // OpenFileHandler: open with the first record, Python's delay=True
	Perm          fs.FileMode // of a new file, whatever the umask; 0: 0600
	DirPerm       fs.FileMode // of directories that are missing when the file is opened first; 0: 0700
	FollowSymlink bool        // write through a symbolic link; default: refuse it
}

// FileHandler writes records to a file, as Python's logging.FileHandler does: one write for each. The file is private
// (0600) unless Perm says otherwise.
type FileHandler struct {
	emitter *Emitter
	file    *logfile.Sink
}

// NewFileHandler returns a FileHandler that opens its file with the first record. It performs no I/O; the name is made
// absolute now, so that a later chdir does not move the file. What is wrong with the file or its name is the error of
// each Handle until it is right. nil opts are the zero FileOptions.
func NewFileHandler(name string, opts *FileOptions) *FileHandler {
	var o FileOptions
	if opts != nil {
		o = *opts
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = StderrErrors("FileHandler " + filepath.Base(name))
	}
	f := logfile.NewSink(name, logfile.Options{
		Perm: o.Perm, DirPerm: o.DirPerm, FollowSymlink: o.FollowSymlink, Truncate: o.Truncate,
	}, false)
	emitter := NewEmitter(f, o.Options)
	f.SetLines(emitter.Lines())
	return &FileHandler{emitter, f}
}

// OpenFileHandler returns a FileHandler with its file open, unless opts.Delay is set.
func OpenFileHandler(name string, opts *FileOptions) (*FileHandler, error) {
	if name == "" {
		return nil, logfile.ErrNoName
	}
	h := NewFileHandler(name, opts)
	if opts == nil || !opts.Delay {
		if err := h.file.Open(); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Enabled reports whether records of this level are handled.
func (h *FileHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle writes r to the file.
func (h *FileHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.Handle(ctx, r)
}

// Injector serves package factory; see [Emitter.Injector].
func (h *FileHandler) Injector() *encode.Injector { return h.emitter.Injector() }

// WithAttrs returns a handler on the same file whose records begin with attrs.
func (h *FileHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &FileHandler{h.emitter.WithAttrs(attrs), h.file}
}

// WithGroup returns a handler on the same file whose further attributes are in the group name.
func (h *FileHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &FileHandler{h.emitter.WithGroup(name), h.file}
}

// Name returns the absolute name of the file, Python's baseFilename.
func (h *FileHandler) Name() string { return h.file.Path() }

// Drain does nothing, for nothing waits in a buffer.
func (h *FileHandler) Drain() error { return nil }

// Flush commits to disk what was written.
func (h *FileHandler) Flush() error { return h.file.Sync() }

// Close closes the file. Further records are refused with [ErrClosed]. It returns nil if the handler is closed already.
func (h *FileHandler) Close() error { return h.file.Close() }

// Stats returns how many records were written, and how many failed.
func (h *FileHandler) Stats() Stats { return Stats(h.file.Stats()) }

// Sink identifies what derived handlers share; see [Close].
func (h *FileHandler) Sink() any { return h.file }
