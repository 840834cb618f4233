package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// AsyncOptions are the options of an [AsyncHandler]. The zero value is ready to use. Of slogx.Options it uses Level and
// ErrorHandler; the others are those of the target.
type AsyncOptions struct {
	slogx.Options // Level nil: what the target is enabled for at the time of the call

	// Capacity is how many records the Ring has room for. RingOptions say what becomes of more.
	Capacity int // 0: 8192
	RingOptions

	// FlushLevel makes Handle wait, for a record of this level or above, until the target has handled it and has nothing in
	// its buffers; CloseTimeout at most. A record that the target itself logs does not wait, nor does any for the batches of
	// httpx and the mails of smtpx, or for a peer that is away.
	FlushLevel slog.Leveler // nil: no record waits

	// CloseTimeout is how long Close, and Flush without a deadline of its own, wait for the target.
	CloseTimeout time.Duration // 0: 10 s
}

// AsyncHandler hands records to its target on another goroutine: a [Handler], a [Ring] and a [Listener] in one. The
// goroutine starts with the first record and ends with Close.
type AsyncHandler struct {
	*async
	with    *snapshot.With
	derived slog.Handler // the target, given what with says
	level   slog.Leveler // nil: derived has to be asked each time
}

// async is what derived handlers share.
type async struct {
	target   *snapshot.Root
	opts     AsyncOptions
	ring     *Ring
	listener *Listener

	started atomic.Bool
	mu      sync.Mutex
	closed  bool
	ended   chan struct{} // closed at the end of Shutdown
}

// Async returns an AsyncHandler for target, and panics if that is nil, as slog.New does. nil opts are the zero
// AsyncOptions. Its Close does not close the target; slogx.Close does both.
func Async(target slog.Handler, opts *AsyncOptions) *AsyncHandler {
	if target == nil {
		panic("queue: Async: nil target")
	}
	a := &async{ended: make(chan struct{})}
	if opts != nil {
		a.opts = *opts
	}
	if a.opts.Capacity <= 0 {
		a.opts.Capacity = 8192
	}
	if a.opts.CloseTimeout <= 0 {
		a.opts.CloseTimeout = 10 * time.Second
	}
	if a.opts.ErrorHandler == nil {
		a.opts.ErrorHandler = slogx.StderrErrors("queue.Async")
	}
	a.ring = NewRing(a.opts.Capacity, &a.opts.RingOptions)
	a.listener = NewListener(a.ring, &ListenerOptions{
		IgnoreHandlerLevel: a.opts.Level == nil, // Enabled has asked, and the level may have changed since
		ErrorHandler:       a.opts.ErrorHandler,
	}, target)
	a.target = a.listener.outlets[0].root
	return a.handler(nil, target)
}

// handler returns the handler that hands records to derived, which is the target given what with says.
func (a *async) handler(with *snapshot.With, derived slog.Handler) *AsyncHandler {
	level := a.opts.Level
	if level == nil {
		level = levelOf(derived)
	}
	return &AsyncHandler{a, with, derived, level}
}

// Enabled reports whether records of this level are handled: by the target, or as AsyncOptions.Level says.
func (h *AsyncHandler) Enabled(ctx context.Context, level slog.Level) bool {
	if h.level != nil {
		return reaches(level, h.level)
	}
	return enabled(ctx, h.derived, level)
}

// Handle puts r into the Ring, and returns. A record that is dropped is [ErrFull], of which the ErrorHandler is not told:
// the target is, see [DropMessage]. What becomes of r at the target the ErrorHandlers hear.
func (h *AsyncHandler) Handle(ctx context.Context, r slog.Record) error {
	if !h.started.Load() {
		h.start()
	}
	err := h.ring.put(reported.Carry(ctx), &r, h.with)
	if err == nil && h.opts.FlushLevel != nil && reaches(r.Level, h.opts.FlushLevel) {
		err = h.awaitTarget()
	}
	if err != nil {
		err = h.listener.teller.tell(ctx, r, err)
	}
	return err
}

// awaitTarget waits until all that was logged so far is out, unless the target itself logs.
func (h *AsyncHandler) awaitTarget() error {
	err := h.Drain(context.Background())
	if errors.Is(err, reentry.ErrInside) {
		return nil
	}
	return err
}

// start starts the Listener, unless Close was quicker.
func (a *async) start() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.started.Load() {
		return
	}
	_ = a.listener.Start() // it is ours alone, and not running
	a.started.Store(true)
}

// WithAttrs returns a handler of the same target whose records begin with attrs, which the target formats once, now.
func (h *AsyncHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.derive(h.with.Attrs(attrs))
}

// WithGroup returns a handler of the same target whose further attributes are in the group name.
func (h *AsyncHandler) WithGroup(name string) slog.Handler { return h.derive(h.with.Group(name)) }

func (h *AsyncHandler) derive(with *snapshot.With) *AsyncHandler {
	if with == h.with {
		return h
	}
	derived, err := with.On(h.target)
	if err != nil {
		_ = h.listener.teller.tell(context.Background(), slog.Record{}, err)
	}
	return h.handler(with, derived)
}

// Flush waits until the target has handled, or the Ring dropped, what was logged before, and flushes the target. The time
// is that of ctx, or CloseTimeout if ctx has no deadline.
func (h *AsyncHandler) Flush(ctx context.Context) error { return h.pass(ctx, slogx.Flush) }

// Drain is Flush, but does not commit files to disk; see [slogx.Drain].
func (h *AsyncHandler) Drain(ctx context.Context) error { return h.pass(ctx, slogx.Drain) }

// pass waits until what was logged before is through, and then has the target flushed.
func (a *async) pass(ctx context.Context, flush func(slog.Handler) error) error {
	ctx, cancel := a.bounded(ctx)
	defer cancel()
	if err := a.ring.flushed(ctx); err != nil {
		return fmt.Errorf("queue: flush: %d records wait: %w", a.ring.Stats().Waiting, err)
	}
	return within(ctx, func() error { return flush(a.target.Handler) })
}

// within returns f's error, or that f has not returned when ctx was done.
func within(ctx context.Context, f func() error) error {
	result := make(chan error, 1)
	go func() {
		err := errGoexit // unless f returns
		defer func() { result <- err }()
		err = safe.Do(f)
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("queue: flush: the target does not return: %w", context.Cause(ctx))
	}
}

// bounded returns ctx with a deadline.
func (a *async) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, a.opts.CloseTimeout)
}

// Close is Shutdown with CloseTimeout as its deadline.
func (h *AsyncHandler) Close() error { return h.Shutdown(context.Background()) }

// Shutdown lets no more records in, hands on those that wait, drains the target and ends the goroutine. If ctx, or
// CloseTimeout if it has no deadline, is over before that, the error says how many records did not make it, and how many were
// dropped of which the target has not been told. It does not close the target. Called again it waits for the first call, and
// returns nil.
func (h *AsyncHandler) Shutdown(ctx context.Context) error {
	a := h.async
	ctx, cancel := a.bounded(ctx)
	defer cancel()
	if !a.close() {
		return a.awaitEnd(ctx)
	}
	defer close(a.ended)
	if err := a.listener.end(ctx); err != nil {
		return fmt.Errorf("queue: closed with %s: %w", a.ring.toll(), err)
	}
	return nil
}

// close lets no more records in. It reports whether that was still to be done.
func (a *async) close() bool {
	a.mu.Lock() // start must not come in between
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.closed = true
	_ = a.ring.Close()
	return true
}

func (a *async) awaitEnd(ctx context.Context) error {
	if a.listener.serving.Inside() {
		return nil
	}
	select {
	case <-a.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("queue: still being closed: %w", context.Cause(ctx))
	}
}

// Stats returns what has become of the records so far. What the target has failed to write counts as delivered: see the
// target's own Stats.
func (h *AsyncHandler) Stats() Stats { return h.ring.Stats() }

// Unwrap returns the target.
func (h *AsyncHandler) Unwrap() slog.Handler { return h.target.Handler }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *AsyncHandler) Sink() any { return h.async }
