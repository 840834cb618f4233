package rotate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// backupDir is where backups are made.
func (w *Writer) backupDir() (string, error) {
	if w.madeIn != "" {
		return w.madeIn, nil
	}
	name, err := w.backups.name(w.exampleSuffix())
	return filepath.Dir(name), err
}

// exampleSuffix is one that a backup might have.
func (w *Writer) exampleSuffix() string {
	if s := w.config.schedule; s != nil {
		return time.Now().In(s.loc).Format(s.layout)
	}
	return "1"
}

// tryNames finds out whether backups can have the names that the Namer gives, before the first file is moved aside: it
// does to an empty file what will be done to that.
func (w *Writer) tryNames() error {
	dest, err := w.exampleName()
	if err != nil {
		return err
	}
	if err := w.makeDir(dest); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(w.path), filepath.Base(w.path)+asideInfix+"probe*") // for others may try too
	if err != nil {
		return err
	}
	probe := f.Name()
	dest += strings.TrimPrefix(probe, w.path) // as the keeper, or that of another process, may make dest itself right now
	if err := errors.Join(f.Close(), os.Rename(probe, dest)); err != nil {
		return errors.Join(err, os.Remove(probe))
	}
	return os.Remove(dest)
}

// exampleName is one that the next backup might have.
func (w *Writer) exampleName() (string, error) {
	if w.config.schedule != nil {
		return w.backups.free(w.exampleSuffix())
	}
	slots, err := w.backups.slots(min(w.config.keep, 10), 1)
	if len(slots) == 0 {
		return "", err
	}
	return slots[0].path, err
}
