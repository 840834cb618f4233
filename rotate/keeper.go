package rotate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

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

// asideInfix marks the name of a file that was moved aside.
const asideInfix = ".rotating."

// asideFile is a file that was moved aside.
type asideFile struct {
	path  string
	stamp int64  // when
	date  string // that its backup shall have; "": none was planned
}

// listAside returns the files that were moved aside, the oldest first.
func (w *Writer) listAside() ([]asideFile, error) {
	dir, base := filepath.Split(w.path)
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var found []asideFile
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base+asideInfix)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		digits, date, dated := strings.Cut(rest, ".")
		stamp, err := strconv.ParseInt(digits, 10, 64)
		if err == nil && digits == strconv.FormatInt(stamp, 10) && dated == (date != "") {
			found = append(found, asideFile{filepath.Join(dir, e.Name()), stamp, date})
		}
	}
	slices.SortFunc(found, func(x, y asideFile) int { return cmp.Compare(x.stamp, y.stamp) })
	return found, nil
}

// listOldest is listAside without those for which older ones may be missing: who reads a directory while files come into
// it may see a later one and not an earlier one. A second look sees all that were there before the last of the first.
func (w *Writer) listOldest() ([]asideFile, error) {
	found, err := w.listAside()
	if err != nil || len(found) == 0 || w.shared == nil && len(found) == int(w.aside.Load()) {
		return found, err
	}
	last := found[len(found)-1].stamp
	found, err = w.listAside()
	return slices.DeleteFunc(found, func(a asideFile) bool { return a.stamp > last }), err
}

// leftovers reports whether the keeper has something to do though nothing was rotated yet.
func (w *Writer) leftovers() bool {
	c := &w.config
	if c.keep == 0 {
		return false
	}
	found, err := w.listAside()
	if w.shared == nil {
		w.aside.Add(int32(len(found)))
	}
	return err != nil || len(found) > 0 || c.Compressor != nil || c.MaxAge > 0 || c.MaxTotalBytes > 0
}

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
