package rotate

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/filelock"
	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/slogx"
)

// Processes that share a file take turns by locks on regions of a lock file. The system gives a lock up when its holder
// dies; whoever comes next looks what the file is now.
const (
	writing     = iota // to the file, and beginning the next
	archiving          // names of backups are changed
	compressing        // backups
	using              // the file at all: all have it, shared, while they are there
)

const (
	recordTimeout = 5 * time.Second  // of a record
	keeperTimeout = 30 * time.Second // of the keeper, for what others do to backups
)

var lockTimeout = recordTimeout // tests have more, for busy machines

// shared is what a Writer has to do with the other processes.
type shared struct {
	path string
	perm fs.FileMode

	mu   sync.Mutex
	lock *filelock.File // nil: not open
	gone bool           // closed
	busy backoff        // a holder does not let go

	archived time.Time // when the keeper let go of the names of backups
}

// open opens the lock file, once.
func (s *shared) open() (*filelock.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil || s.gone {
		return s.lock, nil
	}
	lock, err := filelock.Open(s.path, s.perm)
	s.lock = lock
	return lock, err
}

func (s *shared) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// locked runs f, with the lock of the file if it is shared.
func (w *Writer) locked(f func() error) error {
	if w.shared == nil {
		return f()
	}
	if err := w.enter(); err != nil {
		return err
	}
	err := f()
	return join(err, w.leave())
}

// enter takes the lock of the file, and finds out what the others have made of that.
func (w *Writer) enter() error {
	if w.invalid != nil {
		return w.invalid
	}
	if w.closed {
		return slogx.ErrClosed
	}
	if !w.opened {
		if err := logfile.MakeDirs(filepath.Dir(w.path), w.config.DirPerm); err != nil {
			return err
		}
	}
	lock, err := w.shared.open()
	if err != nil {
		return err
	}
	if err := w.shared.take(lock); err != nil {
		return err
	}
	if !w.opened {
		w.compareOptions(lock)
	}
	if w.file == nil {
		return nil
	}
	if there, err := w.file.CatchUp(); err == nil && !there {
		w.permNow()
		w.closeFile()
	}
	return nil
}

// take waits for the lock of the file. Where a holder seems to be stopped, not every record waits for it.
func (s *shared) take(lock *filelock.File) error {
	timeout := lockTimeout
	if !s.busy.over(time.Now()) {
		timeout = 0
	}
	err := lock.Lock(writing, filelock.Exclusive, timeout)
	if err == nil {
		s.busy = backoff{}
	} else if timeout > 0 {
		s.busy.failed(time.Now())
	}
	return err
}

func (w *Writer) leave() error {
	if closeFirst && w.file != nil { // another process may want to rename it
		w.permNow()
		w.closeFile()
	}
	return w.shared.lock.Unlock(writing)
}

// lockBackups keeps other processes from changing the names of backups.
func (w *Writer) lockBackups() (unlock func(), err error) {
	if w.shared == nil {
		return func() {}, nil
	}
	lock, err := w.shared.open()
	if err != nil {
		return nil, err
	}
	// Others who wait look once in a millisecond. They would starve if this process were always back before.
	const gap = 3 * time.Millisecond
	time.Sleep(time.Until(w.shared.archived.Add(gap)))
	if err := lock.Lock(archiving, filelock.Exclusive, keeperTimeout); err != nil {
		return nil, err
	}
	return func() {
		w.release(lock, archiving)
		w.shared.archived = time.Now()
	}, nil
}

// lockCompression keeps other processes from compressing the same backup. As that may take long, files are archived
// meanwhile.
func (w *Writer) lockCompression() (unlock func(), err error) {
	if w.shared == nil {
		return func() {}, nil
	}
	lock, err := w.shared.open()
	if err != nil {
		return nil, err
	}
	const pause = 10 * time.Millisecond
	for range keeperTimeout / pause {
		if locked, err := lock.Try(compressing, filelock.Exclusive); locked || err != nil {
			return func() { w.release(lock, compressing) }, err
		}
		if err := w.meanwhile(); err != nil {
			return nil, err
		}
		time.Sleep(pause)
	}
	return nil, fmt.Errorf("another process compresses for more than %v", keeperTimeout)
}

func (w *Writer) release(lock *filelock.File, region int64) {
	if err := lock.Unlock(region); err != nil {
		w.failed(err)
	}
}

// compareOptions reports options that are not those of the processes that are there already. Who comes first writes its
// own into the lock file.
func (w *Writer) compareOptions(lock *filelock.File) {
	alone, err := lock.Try(using, filelock.Exclusive)
	if err == nil && alone {
		err = lock.Replace([]byte(w.config.text()))
	}
	if err == nil {
		_, err = lock.Try(using, filelock.Shared)
	}
	if err == nil && !alone {
		var theirs []byte
		if theirs, err = lock.Read(); err == nil && len(theirs) > 0 && string(theirs) != w.config.text() {
			err = fmt.Errorf("processes with different options share the file\nhere:  %sthere: %s", w.config.text(), theirs)
		}
	}
	if err != nil {
		w.fail(fmt.Errorf("rotate %s: %w", w.path, err))
	}
}

// text lists the options that processes must agree on.
func (c *config) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "MaxBytes=%d BackupCount=%d When=%v Interval=%d", c.MaxBytes, c.BackupCount, c.When, max(c.Interval, 1))
	if c.AtTime != nil {
		fmt.Fprintf(&b, " AtTime=%v", *c.AtTime)
	}
	if c.When != Never && c.Location != nil {
		fmt.Fprintf(&b, " Location=%v", c.Location)
	}
	if c.Compressor != nil {
		fmt.Fprintf(&b, " Compressor=%s", c.Compressor.Extension())
	}
	if c.MaxAge > 0 {
		fmt.Fprintf(&b, " MaxAge=%v", c.MaxAge)
	}
	if c.MaxTotalBytes > 0 {
		fmt.Fprintf(&b, " MaxTotalBytes=%d", c.MaxTotalBytes)
	}
	return b.String() + "\n"
}
