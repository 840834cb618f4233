package reported

import (
	"context"
	"testing"
)

// TestTeller: what an ErrorHandler logs is known as such on its goroutine, and elsewhere by what Carry has put into its
// context; what others log is not.
func TestTeller(t *testing.T) {
	var a, b Teller
	var none, ctx context.Context
	told := 0
	a.Tell(none, func() {
		told++
		a.Tell(context.Background(), func() { t.Error("a is told of what a has caused") })
		if !a.Telling(none) || b.Telling(none) {
			t.Error("of a")
		}
		other := make(chan bool)
		go func() { other <- a.Telling(none) }()
		if <-other {
			t.Error("of another goroutine")
		}
		b.Tell(none, func() {
			told++
			ctx = Carry(none)
		})
		if b.Telling(none) {
			t.Error("b is over")
		}
	})
	if told != 2 || a.Telling(none) || Carry(none) != nil {
		t.Errorf("%d, afterwards", told)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !a.Telling(ctx) || !b.Telling(ctx) {
			t.Error("ctx does not say whence it comes")
		}
		a.Tell(ctx, func() { t.Error("a is told of what came out of a queue") })
		var c Teller
		c.Tell(ctx, func() {
			told++
			ctx = Carry(context.Background()) // without ctx, as slog.Error has it
		})
	}()
	<-done
	b.Tell(ctx, func() { t.Error("b is told of what it has caused by way of c") })
	if told != 3 || len(active.on) != 0 || active.calls.Load() != 0 {
		t.Errorf("%d, %v are left", told, active.on)
	}
}

func TestTellerPanics(t *testing.T) {
	var a Teller
	var none context.Context
	func() {
		defer func() { _ = recover() }()
		a.Tell(none, func() { panic("x") })
	}()
	a.Tell((*odd)(nil), func() { a.Tell(none, func() { t.Error("inside") }) })
	if a.Telling((*odd)(nil)) || len(active.on) != 0 {
		t.Errorf("%v are left", active.on)
	}
}

// odd is a context whose methods panic.
type odd struct{ context.Context }
