// Package safe runs user code, whose panic must become an error and no more.
package safe

import "fmt"

// Do calls f and returns its error, or its panic as one.
func Do(f func() error) (err error) {
	defer Recover(&err)
	return f()
}

// Recover, deferred, turns a panic into the error at err.
func Recover(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if e, ok := p.(error); ok {
		*err = fmt.Errorf("panic: %w", e)
	} else {
		*err = fmt.Errorf("panic: %v", p)
	}
}
