package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// A Rotator is given the file under its own name, as in Python. It may take long, and may log. So nobody waits for it:
// it gets the closed file, in the background, and what is logged meanwhile goes to another one beside it.

// handover is a file that the Rotator has, or is to have.
type handover struct {
	source *logfile.File // closed
	opts   logfile.Options
	began  time.Time
	roll   time.Time // when the period of source ended, or will
}

// nextPath names that other file.
func (w *Writer) nextPath() string { return w.path + ".next" }

// handOver begins the other file, and leaves the current one to the keeper.
func (w *Writer) handOver(now time.Time) error {
	opts := w.nextOptions()
	next, err := w.openFile(w.nextPath(), opts)
	if err != nil {
		return err
	}
	w.handing.Store(&handover{w.file, opts, now, w.rollAt})
	w.closeFile()
	w.file = next
	w.syncName()
	w.keeper.wake()
	return nil
}

func (w *Writer) isHanding() bool { return w.handing.Load() != nil }

// finishHandover is the keeper's part. A failure is reported; the Writer itself tries again.
func (w *Writer) finishHandover() {
	h := w.handing.Load()
	if h == nil {
		return
	}
	dest, rotatorErr := w.runRotator(h)
	kept, err := w.endHandover(h, rotatorErr)
	if kept { // and so dest is at best a copy, at worst a part of one
		if removeErr := os.Remove(dest); dest != "" && !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	if err != nil {
		w.failed(fmt.Errorf("rotate %s: %w", w.path, err))
	}
	if !kept && rotatorErr == nil {
		w.tight = false
		w.madeIn = filepath.Dir(dest)
		w.rotated(dest)
	}
	w.handing.Store(nil)
	w.keeper.progress()
}

// runRotator makes room for a backup, and has the Rotator make it.
func (w *Writer) runRotator(h *handover) (dest string, err error) {
	if w.config.Sync != SyncNever {
		if err := syncFile(w.path); err != nil {
			return "", err
		}
	}
	dest, err = w.roomFor(h)
	if err != nil {
		return "", err
	}
	// Only the oldest number can be taken.
	if err := os.Remove(dest); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	err = safe.Do(func() error { return w.config.Rotator(w.path, dest) })
	if err != nil {
		err = fmt.Errorf("the Rotator failed: %w", err)
	}
	return dest, err
}

// roomFor returns a free name for the backup.
func (w *Writer) roomFor(h *handover) (dest string, err error) {
	var slots []backup
	err = safe.Do(func() (err error) {
		if s := w.config.schedule; s != nil {
			dest, err = w.backups.free(s.start(h.roll).Format(s.layout))
			return err
		}
		if slots, err = w.backups.slots(w.config.keep, 1); err == nil {
			dest = slots[0].path
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if slots != nil {
		err = w.shift(slots, 1)
	}
	return dest, errors.Join(err, w.makeDir(dest))
}

// endHandover makes one file of what the Rotator has left at the name of source, if anything, and of what came
// meanwhile. It reports whether that is all of source.
func (w *Writer) endHandover(h *handover, rotatorErr error) (kept bool, err error) {
	w.mu.Lock()
	defer w.unlock()
	kept, err = w.takeBack(h)
	switch {
	case rotatorErr != nil:
		err = errors.Join(rotatorErr, err)
	case kept && h.source.Size() > 0:
		err = errors.Join(errors.New("the Rotator left the file as it was"), err)
	}
	kept = kept && h.source.Size() > 0
	if rotatorErr == nil && !kept {
		w.turned(h.began)
	} else {
		w.retry.failed(time.Now())
		w.tight = true
	}
	return kept, err
}

func (w *Writer) takeBack(h *handover) (kept bool, err error) {
	next := w.file
	if !w.closed {
		w.closeFile()
	}
	if !exists(w.path) {
		if err := os.Rename(w.nextPath(), w.path); err != nil {
			return false, err
		}
	}
	file, err := logfile.Open(w.path, h.opts)
	if err != nil {
		return false, err
	}
	w.file = file
	if !file.Continue(next) {
		kept = file.Continue(h.source)
		err = w.recoverNext(file, next)
	}
	if w.closed {
		err = errors.Join(err, file.Close())
	}
	return kept, err
}

// recoverNext moves to file what a Rotator's time, perhaps one that a crash has ended, has left beside it. next is what is
// known of that, if anything.
func (w *Writer) recoverNext(file, next *logfile.File) error {
	if w.config.Rotator == nil {
		return nil
	}
	info, err := os.Lstat(w.nextPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", w.nextPath())
	}
	return file.Append(w.nextPath(), next)
}

// makeDir makes the directory of a backup that a Namer has put elsewhere.
func (w *Writer) makeDir(dest string) error {
	if dir := filepath.Dir(dest); dir != filepath.Dir(w.path) {
		return logfile.MakeDirs(dir, w.config.DirPerm)
	}
	return nil
}
