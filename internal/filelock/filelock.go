// Package filelock locks regions of a file, between processes and between Files of one process. The system gives up the
// locks of a process that dies, however it dies, so that nobody ever has to guess whether a lock is stale.
//
// A region is one byte, far behind the content that the file may have: one small file serves for several locks, and also
// for what its holders want to tell one another, which Windows lets nobody read where it is locked. The file must not be
// removed or renamed while anybody may use it: who opens it next would lock another file.
//
// On Unix other than Linux locks belong to the process: there two Files of one process do not exclude each other, and
// closing one of them gives up the locks of all. Where there are no such locks, errors wrap errors.ErrUnsupported.
package filelock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"
)

// Mode says who else may hold a region.
type Mode uint8

const (
	Exclusive Mode = iota // nobody
	Shared                // others who share it
)

// base is the offset of region 0.
const base = 1 << 62

// File is an open lock file. It is safe for concurrent use, but its locks are its own: goroutines exclude each other only
// if each has a File.
type File struct {
	f *os.File

	mu     sync.Mutex // not held while waiting
	held   map[int64]Mode
	closed bool
}

// Try takes a region, 0 or more, if that is possible without waiting. A region that f holds already changes its mode:
// from Exclusive to Shared always and at once; from Shared to Exclusive others may come first. Unless Try returns true f
// does not hold the region any more.
func (f *File) Try(region int64, mode Mode) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false, f.failed("lock", os.ErrClosed)
	}
	old, holds := f.held[region]
	if holds && old == mode {
		return true, nil
	}
	change := lock
	if holds {
		change = convert
	}
	ok, err := change(f.f, base+region, mode)
	if err != nil {
		err = f.failed("lock", err)
	}
	if ok {
		f.held[region] = mode
	} else if holds {
		delete(f.held, region)
	}
	return ok, err
}

// Attempts before the first sleep, for a lock that is held for one write; and how long sleeps are, at least: an idle
// process on Linux sleeps a millisecond anyway.
const (
	quick    = 20
	shortest = 20 * time.Microsecond
	longest  = time.Millisecond
)

// Lock is Try, again and again until the timeout. The error then wraps os.ErrDeadlineExceeded.
func (f *File) Lock(region int64, mode Mode, timeout time.Duration) error {
	ok, err := f.Try(region, mode)
	if ok || err != nil {
		return err
	}
	return f.wait(region, mode, timeout)
}

func (f *File) wait(region int64, mode Mode, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	sleep := shortest
	for attempt := 0; ; attempt++ {
		left := time.Until(deadline)
		switch {
		case left <= 0:
			return fmt.Errorf("another process has held %s for %v: %w", f.f.Name(), timeout, os.ErrDeadlineExceeded)
		case attempt < quick:
			runtime.Gosched()
		default:
			time.Sleep(min(sleep, left))
			sleep = min(2*sleep, longest)
		}
		if ok, err := f.Try(region, mode); ok || err != nil {
			return err
		}
	}
}

// Unlock gives up a region. It is no error that f does not hold it.
func (f *File) Unlock(region int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, holds := f.held[region]; !holds {
		return nil
	}
	if err := unlock(f.f, base+region); err != nil {
		return f.failed("unlock", err)
	}
	delete(f.held, region)
	return nil
}

// Close closes the file and gives up all locks.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	// The system would do this too, but Windows in its own time, and Linux not before a child that is being started has
	// closed what it inherited.
	for region := range f.held {
		if err := unlock(f.f, base+region); err != nil {
			errs = append(errs, f.failed("unlock", err))
		}
	}
	clear(f.held)
	f.closed = true
	return errors.Join(append(errs, f.f.Close())...)
}

func (f *File) failed(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.f.Name(), Err: err}
}
