package memory

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"time"
)

// turn lets one goroutine at a time deliver, so that records keep their order though no lock is held meanwhile. Others
// wait, but not for ever, and not if they are in the middle of a delivery themselves: of this turn, since the target logs
// through the handler that is giving it a record, or of another, since two that wait for each other would do so in vain.
// They leave their records to the one whose turn it is.
type turn struct {
	held    chan struct{} // of capacity 1
	timeout time.Duration
}

func newTurn(timeout time.Duration) turn { return turn{make(chan struct{}, 1), timeout} }

// errLeft says that a delivery was left to another goroutine, or to this one when it gets back there.
var errLeft = errors.New("memory: left to the delivery that is under way")

// try takes the turn if it is free.
func (t *turn) try() bool {
	select {
	case t.held <- struct{}{}:
		return true
	default:
		return false
	}
}

// take waits for the turn. Its errors are errLeft and ErrBusy.
func (t *turn) take() error {
	switch {
	case t.try():
		return nil
	case delivering():
		return errLeft
	}
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	select {
	case t.held <- struct{}{}:
		return nil
	case <-timer.C:
		return fmt.Errorf("%w for %v", ErrBusy, t.timeout)
	}
}

// run calls f, and then passes the turn on.
//
//go:noinline
func (t *turn) run(f func()) {
	defer func() { <-t.held }()
	f()
}

// errExit stands for what a target returns that ends its goroutine, as a test's FailNow does.
var errExit = errors.New("memory: runtime.Goexit")

// maxRounds is how many times in a row a goroutine delivers what was left to it: a target that logs with each record that
// it is given would never let it go.
const maxRounds = 8

var runEntry = reflect.ValueOf((*turn).run).Pointer()

// delivering reports whether this goroutine is in the middle of a delivery. It looks for run on the stack: the numbers of
// goroutines would have to be asked for with each delivery, and cost more than it.
func delivering() bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == runEntry {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}
