package logfile

import (
	"os"
	"sort"
	"sync"
)

// ErrClosed is what a closed sink answers.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "handler is closed" }
func (closedError) Unwrap() error { return os.ErrClosed }

// Sink is a File that is opened when it is needed, and safe for concurrent use.
type Sink struct {
	path    string
	nameErr error // what is wrong with the name
	watch   bool  // look before each write whether the file is still at its path
	opts    Options

	mu     sync.Mutex
	f      *File // nil: not open
	closed bool
	stats  Stats
}

// Stats count records: Handled = Written + Failed.
type Stats struct{ Handled, Written, Failed, Bytes int64 }

// Count counts a record of n bytes that was written, or failed.
func (s *Stats) Count(n int, err error) {
	s.Handled++
	if err != nil {
		s.Failed++
		return
	}
	s.Written++
	s.Bytes += int64(n)
}

// NewSink returns a Sink for the file called name, relative to the directory that is current now. Missing directories
// are made, and an existing file is emptied if o says so, the first time only.
func NewSink(name string, o Options, watch bool) *Sink {
	s := &Sink{opts: o, watch: watch}
	s.opts.MakeDirs = true
	s.path, s.nameErr = Abs(name)
	return s
}

// SetLines says that each record to come surely ends with a newline. It must be said before the first Write.
func (s *Sink) SetLines(lines bool) { s.opts.Lines = lines }

// Path is the absolute path of the file; empty if the name is invalid.
func (s *Sink) Path() string { return s.path }

// Open opens the file, unless the one that is open will do.
func (s *Sink) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready()
}

// Write writes one record.
func (s *Sink) Write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err = s.ready(); err == nil {
		n, err = s.f.Write(p)
	}
	s.stats.Count(n, err)
	return n, err
}

// WriteRecords writes records that end at ends in p, in one write. It returns how many of them were written whole; the
// error is that of the others.
func (s *Sink) WriteRecords(p []byte, ends []int) (written int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err = s.ready(); err == nil {
		var n int
		n, err = s.f.Write(p)
		written = sort.Search(len(ends), func(i int) bool { return ends[i] > n })
	}
	s.stats.Handled += int64(len(ends))
	s.stats.Written += int64(written)
	s.stats.Failed += int64(len(ends) - written)
	if written > 0 {
		s.stats.Bytes += int64(ends[written-1])
	}
	return written, err
}

// Stats returns what was written so far.
func (s *Sink) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// ready makes s.f the file to write to.
func (s *Sink) ready() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.nameErr != nil:
		return s.nameErr
	case s.f != nil && !s.moved():
		return nil
	}
	f, err := Open(s.path, s.opts)
	if err != nil {
		return err
	}
	old := s.f
	s.f = f
	// A directory that vanishes later may be a file system that is not mounted: it must come back by itself.
	s.opts.MakeDirs, s.opts.Truncate = false, false
	if old != nil {
		return old.Close()
	}
	return nil
}

// moved reports whether the path has another file now. If nobody knows, the file goes on.
func (s *Sink) moved() bool {
	if !s.watch {
		return false
	}
	inPlace, err := s.f.InPlace()
	return err == nil && !inPlace
}

// Sync commits to disk what was written.
func (s *Sink) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.f == nil || s.closed {
		return nil
	}
	return s.f.Sync()
}

// Close closes the file, once.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.f == nil {
		return nil
	}
	return s.f.Close()
}
