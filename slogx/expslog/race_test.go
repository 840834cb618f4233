//go:build race

package expslog_test

// Under the race detector slices.Grow, and with it AddAttrs of log/slog,
// allocates twice.
const raceEnabled = true
