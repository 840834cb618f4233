//go:build !race

package syslogx

const raceEnabled = false
