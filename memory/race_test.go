//go:build race

package memory_test

// Under the race detector sync.Pool drops what it is given now and then.
const raceEnabled = true
