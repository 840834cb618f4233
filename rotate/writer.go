package rotate

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
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
	lines   bool  // each record surely ends with a newline
	direct  bool  // nothing but the size decides where a record goes
	backups backups

	batch    *batch // nil: each record is written at once
	combiner combiner
	shared   *shared // nil: no other process writes to the file
	keeper   worker  // of the backups

	reporting reentry.Guard // of the errors of Write, for an ErrorHandler may write

	mu       sync.Mutex // held for a write, and to begin a file; never while user code runs
	file     *logfile.File
	opened   bool                     // there was a file before
	settled  bool                     // it is among those that are rotated
	answers  answers                  // of user code
	bare     int64                    // the size of the file when nothing but the header was in it
	rollAt   time.Time                // when the current period ends
	perm     fs.FileMode              // of the file before, if known
	handing  atomic.Pointer[handover] // of the file, to the Rotator; nil: none
	retry    backoff                  // of failing rotations
	gone     backoff                  // of reports that the file is gone
	lastTurn int64                    // the stamp of the last file moved aside
	presence presence
	closing  bool // Close writes what waits in the buffer
	closed   bool
	stats    Stats
	later    []func() // what is to be done once mu is free: callbacks, errors

	// What the keeper says, and hears.
	aside  atomic.Int32 // files moved aside that are no backups yet
	stuck  atomic.Bool  // these cannot become backups now
	giveUp atomic.Bool  // leave what is not done

	// The keeper's own.
	tight  bool     // it was interrupted between two renames
	made   []string // backups, in this run
	done   int32    // files moved aside, in this run
	madeIn string   // directory of the last backup
}

// NewWriter returns a Writer that opens its file with the first Write. It performs no I/O; the name is made absolute
// now. What is wrong with the name or the options is the error of each Write. nil opts are the zero Options, of which
// a Writer does not use Level, AddSource, ReplaceAttr, Format and FlushLevel.
func NewWriter(filename string, opts *Options) *Writer {
	w := &Writer{}
	var nameErr, optsErr error
	w.path, nameErr = logfile.Abs(filename)
	w.config, optsErr = opts.config(filename)
	w.invalid = errors.Join(nameErr, optsErr)
	w.backups = backups{path: w.path, namer: w.config.Namer, ext: w.config.ext}
	if s := w.config.schedule; s != nil {
		w.backups.layout = s.layout
	}
	if w.config.Shared {
		w.shared = &shared{path: w.path + ".lock", perm: w.config.Perm}
	}
	if w.config.BufferSize > 0 && w.invalid == nil {
		w.batch = newBatch(w, w.config.BufferSize)
	}
	w.direct = w.config.schedule == nil && w.shared == nil
	w.keeper.task = w.keep
	w.combiner.ended.L = &w.mu
	w.presence.start()
	return w
}

// OpenWriter returns a Writer with its file open, unless opts.Delay is set.
func OpenWriter(filename string, opts *Options) (*Writer, error) {
	w := NewWriter(filename, opts)
	if err := w.openNow(); err != nil {
		_ = w.Close() // what it has opened so far
		return nil, err
	}
	return w, nil
}

// openNow opens the file, unless Delay is set.
func (w *Writer) openNow() error {
	if w.invalid != nil || w.config.Delay {
		return w.invalid
	}
	w.mu.Lock()
	defer w.unlock()
	return w.hold(w.prepareFile)
}

// Name returns the absolute path of the current file, Python's baseFilename.
func (w *Writer) Name() string { return w.path }

// Write appends p, a record, and rotates first if it is time to. If rotation fails the record goes into the old file,
// and the failure to the ErrorHandler; so does the error of Write. With BufferSize it is written later, and what then
// fails goes to the ErrorHandler, or is the error of Flush or Close.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.write(p)
	if err != nil {
		w.reporting.Do(func() { w.report(err) })
	}
	return n, err
}

// write is Write without the report.
func (w *Writer) write(p []byte) (int, error) {
	if w.batch != nil {
		return w.batch.add(p)
	}
	if w.combiner.hot.Load() || !w.mu.TryLock() {
		return w.combine(p)
	}
	n, err := w.put(p)
	if err == nil && w.config.Sync == SyncEveryRecord {
		err = w.commit()
	}
	w.stats.count(n, err)
	w.unlock()
	return n, err
}

// put appends p to the file it belongs to.
func (w *Writer) put(p []byte) (n int, err error) {
	if w.ready(len(p)) {
		return w.file.Write(p)
	}
	err = w.hold(func() error {
		if err := w.prepare(len(p)); err != nil {
			return err
		}
		var err error
		n, err = w.file.Write(p)
		return err
	})
	return n, err
}

// commit commits to disk what was just written, if each record is to be.
func (w *Writer) commit() error {
	if w.config.Sync != SyncEveryRecord || w.file == nil {
		return nil
	}
	return w.file.Sync()
}

// ready reports whether a record of n bytes can surely go into the file that is open. It is inlined.
func (w *Writer) ready(n int) bool {
	return w.direct && w.file != nil && !w.closed && w.presence.looks.Load() == 0 && w.file.Size()+int64(n) < w.config.limit
}

// Rotate moves the current file away now, and begins another. It does nothing for a file that cannot be rotated: one
// that is no regular file, or is named by a symbolic link. Without BackupCount or When there is no name to move it to,
// and Rotate is Reopen, as Python's doRollover is. When it returns, the backups have their names; compression goes on.
func (w *Writer) Rotate() error {
	drainErr := w.Drain()
	w.keeper.wait(func() bool { return !w.isHanding() }, closeTimeout) // one that is on the way, not this one
	if err := w.rotate(); err != nil {
		return join(drainErr, err)
	}
	return join(drainErr, w.settle(func() bool { return w.archived() && !w.isHanding() }))
}

func (w *Writer) rotate() error {
	w.mu.Lock()
	defer w.unlock()
	return w.hold(func() error {
		if err := w.prepareFile(); err != nil {
			return err
		}
		switch {
		case !w.rotatable():
			return nil
		case w.config.keep == 0:
			return w.reopen()
		case w.isHanding():
			return errors.New("rotate: another rotation is in progress")
		default:
			return w.turn(time.Now())
		}
	})
}

// Reopen closes the file and opens what is at its name now, for programs such as logrotate that have moved it: call it
// on SIGHUP.
func (w *Writer) Reopen() error {
	drainErr := w.Drain()
	w.mu.Lock()
	defer w.unlock()
	if w.closed {
		return slogx.ErrClosed
	}
	if w.isHanding() { // which ends with another file
		return drainErr
	}
	return join(drainErr, w.hold(func() error {
		switch {
		case w.closed: // while user code ran
			return slogx.ErrClosed
		case w.handing.Load() != nil:
			return nil
		default:
			return w.reopen()
		}
	}))
}

// Flush writes what waits in the buffer, commits to disk what was written to the current file, and waits until files
// moved aside are backups.
func (w *Writer) Flush() error {
	drainErr := w.Drain()
	return join(join(drainErr, w.sync()), w.settle(w.archived))
}

func (w *Writer) sync() error {
	w.mu.Lock()
	defer w.unlock()
	if w.file == nil || w.closed {
		return nil
	}
	return w.file.Sync()
}

// Drain writes what waits in the buffer.
func (w *Writer) Drain() error {
	if w.batch == nil {
		return nil
	}
	return w.batch.flush()
}

// closeTimeout is how long Close waits for what the keeper has begun. Tests of many processes have more, for busy machines.
var closeTimeout = 10 * time.Second

// Close writes what waits in the buffer, and closes the file. Further writes are refused with [slogx.ErrClosed]. It
// waits for at most 10 s until backups have their names and are compressed; what is left then, the next start makes up
// for. It returns nil if w is closed already.
func (w *Writer) Close() error {
	var err error
	if !w.closeNow(&err) {
		return nil
	}
	if w.batch != nil {
		w.batch.waitTimer()
	}
	w.keeper.close()
	never := func() bool { return false }
	if !w.keeper.wait(never, closeTimeout) {
		w.giveUp.Store(true)
		if !w.keeper.wait(never, time.Second) {
			err = errors.Join(err, errors.New("rotate: closed, but a Rotator or another function of the program does not return"))
		}
	}
	if w.shared != nil {
		err = errors.Join(err, w.shared.close())
	}
	return err
}

// closeNow closes the file, and reports whether that was still to be done.
func (w *Writer) closeNow(err *error) bool {
	w.mu.Lock()
	defer w.unlock()
	if w.closing {
		return false
	}
	w.closing = true
	if w.batch != nil {
		*err = w.batch.close()
	}
	w.closed = true
	w.moveOut()
	w.presence.stop()
	if w.file != nil {
		*err = errors.Join(*err, w.file.Close())
	}
	return true
}

// settle waits until enough is done by the keeper, and returns why a file moved aside is no backup then.
func (w *Writer) settle(enough func() bool) error {
	if !w.keeper.wait(enough, closeTimeout) {
		return errors.New("rotate: the backup is not made yet")
	}
	if !w.archived() {
		return w.keeper.failing()
	}
	return nil
}

// archived reports whether all files moved aside are backups.
func (w *Writer) archived() bool { return w.aside.Load() <= 0 }

// Stats returns what w did so far.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stats
	if w.batch != nil {
		w.batch.addTo(&s)
	}
	s.Pending = int64(max(w.aside.Load(), 0))
	return s
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

// fail reports, once mu is free, an error that is nobody's return value.
func (w *Writer) fail(err error) {
	w.stats.Errors++
	w.later = append(w.later, func() { w.report(err) })
}

// failed is fail for who does not hold mu.
func (w *Writer) failed(err error) {
	w.mu.Lock()
	w.stats.Errors++
	w.mu.Unlock()
	w.report(err)
}

func (w *Writer) report(err error) {
	_ = safe.Do(func() error {
		w.config.ErrorHandler(context.Background(), slog.Record{}, err)
		return nil
	})
}

// join is errors.Join, but a single error remains what it is.
func join(a, b error) error {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return errors.Join(a, b)
}
