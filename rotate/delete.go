package rotate

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"time"
)

// deleteSurplus deletes the oldest backups. One that cannot be deleted spares no other.
func (w *Writer) deleteSurplus() error {
	keep := retention{count: w.config.keep, age: w.config.MaxAge, bytes: w.config.MaxTotalBytes}
	if w.config.schedule == nil {
		keep.count = math.MaxInt // the numbers take care of that
	}
	if keep == (retention{count: math.MaxInt}) {
		return nil
	}
	unlock, err := w.lockBackups()
	if err != nil {
		return err
	}
	defer unlock()
	return w.delete(keep)
}

func (w *Writer) delete(keep retention) error {
	dir, err := w.backupDir()
	if err != nil {
		return err
	}
	all, err := w.backups.list(dir, w.config.keep)
	if err != nil {
		return err
	}
	var known []aged
	for _, x := range all {
		known = append(known, w.age(&x))
	}
	var errs []error
	for _, x := range all[:keep.surplus(known, time.Now())] {
		for _, file := range x.files(w.backups.ext) {
			if err := os.Remove(file); err == nil {
				w.count(func(s *Stats) { s.Deleted++ })
			} else if !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// age finds out what retention has to know. Of what has just vanished it knows nothing.
func (w *Writer) age(x *backup) (a aged) {
	for _, file := range x.files(w.backups.ext) {
		if info, err := os.Lstat(file); err == nil {
			a.last = info.ModTime()
			a.bytes += info.Size()
		}
	}
	return a
}
