package eventlogx

import (
	"errors"
	"fmt"
	"sync"

	"github.com/slogkit-go/slogkit/slogx"
)

// system is the event log of the machine, or one for tests. A handle is never 0.
type system interface {
	register(source string) (handle uintptr, err error)
	report(handle uintptr, e *event) error
	deregister(handle uintptr) error
}

// sink is the source that the handlers derived from one another share.
type sink struct {
	system  system
	source  string
	invalid error // what is wrong with the source or the options; nil: nothing

	mu     sync.Mutex // held for the system's calls only
	handle uintptr    // 0: to be registered
	closed bool
	stats  Stats
}

// open registers the source, unless it is registered.
func (s *sink) open() error {
	if s.invalid != nil {
		return s.invalid
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.register()
}

func (s *sink) register() (err error) {
	if s.handle != 0 {
		return nil
	}
	if s.handle, err = s.system.register(s.source); err != nil {
		s.handle = 0
		return fmt.Errorf("eventlogx: source %q: %w", s.source, err)
	}
	return nil
}

// send reports e, and counts it.
func (s *sink) send(e *event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.report(e)
	s.stats.Handled++
	if err != nil {
		s.stats.Failed++
		return err
	}
	s.stats.Written++
	s.stats.Bytes += int64(2 * (len(e.units) - len(e.starts)))
	if e.cut {
		s.stats.Cut++
	}
	if e.moved {
		s.stats.IDsMoved++
	}
	return nil
}

// report makes a second attempt with a new handle where one of before has failed: the service may have been restarted.
func (s *sink) report(e *event) error {
	switch {
	case s.invalid != nil:
		return s.invalid
	case s.closed:
		return slogx.ErrClosed
	}
	kept := s.handle != 0
	err := s.try(e)
	if err != nil && kept {
		s.stats.Retried++
		err = s.try(e)
	}
	return err
}

func (s *sink) try(e *event) error {
	if err := s.register(); err != nil {
		return err
	}
	err := s.system.report(s.handle, e)
	if err != nil {
		err = fmt.Errorf("eventlogx: source %q: ReportEvent: %w", s.source, err)
		_ = s.deregister() // what matters is the error before
	}
	return err
}

func (s *sink) deregister() error {
	if s.handle == 0 {
		return nil
	}
	handle := s.handle
	s.handle = 0
	return s.system.deregister(handle)
}

func (s *sink) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.deregister(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("eventlogx: source %q: DeregisterEventSource: %w", s.source, err)
	}
	return nil
}
