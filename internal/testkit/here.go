package testkit

import "runtime"

// Here is the PC of a record that is logged where Here is called.
func Here() uintptr {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return pcs[0]
}
