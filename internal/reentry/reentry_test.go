package reentry

import (
	"sync"
	"testing"
)

func TestDo(t *testing.T) {
	var g Guard
	calls := 0
	var again func()
	again = func() {
		calls++
		g.Do(again)
	}
	g.Do(again)
	g.Do(again)
	if calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
}

func TestOtherGoroutines(t *testing.T) {
	var g Guard
	var met sync.WaitGroup
	met.Add(2)
	meet := func() {
		g.Do(func() {
			met.Done()
			met.Wait() // both are inside
		})
	}
	var all sync.WaitGroup
	all.Go(meet)
	all.Go(meet)
	all.Wait()
	if len(g.inside) != 0 {
		t.Errorf("%d left inside", len(g.inside))
	}
}

func TestAfterPanic(t *testing.T) {
	var g Guard
	func() {
		defer func() { _ = recover() }()
		g.Do(func() { panic("x") })
	}()
	called := false
	g.Do(func() { called = true })
	if !called {
		t.Error("a panic has left the goroutine inside")
	}
}
