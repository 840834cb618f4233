package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/slogkit-go/slogkit/internal/logfile"
)

// A Rotator may take long (it may compress), and may log. So nobody waits for it: it gets the closed file, and what is
// logged meanwhile goes to another one beside it.

// nextPath names that other file.
func (w *Writer) nextPath() string { return w.path + ".next" }

// handOver gives the file to the Rotator.
func (w *Writer) handOver(dest string) error {
	// Only the oldest number can be taken.
	if err := os.Remove(dest); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	opts := w.nextOptions()
	next, err := logfile.Open(w.nextPath(), opts)
	if err != nil {
		return err
	}
	size := w.file.Size()
	w.closeFile()
	w.file = next

	rotatorErr := w.unlocked(func() error { return w.config.Rotator(w.path, dest) })

	left, err := w.takeBack(opts)
	switch {
	case rotatorErr != nil:
		return errors.Join(fmt.Errorf("Rotator: %w", rotatorErr), err)
	case err == nil && left >= size && size > 0:
		return errors.New("the Rotator left the file as it was")
	}
	w.rotated(dest)
	return err
}

// takeBack makes one file of what the Rotator has left at the file's name, if anything, and of what came meanwhile. It
// returns how many bytes were left.
func (w *Writer) takeBack(opts logfile.Options) (left int64, err error) {
	if !w.closed {
		w.closeFile()
	}
	if _, err := os.Lstat(w.path); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(w.nextPath(), w.path); err != nil {
			return 0, err
		}
	}
	file, err := logfile.Open(w.path, opts)
	if err != nil {
		return 0, err
	}
	w.file = file
	if _, err := os.Lstat(w.nextPath()); err == nil {
		left = file.Size()
		err = w.recoverNext(file)
	}
	if w.closed {
		err = errors.Join(err, file.Close())
	}
	return left, err
}

// recoverNext appends to file what a Rotator's time, perhaps one that a crash has ended, has left beside it.
func (w *Writer) recoverNext(file *logfile.File) error {
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
	if err := file.Append(w.nextPath()); err != nil {
		return err
	}
	return os.Remove(w.nextPath())
}
