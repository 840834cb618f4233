package memory

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Operation is a piece of work, such as a request that is being served, that either succeeds or fails. A [ScopedHandler]
// keeps the details that are logged in it until that is known. Its methods are safe for concurrent use, and do nothing on
// a nil Operation.
type Operation struct {
	outer *Operation // the one it is part of; nil: none
	root  *Operation // the outermost, whose buffers it uses

	failed atomic.Bool
	ended  atomic.Bool

	mu     sync.Mutex // of the outermost: guards what follows, and that nothing is added once it has ended
	scopes []*scope   // one for each ScopedHandler that something was logged through
}

type operationKey struct{}

// Begin begins an operation. Whatever is logged with the context that it returns, or one derived from it, is part of the
// operation, until End.
//
// An operation may begin within another. It fails by itself: its failure brings out what was logged in it, and nothing of
// the outer operation, which may go on and succeed. If it succeeds, what was logged in it is still part of the outer one,
// and comes out, in order, if that fails.
func Begin(ctx context.Context) (context.Context, *Operation) {
	op := &Operation{outer: FromContext(ctx)}
	op.root = op
	if op.outer != nil {
		op.root = op.outer.root
	}
	return context.WithValue(ctx, operationKey{}, op), op
}

// Do calls f in an operation of its own, which fails if f returns an error or panics. It returns f's error.
func Do(ctx context.Context, f func(context.Context) error) (err error) {
	ctx, op := Begin(ctx)
	returned := false
	defer func() {
		if !returned { // the panic goes on; it is not ours to recover
			op.Fail()
		}
		op.End(err)
	}()
	err = f(ctx)
	returned = true
	return err
}

// FromContext returns the innermost operation of ctx that has not ended, nil if there is none.
func FromContext(ctx context.Context) *Operation {
	if ctx == nil {
		return nil
	}
	op, _ := ctx.Value(operationKey{}).(*Operation)
	for op != nil && op.ended.Load() {
		op = op.outer
	}
	if op == nil || op.root.ended.Load() {
		return nil
	}
	return op
}

// Fail says that the operation has failed. What was logged in it so far is delivered now, and what is still logged until
// End at once. A record of FlushLevel or above does the same.
func (op *Operation) Fail() {
	if op != nil && !op.ended.Load() {
		op.fail(nil)
	}
}

// fail flushes the buffers but that of own, which is the caller's business.
func (op *Operation) fail(own *scope) {
	op.failed.Store(true)
	for _, s := range op.root.buffers() {
		if s != own {
			_ = s.scopes.report.report(unlessKept(s.flush(due)))
		}
	}
}

// End ends the operation: as failed if err is not nil or Fail was called, else as good, and then the details that were
// logged in it vanish, unless it is part of another. Only the first call of End counts. What is logged later with the
// operation's context is not part of it.
func (op *Operation) End(err error) {
	switch {
	case op == nil || op.ended.Load():
	case op == op.root:
		op.endRoot(err != nil)
	default:
		if err != nil {
			op.fail(nil)
		}
		op.ended.Store(true)
	}
}

// endRoot is End of an outermost operation.
func (op *Operation) endRoot(failed bool) {
	if failed {
		op.failed.Store(true)
	}
	for _, s := range op.endAll() {
		s.scopes.unregister(s)
		_ = s.scopes.report.report(unlessKept(s.end(good)))
	}
}

// endAll ends the outermost operation and returns its buffers, which get nothing more.
func (op *Operation) endAll() []*scope {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.ended.Store(true)
	all := op.scopes
	op.scopes = nil
	return all
}

// isFailed reports whether op, or one that it is part of, has failed.
func (op *Operation) isFailed() bool {
	for ; op != nil; op = op.outer {
		if op.failed.Load() {
			return true
		}
	}
	return false
}

// buffers returns the buffers of an outermost operation.
func (op *Operation) buffers() []*scope {
	op.mu.Lock()
	defer op.mu.Unlock()
	return slices.Clone(op.scopes)
}

// remove takes away a buffer of an outermost operation.
func (op *Operation) remove(s *scope) {
	op.mu.Lock()
	defer op.mu.Unlock()
	op.scopes = slices.DeleteFunc(op.scopes, func(other *scope) bool { return other == s })
}
