//go:build race

package zmqqueue

const raceEnabled = true
