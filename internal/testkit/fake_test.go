package testkit

import (
	"fmt"
	"runtime"
	"testing"
)

// fake is a test that may fail.
type fake struct {
	testing.TB
	said    string // when it did
	skipped bool
}

// failing returns what f says when it fails; "" if it does not.
func failing(t *testing.T, f func(t testing.TB)) string { return run(t, f).said }

func run(t *testing.T, f func(t testing.TB)) *fake {
	t.Helper()
	fake := &fake{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(fake)
	}()
	<-done
	return fake
}

func (f *fake) Errorf(format string, args ...any) { f.said += fmt.Sprintf(format, args...) }

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fake) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

func (f *fake) Skip(args ...any) {
	f.skipped = true
	f.Fatal(args...)
}
