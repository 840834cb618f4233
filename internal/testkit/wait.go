package testkit

import (
	"runtime"
	"testing"
	"time"
)

// patience is for what comes soon, unless the machine is very busy.
const patience = time.Minute

// Eventually waits until done reports true, for what happens on another goroutine or in another process. It asks once a
// millisecond; after a minute it fails the test, with what has not happened.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// Within fails the test, with all stacks, if f does not come back within half a minute. It needs no more than a moment
// unless there is a deadlock.
func Within(t testing.TB, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience / 2):
		stacks := make([]byte, 1<<20)
		t.Fatalf("deadlock\n%s", stacks[:runtime.Stack(stacks, true)])
	}
}
