package rotate

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

func (w *Writer) archiveAside() error {
	w.mu.Lock()
	before := w.aside.Load() // which are all in the directory
	w.mu.Unlock()
	w.done = 0
	made, err := w.archiveLocked()
	for _, dest := range made {
		w.rotated(dest)
	}
	switch {
	case w.shared == nil: // all that are counted are done here, and may be before they are counted
		w.aside.Add(-w.done)
	case err == nil: // some may be done elsewhere
		w.aside.Add(-before)
	}
	w.keeper.progress()
	return err
}

// archiveLocked returns the backups it has made.
func (w *Writer) archiveLocked() (made []string, err error) {
	if w.config.keep == 0 { // what there may be, a Writer with other options has left
		return nil, nil
	}
	unlock, err := w.lockBackups()
	if err != nil {
		return nil, err
	}
	defer unlock()
	w.made = nil
	defer func() { made = w.made }() // also after a panic of the Namer
	found, err := w.listOldest()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if err := safe.Do(func() error { return w.archiveAll(found) }); err != nil {
		return nil, err
	}
	w.tight = false
	return nil, nil
}

func (w *Writer) archiveAll(found []asideFile) error {
	if w.config.Sync != SyncNever {
		for _, a := range found {
			if err := syncFile(a.path); err != nil {
				return err
			}
		}
	}
	if w.config.schedule != nil {
		return w.archiveByDate(found)
	}
	return w.archiveByNumber(found)
}

func (w *Writer) archiveByDate(found []asideFile) error {
	for _, a := range found {
		date := a.date
		if !matchesLayout(w.backups.layout, date) { // it was moved by a Writer with other options
			s := w.config.schedule
			date = s.start(s.next(time.Unix(0, a.stamp))).Format(s.layout)
		}
		dest, err := w.backups.free(date)
		if err != nil {
			return err
		}
		if err := w.finish(a, dest); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) archiveByNumber(found []asideFile) error {
	slots, err := w.backups.slots(w.config.keep, len(found))
	if err != nil {
		return err
	}
	if surplus := len(found) - len(slots); surplus > 0 {
		if err := w.removeAll(found[:surplus]); err != nil {
			return err
		}
		found = found[surplus:]
	}
	if err := w.shift(slots, len(found)); err != nil {
		return err
	}
	for i, a := range found {
		if err := w.finish(a, slots[len(found)-1-i].path); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) removeAll(surplus []asideFile) error {
	for _, a := range surplus {
		if err := os.Remove(a.path); err != nil {
			return err
		}
		w.done++
	}
	return nil
}

// shift makes the first n slots free.
func (w *Writer) shift(slots []backup, n int) error {
	tight := w.tight || w.shared != nil
	w.tight = true // until it is done
	w.dropTwins(slots)
	for _, s := range shifts(slots, n, tight) {
		for _, file := range slots[s.from].files(w.backups.ext) {
			var err error
			if s.to < len(slots) {
				err = os.Rename(file, slots[s.to].path+strings.TrimPrefix(file, slots[s.from].path))
			} else {
				err = os.Remove(file)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// finish gives a file that was moved aside the name of a backup.
func (w *Writer) finish(a asideFile, dest string) error {
	if err := w.makeDir(dest); err != nil {
		return err
	}
	if err := os.Rename(a.path, dest); err != nil {
		return err
	}
	w.madeIn = filepath.Dir(dest)
	if w.config.Sync != SyncNever {
		if err := syncDir(filepath.Dir(dest)); err != nil {
			w.failed(err)
		}
	}
	w.made = append(w.made, dest)
	w.done++
	return nil
}
