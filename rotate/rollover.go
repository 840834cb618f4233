package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// rollIfDue rotates before a record of n bytes if it is time to. A rotation that fails is tried again after a while;
// until then the old file is written on.
func (w *Writer) rollIfDue(n int) error {
	if !w.due(n) {
		return nil
	}
	// What is known of the file may be wrong: somebody may have moved or truncated it.
	if ok, err := w.ensureInPlace(); !ok {
		return err
	}
	w.file.Refresh()
	if !w.due(n) {
		return nil
	}
	if now := time.Now(); w.retry.over(now) {
		if err := w.roll(now); err != nil {
			w.retry.failed(now)
			w.fail(fmt.Errorf("rotate %s: %w", w.path, err))
		} else {
			w.retry = backoff{}
		}
	}
	switch {
	case w.closed: // while user code ran
		return slogx.ErrClosed
	case w.file == nil:
		return w.open()
	}
	return nil
}

// due reports whether a record of n bytes belongs to the next file.
func (w *Writer) due(n int) bool {
	switch {
	case w.rolling || !w.rotatable():
		return false
	case w.file.Size() > 0 && w.file.Size()+int64(n) >= w.config.limit:
		return true
	default:
		return w.config.schedule != nil && !time.Now().Before(w.rollAt)
	}
}

// rotatable reports whether the file may be moved.
func (w *Writer) rotatable() bool { return w.file.Regular() && !w.file.Linked() }

// roll moves the current file to a backup and begins another, then deletes the backups that are too many. While user
// code runs, other records go on into the old file or, once that is given to a Rotator, into the next.
func (w *Writer) roll(now time.Time) error {
	w.rolling = true
	defer func() { w.rolling = false }()

	shifts, dest, err := w.plan()
	if err != nil {
		return err
	}
	if w.closed {
		return slogx.ErrClosed
	}
	if err := w.makeRoom(shifts, dest); err != nil {
		return err
	}
	w.room = dest
	if w.config.Rotator != nil {
		err = w.handOver(dest)
	} else {
		err = w.moveAway(dest)
	}
	if err != nil {
		return err
	}
	w.room = ""
	if s := w.config.schedule; s != nil {
		if !now.Before(w.rollAt) {
			w.rollAt = s.next(now)
		}
		w.deleteSurplus(filepath.Dir(dest))
	}
	return nil
}

// plan returns the renames that make room and the name of the new backup.
func (w *Writer) plan() (shifts []shift, dest string, err error) {
	err = w.withNamer(func() (err error) {
		if s := w.config.schedule; s != nil {
			dest, err = w.backups.free(s.start(w.rollAt))
		} else {
			shifts, dest, err = w.backups.numbered(w.config.BackupCount)
		}
		return err
	})
	return shifts, dest, err
}

// withNamer runs f, without mu if that calls user code.
func (w *Writer) withNamer(f func() error) error {
	if w.config.Namer == nil {
		return f()
	}
	return w.unlocked(f)
}

func (w *Writer) makeRoom(shifts []shift, dest string) error {
	if dest == w.room {
		if !exists(dest) {
			shifts = nil // or each failing rotation would push one more backup out
		}
	}
	for _, s := range shifts {
		if err := os.Rename(s.from, s.to); err != nil {
			return err
		}
	}
	if dir := filepath.Dir(dest); dir != filepath.Dir(w.path) { // Namer's
		return logfile.MakeDirs(dir, w.config.DirPerm)
	}
	return nil
}

// Windows does not rename a file that is open.
const closeFirst = runtime.GOOS == "windows"

// moveAway renames the file and opens the next. If that cannot be opened the file gets its name back.
func (w *Writer) moveAway(dest string) error {
	opts := w.nextOptions()
	if closeFirst {
		w.closeFile()
	}
	err := os.Rename(w.path, dest)
	moved := err == nil
	if errors.Is(err, fs.ErrNotExist) && !exists(w.path) {
		err = nil // deleted by somebody else: there is nothing to keep
	}
	if err != nil {
		return err
	}
	next, err := logfile.Open(w.path, opts)
	if err != nil {
		if moved {
			err = errors.Join(err, os.Rename(dest, w.path))
		}
		return err
	}
	w.closeFile()
	w.file = next
	if moved {
		w.rotated(dest)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// nextOptions are those for the file after this one, which keeps the mode of this one unless another was asked for.
func (w *Writer) nextOptions() logfile.Options {
	opts := w.config.fileOptions()
	opts.Truncate = false
	if opts.Perm == 0 {
		if w.file != nil {
			w.perm = w.file.Perm()
		}
		opts.Perm = w.perm
	}
	return opts
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

// deleteSurplus deletes the oldest dated backups in dir. One that cannot be deleted is reported and spares no other.
func (w *Writer) deleteSurplus(dir string) {
	if w.config.BackupCount == 0 {
		return
	}
	var surplus []string
	err := w.withNamer(func() (err error) {
		surplus, err = w.backups.surplus(dir, w.config.BackupCount)
		return err
	})
	for _, path := range surplus {
		if removeErr := os.Remove(path); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	if err != nil {
		w.fail(fmt.Errorf("delete old backups of %s: %w", w.path, err))
	}
}

// rotated notes a finished rotation.
func (w *Writer) rotated(dest string) {
	w.stats.Rotations++
	if w.config.OnRotate == nil {
		return
	}
	w.later = append(w.later, func() {
		err := safe.Do(func() error {
			w.config.OnRotate(w.path, dest)
			return nil
		})
		if err != nil {
			w.report(fmt.Errorf("OnRotate: %w", err))
		}
	})
}

// backoff delays what has failed: 1 s at first, twice as long each time, at most 30 s.
type backoff struct {
	wait  time.Duration
	until time.Time
}

func (b *backoff) over(now time.Time) bool { return b.wait == 0 || !now.Before(b.until) }

func (b *backoff) failed(now time.Time) {
	b.wait = min(max(2*b.wait, time.Second), 30*time.Second)
	b.until = now.Add(b.wait)
}
