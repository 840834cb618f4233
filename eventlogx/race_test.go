//go:build race

package eventlogx

const raceEnabled = true
