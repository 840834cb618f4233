//go:build !race

package pyrecord

const raceEnabled = false
