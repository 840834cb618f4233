package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/slogx"
)

// ListenerOptions are the options of a [Listener]. The zero value is ready to use.
type ListenerOptions struct {
	// IgnoreHandlerLevel hands every record to every handler, whatever its level, as Python's QueueListener does by
	// default (respect_handler_level=False).
	IgnoreHandlerLevel bool // default: handlers get the records that they are enabled for

	// ErrorHandler is told of errors that no handler has told its own ErrorHandler of, of handlers that panic, and of those
	// of the queue.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr, see slogx.StderrErrors
}

// Listener takes records out of a [Queue] and hands each to its handlers, Python's QueueListener. One goroutine does that,
// from Start to Stop. A handler that fails or panics keeps no record from the others. When nothing has come for 100 ms the
// handlers are drained (see [slogx.Drain]), so that what they buffer does not wait for the next burst.
type Listener struct {
	queue   Queue
	outlets []*outlet
	teller  teller
	serving reentry.Guard // the goroutine

	mu      sync.Mutex
	running *session // or the last one that was; nil: none
}

// ErrStarted is returned by [Listener.Start] if the Listener is running.
var ErrStarted = errors.New("queue: Listener is running")

// NewListener returns a Listener that is not started. It panics if q is nil; nil opts are the zero ListenerOptions, and a nil
// handler is left out.
func NewListener(q Queue, opts *ListenerOptions, handlers ...slog.Handler) *Listener {
	if q == nil {
		panic("queue: NewListener: nil Queue")
	}
	var o ListenerOptions
	if opts != nil {
		o = *opts
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("queue.Listener")
	}
	l := &Listener{queue: q, teller: teller{onError: o.ErrorHandler}}
	for _, h := range handlers {
		if h != nil {
			l.outlets = append(l.outlets, newOutlet(h, o.IgnoreHandlerLevel, &l.teller))
		}
	}
	return l
}

// Start begins to take records out. It returns [ErrStarted] until the goroutine that an earlier Start began has ended.
func (l *Listener) Start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running != nil && !l.running.ended() {
		return ErrStarted
	}
	l.running = newSession(l)
	go l.running.run()
	return nil
}

// Stop hands on the records that are in the queue now, drains the handlers and ends the goroutine; what comes later waits
// in the queue for the next Start. (A Queue that is neither Ring nor Chan does not say how many it has: there Stop goes on
// until it finds none.) If ctx is done before that, the error says so: what has not been handed on stays in the
// queue, and the goroutine ends when the handler that it is in returns. A handler that calls Stop gets an error at once,
// for nobody can wait for it then. Stop does not close the queue.
func (l *Listener) Stop(ctx context.Context) error {
	if err := l.end(ctx); err != nil {
		return fmt.Errorf("queue: Listener.Stop: %w", err)
	}
	return nil
}

func (l *Listener) end(ctx context.Context) error {
	l.mu.Lock()
	s := l.running
	l.mu.Unlock()
	if s == nil {
		return nil
	}
	s.stop()
	if l.serving.Inside() {
		return reentry.ErrInside
	}
	select {
	case <-s.done:
	case <-done(ctx):
		s.abandon()
		if !s.ended() {
			return context.Cause(ctx)
		}
	}
	return nil
}

// drain makes the handlers hand on what they have in buffers.
func (l *Listener) drain() {
	for _, o := range l.outlets {
		if err := slogx.Drain(o.root.Handler); err != nil {
			_ = l.teller.tell(context.Background(), slog.Record{}, err)
		}
	}
}
