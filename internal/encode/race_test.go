//go:build race

package encode

// Under the race detector sync.Pool drops what it is given now and then.
const raceEnabled = true
