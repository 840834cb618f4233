package testkit

import (
	"runtime"
	"testing"
)

// Allocated returns how many bytes f allocates; what other goroutines do meanwhile counts too.
func Allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// SkipUnderRace skips a test that counts allocations: under the race detector sync.Pool drops what it is given now and
// then, and slices.Grow allocates twice.
func SkipUnderRace(t testing.TB) {
	t.Helper()
	if Race {
		t.Skip("the race detector allocates, and sync.Pool drops at random under it")
	}
}
