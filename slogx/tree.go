package slogx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// Unwrap returns the handlers that h wraps: what its method Unwrap() slog.Handler or Unwrap() []slog.Handler returns,
// or nil. A wrapper without such a method hides what is under it from [Flush], [Close] and [Shutdown].
func Unwrap(h slog.Handler) []slog.Handler {
	switch u := h.(type) {
	case interface{ Unwrap() []slog.Handler }:
		return u.Unwrap()
	case interface{ Unwrap() slog.Handler }:
		if inner := u.Unwrap(); inner != nil {
			return []slog.Handler{inner}
		}
	}
	return nil
}

// Flush flushes the whole tree under h, a handler before those it wraps, by their methods Flush() error or
// Flush(context.Context) error. It returns all errors, joined. A file is committed to disk by that; [Drain] leaves it out.
func Flush(h slog.Handler) error { return each(h, "Flush", (*node).flush) }

// Drain hands on what waits in buffers under h, a handler before those it wraps, by their methods Drain() error or
// Drain(context.Context) error; a handler that has none is flushed. It returns all errors, joined. Unlike after [Flush], the
// system may still lose what it was given if the machine crashes.
func Drain(h slog.Handler) error { return each(h, "Drain", (*node).drain) }

func each(h slog.Handler, verb string, do func(*node, context.Context) error) error {
	var errs []error
	for _, n := range tree(h) {
		errs = append(errs, n.failed(verb, do(n, context.Background())))
	}
	return errors.Join(errs...)
}

// Close drains the whole tree under h and then closes it, a handler before those it wraps, by their methods
// Close() error, which has a limit of its own, or Shutdown(context.Context) error. A handler that several branches share
// comes once, after all that wrap it; so does a sink that derived handlers share, which they tell by a method Sink() any
// with a comparable result. It returns all errors, joined.
func Close(h slog.Handler) error {
	errs := []error{Drain(h)}
	for _, n := range tree(h) {
		errs = append(errs, n.failed("Close", n.close(context.Background())))
	}
	return errors.Join(errs...)
}

// Shutdown is [Close] with a deadline, by Shutdown rather than Close where there are both, for it returns when ctx is
// done. A handler that hangs does not take the turn of the others: those beside it are closed meanwhile, and those that it
// wraps get the last tenth of the time. What was given up is an error that wraps ctx's.
func Shutdown(ctx context.Context, h slog.Handler) error {
	if ctx == nil {
		ctx = context.Background() // rather than a panic at the end of the program
	}
	nodes := tree(h)
	start := time.Now()
	var before *node
	for _, n := range nodes {
		go n.stop(ctx, start, before)
		before = n
	}
	var errs []error
	for _, n := range nodes {
		errs = append(errs, n.failed("Shutdown", n.result(ctx)))
	}
	return errors.Join(errs...)
}

// node is one sink or wrapper of a tree.
type node struct {
	h       slog.Handler
	parents []*node
	depth   int           // the longest way from the root
	done    chan struct{} // closed by stop
	err     error         // set by stop
}

// tree returns the nodes under h, each once, in an order in which every node comes after all that wrap it.
func tree(h slog.Handler) []*node {
	var order []*node // children first
	seen := map[any]*node{}
	var visit func(slog.Handler) *node
	visit = func(h slog.Handler) *node {
		key := identity(h)
		if n := seen[key]; n != nil {
			return n
		}
		n := &node{h: h, done: make(chan struct{})}
		seen[key] = n
		inner := Unwrap(h)
		for i := len(inner) - 1; i >= 0; i-- { // so that siblings keep their order once it is reversed
			if inner[i] != nil {
				child := visit(inner[i])
				child.parents = append(child.parents, n)
			}
		}
		order = append(order, n)
		return n
	}
	if h != nil {
		visit(h)
	}
	slices.Reverse(order)
	for _, n := range order {
		for _, p := range n.parents {
			n.depth = max(n.depth, p.depth+1)
		}
	}
	return order
}

// identity is equal for handlers over the same sink.
func identity(h slog.Handler) any {
	if s, ok := h.(interface{ Sink() any }); ok {
		if sink := s.Sink(); reflect.ValueOf(sink).Comparable() { // nil is not
			return sink
		}
	}
	if reflect.ValueOf(h).Comparable() {
		return h
	}
	return new(byte)
}

func (n *node) failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("slogx: %s: %T: %w", verb, n.h, err)
}

func (n *node) flush(ctx context.Context) (err error) {
	defer safe.Recover(&err)
	switch f := n.h.(type) {
	case interface{ Flush() error }:
		return f.Flush()
	case interface{ Flush(context.Context) error }:
		return f.Flush(ctx)
	}
	return nil
}

func (n *node) drain(ctx context.Context) (err error) {
	defer safe.Recover(&err)
	switch d := n.h.(type) {
	case interface{ Drain() error }:
		return d.Drain()
	case interface{ Drain(context.Context) error }:
		return d.Drain(ctx)
	}
	return n.flush(ctx)
}

// close prefers Close where nobody sets a limit to Shutdown, for that has one of its own.
func (n *node) close(ctx context.Context) (err error) {
	defer safe.Recover(&err)
	closer, closes := n.h.(interface{ Close() error })
	if s, ok := n.h.(interface{ Shutdown(context.Context) error }); ok && (ctx.Done() != nil || !closes) {
		return s.Shutdown(ctx)
	}
	if closes {
		return closer.Close()
	}
	return nil
}

// stop drains and closes n once the nodes that wrap it are done, or have used up their time, and normally after the
// one before it in the tree.
func (n *node) stop(ctx context.Context, start time.Time, before *node) {
	defer close(n.done)
	waiting, cancel := n.untilLatestStart(ctx, start)
	defer cancel()
	for _, p := range n.parents {
		p.wait(waiting)
	}
	if before != nil {
		patience, cancel := context.WithTimeout(waiting, patienceOf(ctx))
		defer cancel()
		before.wait(patience)
	}
	n.err = errors.Join(n.drain(ctx), n.close(ctx))
}

// untilLatestStart leaves a tenth of the time for the depth below the root, a hundredth for the one below that.
func (n *node) untilLatestStart(ctx context.Context, start time.Time) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	reserve := deadline.Sub(start)
	for range n.depth {
		reserve /= 10
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// patienceOf is how long a handler has before one beside it is closed meanwhile.
func patienceOf(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline) / 10
	}
	return time.Second
}

func (n *node) wait(ctx context.Context) {
	select {
	case <-n.done:
	case <-ctx.Done():
	}
}

// result is that of stop, or that there is none yet when ctx is done.
func (n *node) result(ctx context.Context) error {
	n.wait(ctx)
	select {
	case <-n.done:
		return n.err
	default:
		if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
			return fmt.Errorf("given up: %w: %w", ctx.Err(), cause)
		}
		return fmt.Errorf("given up: %w", ctx.Err())
	}
}
