//go:build !race

package zmqqueue

const raceEnabled = false
