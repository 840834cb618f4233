package rotate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Writer is an io.WriteCloser that rotates the file it appends to. Each Write is a record: it goes whole into one file.
// It serves whatever writes lines: slog.NewJSONHandler, zap, log.SetOutput.
type Writer struct {
	path    string
	config  config
	invalid error // what is wrong with the name or the options
	backups backups

	reporting reentry.Guard // of the errors of Write, for an ErrorHandler may write

	mu       sync.Mutex // held for a write and a rotation; never while user code runs
	file     *logfile.File
	opened   bool        // there was a file before
	rollAt   time.Time   // when the current period ends
	perm     fs.FileMode // of the file before, if known
	rolling  bool        // a rotation has let go of mu for user code
	room     string      // the backup's name that a failed rotation has made free
	retry    backoff     // of failing rotations
	gone     backoff     // of reports that the file is gone
	presence presence
	closed   bool
	stats    Stats
	later    []func() // what is to be done once mu is free: callbacks, errors
}

// NewWriter returns a Writer that opens its file with the first Write. It performs no I/O; the name is made absolute
// now. What is wrong with the name or the options is the error of each Write. nil opts are the zero Options, of which
// a Writer does not use Level, AddSource, ReplaceAttr and Format.
func NewWriter(filename string, opts *Options) *Writer {
	w := &Writer{}
	var nameErr, optsErr error
	w.path, nameErr = logfile.Abs(filename)
	w.config, optsErr = opts.config(filename)
	w.invalid = errors.Join(nameErr, optsErr)
	w.backups = backups{path: w.path, namer: w.config.Namer}
	if s := w.config.schedule; s != nil {
		w.backups.layout = s.layout
	}
	w.presence.start()
	return w
}

// OpenWriter returns a Writer with its file open, unless opts.Delay is set.
func OpenWriter(filename string, opts *Options) (*Writer, error) {
	w := NewWriter(filename, opts)
	if w.invalid != nil {
		return nil, w.invalid
	}
	if w.config.Delay {
		return w, nil
	}
	w.mu.Lock()
	defer w.unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	return w, nil
}

// Name returns the absolute path of the current file, Python's baseFilename.
func (w *Writer) Name() string { return w.path }

// Write appends p, a record, in one write, and rotates first if it is time to. If rotation fails the record goes into
// the old file, and the failure to the ErrorHandler; so does the error of Write.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.write(p)
	if err != nil {
		w.reporting.Do(func() { w.report(err) })
	}
	return n, err
}

// write is Write without the report.
func (w *Writer) write(p []byte) (int, error) {
	w.mu.Lock()
	w.stats.Handled++
	var n int
	var err error
	if !w.ready(len(p)) {
		err = w.prepare(len(p))
	}
	if err == nil {
		n, err = w.file.Write(p)
	}
	if err == nil {
		w.stats.Written++
		w.stats.Bytes += int64(n)
	} else {
		w.stats.Failed++
	}
	w.unlock()
	return n, err
}

// ready reports whether a record of n bytes can surely go into the file that is open. It is inlined.
func (w *Writer) ready(n int) bool {
	return w.file != nil && !w.closed && w.presence.looks.Load() == 0 &&
		w.config.schedule == nil && w.file.Size()+int64(n) < w.config.limit
}

// prepare makes w.file the file that a record of n bytes belongs to.
func (w *Writer) prepare(n int) error {
	if w.file == nil || w.closed {
		return w.openFirst(n)
	}
	if w.presence.due() {
		if _, err := w.ensureInPlace(); err != nil {
			return err
		}
	}
	if w.file.Size()+int64(n) >= w.config.limit || w.config.schedule != nil {
		return w.rollIfDue(n)
	}
	return nil
}

func (w *Writer) openFirst(n int) error {
	if w.closed {
		return slogx.ErrClosed
	}
	if err := w.open(); err != nil {
		return err
	}
	return w.rollIfDue(n)
}

// open opens the file. Only the first time does it make directories and empty the file, and find when the period ends.
func (w *Writer) open() error {
	if w.invalid != nil {
		return w.invalid
	}
	opts := w.nextOptions()
	if !w.opened {
		opts = w.config.fileOptions()
		opts.MakeDirs = true
	}
	file, err := logfile.Open(w.path, opts)
	if err != nil {
		return err
	}
	if !w.opened {
		if err := w.recoverNext(file, nil); err != nil {
			w.fail(fmt.Errorf("recover what a rotation left: %w", err))
		}
		if s := w.config.schedule; s != nil {
			w.rollAt = s.next(file.Begun(time.Now()))
		}
	}
	w.file, w.opened = file, true
	return nil
}

// ensureInPlace opens the file anew if it was deleted, or moved by somebody else. If that fails, what has its name, if
// anything, is not ours: ok is false. Records then go on into a file that was moved; for one that was deleted they have
// nowhere to go, and err says why.
func (w *Writer) ensureInPlace() (ok bool, err error) {
	if !w.rotatable() {
		return true, nil
	}
	if there, err := w.file.InPlace(); there || err != nil {
		return true, nil
	}
	err = w.reopen()
	if err == nil {
		w.gone = backoff{}
		return true, nil
	}
	err = fmt.Errorf("%s is gone: %w", w.path, err)
	if w.file.Deleted() && !w.rolling {
		w.closeFile()
		return false, err
	}
	if now := time.Now(); w.gone.over(now) {
		w.gone.failed(now)
		w.fail(err)
	}
	return false, nil
}

// reopen replaces the open file; if that fails the old one stays.
func (w *Writer) reopen() error {
	old := w.file
	if err := w.open(); err != nil {
		return err
	}
	w.stats.Reopened++
	if old == nil {
		return nil
	}
	w.file.Continue(old)
	return old.Close()
}

// Rotate moves the current file away now, and begins another. It does nothing for a file that cannot be rotated: one
// that is no regular file, or is named by a symbolic link. With BackupCount 0 and no When there is no name to move it
// to, and Rotate is Reopen, as Python's doRollover is.
func (w *Writer) Rotate() error {
	w.mu.Lock()
	defer w.unlock()
	if w.closed {
		return slogx.ErrClosed
	}
	if w.file == nil {
		if err := w.open(); err != nil {
			return err
		}
	}
	switch {
	case !w.rotatable():
		return nil
	case w.config.BackupCount == 0 && w.config.schedule == nil:
		return w.reopen()
	case w.rolling:
		return errors.New("rotate: another rotation is in progress")
	default:
		return w.roll(time.Now())
	}
}

// Reopen closes the file and opens what is at its name now, for programs such as logrotate that have moved it: call it
// on SIGHUP.
func (w *Writer) Reopen() error {
	w.mu.Lock()
	defer w.unlock()
	if w.closed {
		return slogx.ErrClosed
	}
	if w.rolling { // which ends with another file
		return nil
	}
	return w.reopen()
}

// Flush commits to disk what was written; nothing waits in a buffer.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.unlock()
	if w.file == nil || w.closed {
		return nil
	}
	return w.file.Sync()
}

// Close closes the file. Further writes are refused with [slogx.ErrClosed]. It returns nil if w is closed already.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	w.presence.stop()
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// Stats returns what w did so far.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stats
}

// unlock lets go of mu and does what had to wait for that.
func (w *Writer) unlock() {
	if len(w.later) > 0 {
		w.unlockAndDo()
		return
	}
	w.mu.Unlock()
}

func (w *Writer) unlockAndDo() {
	later := w.later
	w.later = nil
	w.mu.Unlock()
	for _, f := range later {
		f()
	}
}

// unlocked runs user code without mu. What is to be done later remains for this goroutine.
func (w *Writer) unlocked(f func() error) error {
	later := w.later
	w.later = nil
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.later = append(later, w.later...)
	}()
	return safe.Do(f)
}

// fail reports an error that is nobody's return value.
func (w *Writer) fail(err error) {
	w.stats.Errors++
	w.later = append(w.later, func() { w.report(err) })
}

func (w *Writer) report(err error) {
	_ = safe.Do(func() error {
		w.config.ErrorHandler(context.Background(), slog.Record{}, err)
		return nil
	})
}
