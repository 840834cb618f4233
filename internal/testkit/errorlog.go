package testkit

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// NoErrors is an ErrorHandler for tests in which nothing may fail.
func NoErrors(t testing.TB) func(context.Context, slog.Record, error) {
	return func(_ context.Context, r slog.Record, err error) { t.Errorf("ErrorHandler: %q: %v", r.Message, err) }
}

// An ErrorLog remembers what an ErrorHandler is told. The zero ErrorLog is empty; it is safe for concurrent use.
type ErrorLog struct {
	mu       sync.Mutex
	errs     []error
	messages []string      // of the records
	more     chan struct{} // closed when an error comes; nil: nobody waits
}

// Handle is the ErrorHandler.
func (l *ErrorLog) Handle(_ context.Context, r slog.Record, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
	l.messages = append(l.messages, r.Message)
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

// Add remembers an error that belongs to no record.
func (l *ErrorLog) Add(err error) { l.Handle(context.Background(), slog.Record{}, err) }

// All returns the errors that are there.
func (l *ErrorLog) All() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.errs)
}

// Messages returns those of the records that the errors belong to.
func (l *ErrorLog) Messages() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.messages)
}

// Take returns the errors that are there, nil if there are none, and leaves nothing.
func (l *ErrorLog) Take() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take()
}

func (l *ErrorLog) take() []error {
	errs := l.errs
	l.errs, l.messages = nil, nil
	return errs
}

// Await waits until there is an error, for what happens on another goroutine, and takes all that are there by then.
func (l *ErrorLog) Await(t testing.TB) []error {
	t.Helper()
	l.lockWithOne(t)
	defer l.mu.Unlock()
	return l.take()
}

// Next waits until there is an error, and takes the first.
func (l *ErrorLog) Next(t testing.TB) error {
	t.Helper()
	l.lockWithOne(t)
	defer l.mu.Unlock()
	err := l.errs[0]
	l.errs, l.messages = l.errs[1:], l.messages[1:]
	return err
}

// lockWithOne locks l when there is an error. It does not poll: in a bubble of testing/synctest no time passes in vain.
func (l *ErrorLog) lockWithOne(t testing.TB) {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		if len(l.errs) > 0 {
			return
		}
		if l.more == nil {
			l.more = make(chan struct{})
		}
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-timeout.C:
			t.Fatal("no error is told")
		}
	}
}

// Want takes what is there, which must be one error, and say this.
func (l *ErrorLog) Want(t testing.TB, text string) {
	t.Helper()
	if errs := l.Take(); len(errs) != 1 || !strings.Contains(errs[0].Error(), text) {
		t.Errorf("told %q, want one error with %q", errs, text)
	}
}

// WantNone takes what is there, which must be nothing.
func (l *ErrorLog) WantNone(t testing.TB) {
	t.Helper()
	if errs := l.Take(); len(errs) > 0 {
		t.Errorf("told %q", errs)
	}
}
