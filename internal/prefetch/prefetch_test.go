package prefetch

import (
	"testing"
	"unsafe"
)

// TestWrite: what cannot be seen does no harm.
func TestWrite(t *testing.T) {
	b := make([]byte, 1000)
	for size := range uintptr(len(b)) {
		Write(unsafe.Pointer(&b[uintptr(len(b))-1-size]), size)
	}
	Write(nil, 1000)
	for i, c := range b {
		if c != 0 {
			t.Fatalf("byte %d is %d", i, c)
		}
	}
}
