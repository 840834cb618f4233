//go:build race

package socketx

// Under the race detector sync.Pool drops what it is given now and then.
const raceEnabled = true
