//go:build race

package queue

// Under the race detector everything takes longer, and sync.Pool drops what it is given now and then.
const raceEnabled = true
