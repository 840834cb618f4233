package reported

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/reentry"
)

// A Teller tells an ErrorHandler of errors. That may log, even through the handler that has failed; of what comes of its
// record it is not told, for each error would make a record, and that another error. A queue, from which records come out on
// another goroutine, has their context say by [Carry] which ErrorHandlers they come from. Used like a mutex, by its address.
type Teller struct{ _ byte } // so that no two have the same address

// active are the Tellers whose ErrorHandlers goroutines are in.
var active struct {
	calls atomic.Int32 // while there are none no record comes from an ErrorHandler
	mu    sync.Mutex
	on    map[uint64][]*Teller
}

// Tell calls f, which calls the ErrorHandler with an error of a record that ctx belongs to, unless [Teller.Telling]. ctx may be
// nil.
func (t *Teller) Tell(ctx context.Context, f func()) {
	before := here()
	all := join(before, carried(ctx))
	if slices.Contains(all, t) {
		return
	}
	active.calls.Add(1)
	defer active.calls.Add(-1)
	id := reentry.Goroutine()
	set(id, append(slices.Clip(all), t))
	defer set(id, before)
	f()
}

// Telling reports whether a record that is logged with ctx, which may be nil, comes from t's ErrorHandler.
func (t *Teller) Telling(ctx context.Context) bool {
	return slices.Contains(here(), t) || slices.Contains(carried(ctx), t)
}

// Carry returns ctx, which may be nil, for a record that another goroutine will handle.
func Carry(ctx context.Context) context.Context {
	if active.calls.Load() == 0 { // inlined
		return ctx
	}
	return carry(ctx)
}

func carry(ctx context.Context) context.Context {
	all := here()
	if len(all) == 0 {
		return ctx
	}
	if ctx == nil {
		ctx = context.Background()
	}
	return context.WithValue(ctx, key{}, join(all, carried(ctx)))
}

type key struct{}

// carried returns what Carry has put into ctx; nothing if ctx panics.
func carried(ctx context.Context) (all []*Teller) {
	if ctx == nil {
		return nil
	}
	defer func() { _ = recover() }()
	all, _ = ctx.Value(key{}).([]*Teller)
	return all
}

// here returns those of this goroutine.
func here() []*Teller {
	if active.calls.Load() == 0 {
		return nil
	}
	id := reentry.Goroutine()
	active.mu.Lock()
	defer active.mu.Unlock()
	return active.on[id]
}

func set(id uint64, all []*Teller) {
	active.mu.Lock()
	defer active.mu.Unlock()
	switch {
	case len(all) == 0:
		delete(active.on, id)
	case active.on == nil:
		active.on = map[uint64][]*Teller{id: all}
	default:
		active.on[id] = all
	}
}

// join returns all of a and b, once. It changes neither.
func join(a, b []*Teller) []*Teller {
	all := slices.Clip(a)
	for _, t := range b {
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}
