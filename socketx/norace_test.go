//go:build !race

package socketx

const raceEnabled = false
