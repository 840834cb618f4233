package testkit

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestLeaks: a goroutine that ends, however late, is none.
func TestLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	late := make(chan bool)
	go func() { <-late }()
	if goleak.Find(before) == nil {
		t.Error("the goroutine is not seen")
	}
	time.AfterFunc(2*time.Second, func() { close(late) }) // goleak alone gives up sooner
	if err := Leaks(before); err != nil {
		t.Error(err)
	}
}
