package prefetch

import "unsafe"

// Write begins to fetch the cache lines of size bytes at p for writing, which takes them away from the processor that has
// written to them last. It does not wait for them, reads and writes nothing, and p may be anything.
func Write(p unsafe.Pointer, size uintptr) {
	if writes {
		write(p, size)
	}
}

// writes reports whether the processor knows PREFETCHW. PREFETCHT0, which all know, would fetch the lines to read them; to
// write them they would have to be taken away all the same.
var writes = knowsWrite()

//go:noescape
func write(p unsafe.Pointer, size uintptr)

func knowsWrite() bool
