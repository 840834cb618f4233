package rotate

import (
	"errors"
	"fmt"
	"os"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// The keeper makes backups of the files that were moved aside, compresses and deletes them, in the background. All it has
// to know is in the directory, so that what a crash or a failure has interrupted is done by the next run.

// keep is the keeper's task. Its errors have been reported.
func (w *Writer) keep() error {
	w.finishHandover()
	return errors.Join(
		w.archive(),
		w.chore("delete old backups of", w.deleteSurplus),
		w.chore("link", w.symlink),
		w.chore("compress backups of", w.compressAll),
	)
}

// archive makes backups of the files that were moved aside. While that fails, no more are.
func (w *Writer) archive() error {
	err := w.chore("rotate", w.archiveAside)
	w.stuck.Store(err != nil)
	return err
}

// chore does a part of the keeper's task, which may run user code.
func (w *Writer) chore(what string, do func() error) error {
	err := safe.Do(do)
	if err != nil {
		err = fmt.Errorf("%s %s: %w", what, w.path, err)
		w.failed(err)
	}
	return err
}

// rotated notes a backup that was made.
func (w *Writer) rotated(dest string) {
	w.mu.Lock()
	w.stats.Rotations++
	w.mu.Unlock()
	if w.config.OnRotate == nil {
		return
	}
	err := safe.Do(func() error {
		w.config.OnRotate(w.path, dest)
		return nil
	})
	if err != nil {
		w.failed(fmt.Errorf("OnRotate: %w", err))
	}
}

// symlink makes Options.Symlink point at the file, unless it does.
func (w *Writer) symlink() error {
	link := w.config.Symlink
	if link == "" {
		return nil
	}
	return logfile.Link(link, w.path)
}

func (w *Writer) count(add func(*Stats)) {
	w.mu.Lock()
	add(&w.stats)
	w.mu.Unlock()
}

// syncFile commits a file to disk that was written under another name.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|logfile.NoFollow, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
