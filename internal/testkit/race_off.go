//go:build !race

package testkit

// Race reports whether this is a build for the race detector, under which everything takes longer.
const Race = false
