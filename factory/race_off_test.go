//go:build !race

package factory_test

const raceEnabled = false
