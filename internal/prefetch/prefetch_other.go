//go:build !amd64

package prefetch

import "unsafe"

// Write does nothing.
func Write(unsafe.Pointer, uintptr) {}
