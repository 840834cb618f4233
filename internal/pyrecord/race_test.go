//go:build race

package pyrecord

// Under the race detector sync.Pool drops what it is given now and then.
const raceEnabled = true
