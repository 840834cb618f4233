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
	source := w.file
	w.closeFile()
	w.file = next

	rotatorErr := w.unlocked(func() error { return w.config.Rotator(w.path, dest) })

	kept, err := w.takeBack(opts, source)
	switch {
	case rotatorErr != nil:
		rotatorErr = fmt.Errorf("the Rotator failed: %w", rotatorErr)
	case kept && source.Size() > 0:
		rotatorErr = errors.New("the Rotator left the file as it was")
	default:
		w.rotated(dest)
		return err
	}
	if kept { // and so dest is at best a copy, at worst a part of one
		if removeErr := os.Remove(dest); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return errors.Join(rotatorErr, err)
}

// takeBack makes one file of what the Rotator has left at the name of source, if anything, and of what came meanwhile.
// It reports whether that is all of source.
func (w *Writer) takeBack(opts logfile.Options, source *logfile.File) (kept bool, err error) {
	next := w.file
	if !w.closed {
		w.closeFile()
	}
	if !exists(w.path) {
		if err := os.Rename(w.nextPath(), w.path); err != nil {
			return false, err
		}
	}
	file, err := logfile.Open(w.path, opts)
	if err != nil {
		return false, err
	}
	w.file = file
	if !file.Continue(next) {
		kept = file.Continue(source)
		err = w.recoverNext(file, next)
	}
	if w.closed {
		err = errors.Join(err, file.Close())
	}
	return kept, err
}

// recoverNext appends to file what a Rotator's time, perhaps one that a crash has ended, has left beside it. next is what
// is known of that, if anything.
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
	if err := file.Append(w.nextPath(), next); err != nil {
		return err
	}
	return os.Remove(w.nextPath())
}
