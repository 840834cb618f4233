package testkit

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestHere(t *testing.T) {
	pc := Here() // line 10
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	if filepath.Base(frame.File) != "here_test.go" || frame.Line != 10 {
		t.Errorf("%s:%d", frame.File, frame.Line)
	}
}

func TestAllocated(t *testing.T) {
	var kept []byte
	if n := Allocated(func() { kept = make([]byte, 1<<20) }); n < len(kept) || n > 2*len(kept) {
		t.Errorf("%d bytes", n)
	}
}
