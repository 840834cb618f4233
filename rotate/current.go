package rotate

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/slogx"
)

// prepare makes w.file the file that a record of n bytes belongs to, which is logged now.
func (w *Writer) prepare(n int) error {
	if err := w.prepareFile(); err != nil {
		return err
	}
	return w.turnIf(n, false)
}

// prepareSize is prepare for a record that was logged before the current period ended.
func (w *Writer) prepareSize(n int) error {
	if err := w.prepareFile(); err != nil {
		return err
	}
	return w.turnIf(n, true)
}

// prepareFile makes w.file the file that has the name.
func (w *Writer) prepareFile() error {
	switch {
	case w.closed:
		return slogx.ErrClosed
	case w.file == nil:
		return w.open()
	case w.shared == nil && w.presence.due():
		_, err := w.ensureInPlace()
		if err == errAsk {
			w.presence.looks.Add(1) // the answer is worth a look
		}
		return err
	default:
		return nil
	}
}

// open opens the file. Only the first time does it make directories and empty the file, and clean up after another
// process. It is errAsk if the file wants one that has not been asked for.
func (w *Writer) open() error {
	if w.invalid != nil {
		return w.invalid
	}
	opts := w.nextOptions()
	if !w.opened {
		opts = w.config.fileOptions(w.lines)
		opts.MakeDirs = true
	}
	file, err := w.openFile(w.path, opts)
	if err != nil {
		return err
	}
	if !w.opened || w.shared != nil {
		w.findPeriod(file)
	}
	if !w.opened {
		w.begin(file)
	}
	w.file, w.opened = file, true
	return nil
}

// findPeriod finds when the period of an existing file ends. The clock that stamps files may be some milliseconds behind
// the one that rotates them: a file is not older than the rollover that began it.
func (w *Writer) findPeriod(file *logfile.File) {
	const behind = 10 * time.Millisecond
	if s := w.config.schedule; s != nil {
		now := time.Now()
		begun := file.Begun(now).Add(behind)
		if begun.After(now) {
			begun = now
		}
		w.rollAt = s.next(begun)
	}
}

// begin is what there is to do when the file is opened first.
func (w *Writer) begin(file *logfile.File) {
	if err := w.recoverNext(file, nil); err != nil {
		w.fail(fmt.Errorf("recover what a rotation left: %w", err))
	}
	if !file.Regular() || file.Linked() {
		return
	}
	if err := w.settleIn(); err != nil {
		w.fail(err)
	}
	if w.symlink() != nil || w.leftovers() { // the keeper tries again, and says so
		w.tight = true
		w.keeper.wake()
	}
}

// openFile opens a file and begins it with the header if it is empty. It makes none without one that it should have.
func (w *Writer) openFile(path string, opts logfile.Options) (*logfile.File, error) {
	header, missing := w.nextHeader()
	if missing != nil && emptyAt(path, opts) {
		return nil, missing
	}
	file, err := logfile.Open(path, opts)
	if err != nil {
		return nil, err
	}
	if !file.Regular() || file.Size() > 0 {
		w.bare = 0
		return file, nil
	}
	return file, w.writeHeader(file, path, header)
}

// fileOptions are those for opening the file first.
func (c *config) fileOptions(lines bool) logfile.Options {
	return logfile.Options{
		Perm: c.Perm, DirPerm: c.DirPerm, FollowSymlink: c.FollowSymlink, Lines: lines,
		Truncate: c.Truncate && c.MaxBytes <= 0 && c.schedule == nil,
	}
}

// nextOptions are those for the file after this one, which keeps the mode of this one unless another was asked for.
func (w *Writer) nextOptions() logfile.Options {
	opts := w.config.fileOptions(w.lines)
	opts.Truncate = false
	if opts.Perm == 0 {
		opts.Perm = w.permNow()
	}
	return opts
}

func (w *Writer) permNow() fs.FileMode {
	if w.file != nil {
		w.perm = w.file.Perm()
	}
	return w.perm
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
	if err == errAsk {
		return false, err
	}
	err = fmt.Errorf("%s is gone: %w", w.path, err)
	if w.file.Deleted() && !w.isHanding() {
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

// closeFile closes the current file, if one is open. What that says of records written before is reported.
func (w *Writer) closeFile() {
	if w.file == nil {
		return
	}
	if err := w.file.Close(); err != nil {
		w.fail(err)
	}
	w.file = nil
}

// rotatable reports whether the file may be moved.
func (w *Writer) rotatable() bool { return w.file.Regular() && !w.file.Linked() }
