package main

import (
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/bench"
)

// A latency is how long one Write takes while 8 goroutines write: as fast as they can, which no disk keeps up with and
// every buffer ends up waiting for, or with some work of their own between the lines, as in a program.

var (
	flatOut = bench.Load{MaxMiB: 1, Backups: 48, Lines: bench.LinesPerFile(45), Goroutines: 8}
	atWork  = bench.Load{MaxMiB: 1, Backups: 24, Lines: bench.LinesPerFile(20), Goroutines: 8, Between: 5 * time.Microsecond}
)

var (
	latencyColumns   = []column{{"p99.9 µs", "%.1f"}, {"p99", "%.1f"}, {"p50", "%.2f"}, {"longest", "%.0f"}}
	latencyQuantiles = []float64{0.999, 0.99, 0.5, 1}
)

func latencyGroups(dir string) []group {
	return []group{
		latencyGroup("latency, 8 goroutines, flat out, rotated at 1 MiB", dir, flatOut, 0.02),
		latencyGroup("latency, 8 goroutines, 5 µs between lines, rotated at 1 MiB", dir, atWork, 0),
	}
}

func latencyGroup(name, dir string, l bench.Load, target float64) group {
	g := group{name: name, columns: latencyColumns, compare: []comparison{
		{"slogkit buffered", "lumberjack", target},
		{"slogkit buffered", "zap + lumberjack", 0},
	}}
	for _, f := range slices.Concat(only(bench.FileWriters(), "lumberjack"), bench.BufferedWriters()) {
		pass := func() ([]float64, error) { return latencyPass(f, dir, l) }
		g.subjects = append(g.subjects, subject{
			name:     f.Name,
			rehearse: func() error { _, err := pass(); return err },
			pass:     pass,
		})
	}
	return g
}

func latencyPass(f bench.FileWriter, dir string, l bench.Load) ([]float64, error) {
	return inFolder(dir, l.Lines, func(name string) ([]float64, error) {
		took, err := bench.Latencies(f, name, l)
		return bench.Quantiles(took, latencyQuantiles...), err
	})
}
