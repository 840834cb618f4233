package testkit

import (
	"io"
	"sync"
	"testing"
)

func TestBuffer(t *testing.T) {
	var b Buffer
	var writing sync.WaitGroup
	for range 100 {
		writing.Go(func() { _, _ = io.WriteString(&b, "x\n") })
	}
	writing.Wait()
	if text := b.String(); len(text) != 200 || b.Take() != text || b.Take() != "" || b.Writes() != 100 {
		t.Errorf("%q, %d writes", text, b.Writes())
	}
}
