package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// turnIf begins the next file before a record of n bytes if that is due. If it fails it is tried again after a while;
// until then the old file is written on. A late record was logged before the current period ended.
func (w *Writer) turnIf(n int, late bool) error {
	due := w.due
	if late {
		due = w.dueBySize
	}
	if !due(n) {
		return nil
	}
	// What is known of the file may be wrong: somebody may have moved or truncated it.
	if w.shared == nil {
		if ok, err := w.ensureInPlace(); !ok {
			return err
		}
		w.file.Refresh()
		if !due(n) {
			return nil
		}
	}
	if now := time.Now(); w.retry.over(now) && w.keepsUp() {
		logged := now
		if late && w.config.schedule != nil && !now.Before(w.rollAt) {
			logged = w.rollAt.Add(-1) // the period goes on in the next file
		}
		switch err := w.turn(logged); err {
		case nil:
		case errAsk:
			return err
		default:
			w.retry.failed(now)
			w.fail(fmt.Errorf("rotate %s: %w", w.path, err))
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

// due reports whether a record of n bytes that is logged now belongs to the next file.
func (w *Writer) due(n int) bool {
	return w.dueBySize(n) || w.config.schedule != nil && w.free() && !time.Now().Before(w.rollAt)
}

// dueBySize reports whether a record of n bytes has no room in the file.
func (w *Writer) dueBySize(n int) bool {
	return w.file.Size() > w.bare && w.file.Size()+int64(n) >= w.config.limit && w.free()
}

// free reports whether the file may be moved, and nobody is about to.
func (w *Writer) free() bool { return !w.isHanding() && w.answers.asking == 0 && w.rotatable() }

// keepsUp reports whether the keeper makes backups of what is moved aside. If it fails, or is far behind, the file is
// written on: or the disk would fill with files that nobody counts.
func (w *Writer) keepsUp() bool {
	const lag = 64
	return !w.stuck.Load() && int(w.aside.Load()) < lag+min(w.config.keep, wide/2)
}

// turn begins the next file. The old one is only moved aside, which takes the time of one renaming: the keeper makes a
// backup of it.
func (w *Writer) turn(now time.Time) error {
	if err := w.nextNames(); err != nil {
		return err
	}
	if _, err := w.nextHeader(); err != nil {
		return err
	}
	if err := w.commit(); err != nil { // before it is another file
		w.fail(err)
	}
	if w.config.Rotator != nil {
		return w.handOver(now)
	}
	if err := w.moveAside(); err != nil {
		return err
	}
	w.turned(now)
	return nil
}

// turned notes that a file was begun now, and finds when its period ends.
func (w *Writer) turned(now time.Time) {
	w.retry = backoff{}
	if s := w.config.schedule; s != nil && !now.Before(w.rollAt) {
		w.rollAt = s.next(now)
	}
}

// Windows does not rename a file that is open.
const closeFirst = runtime.GOOS == "windows"

// moveAside renames the file and opens the next. If that cannot be opened the file gets its name back.
func (w *Writer) moveAside() error {
	aside, err := w.asideName()
	if err != nil {
		return err
	}
	opts := w.nextOptions()
	if closeFirst {
		w.closeFile()
	}
	err = os.Rename(w.path, aside)
	moved := err == nil
	if errors.Is(err, fs.ErrNotExist) && !exists(w.path) {
		err = nil // deleted by somebody else: there is nothing to keep
	}
	if err != nil {
		return err
	}
	next, err := w.openFile(w.path, opts)
	if err != nil {
		if moved {
			err = errors.Join(err, os.Rename(aside, w.path))
		}
		return err
	}
	w.closeFile()
	w.file = next
	if moved {
		w.aside.Add(1)
		w.keeper.wake()
	}
	w.syncName()
	return nil
}

// syncName commits the name of a new file to disk, without which its records would be lost.
func (w *Writer) syncName() {
	if w.config.Sync == SyncEveryRecord {
		if err := syncDir(filepath.Dir(w.path)); err != nil {
			w.fail(err)
		}
	}
}

// asideName is unique, and later ones sort after it: name.rotating.STAMP, with the date of the backup if it will have one.
func (w *Writer) asideName() (string, error) {
	w.lastTurn = max(w.lastTurn+1, time.Now().UnixNano())
	for ; ; w.lastTurn++ {
		name := w.path + asideInfix + strconv.FormatInt(w.lastTurn, 10)
		if s := w.config.schedule; s != nil {
			name += "." + s.start(w.rollAt).Format(s.layout)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}
