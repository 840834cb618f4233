package main

import "github.com/slogkit-go/slogkit/bench"

// A stall is the Write that rotates, among others that do not; one goroutine writes, and nothing is buffered.

// stallBackups are kept, so each rotation also makes one backup too many.
const stallBackups = 5

// stallsPerPass are the rotations of one pass that are measured; the median of them is its result.
var stallsPerPass = map[int]int{1: 15, 10: 3} // by MiB

var stallColumns = []column{{"µs/rotation", "%.1f"}, {"longest", "%.1f"}}

func stallGroups(dir string) []group {
	plain := only(bench.FileWriters(), "lumberjack", "timberjack", "slogkit")
	return []group{
		stallGroup("stall, 1 MiB", dir, 1, plain, 0.35),
		stallGroup("stall, 10 MiB", dir, 10, plain, 0.2),
		stallGroup("stall, 1 MiB, gzip", dir, 1, bench.CompressingWriters(), 0.35),
		stallGroup("stall, 10 MiB, gzip", dir, 10, bench.CompressingWriters(), 0.2),
	}
}

func stallGroup(name, dir string, maxMiB int, files []bench.FileWriter, target float64) group {
	g := group{name: name, columns: stallColumns, compare: []comparison{
		{"slogkit", "lumberjack", target},
		{"slogkit", "timberjack", 0},
	}}
	for _, f := range files {
		g.subjects = append(g.subjects, subject{
			name:     f.Name,
			rehearse: func() error { return nil }, // that is how bench.Stalls begins
			pass:     func() ([]float64, error) { return stallPass(f, dir, maxMiB) },
		})
	}
	return g
}

func stallPass(f bench.FileWriter, dir string, maxMiB int) ([]float64, error) {
	return inFolder(dir, bench.StallLines(maxMiB, stallBackups), func(name string) ([]float64, error) {
		stalls, err := bench.Stalls(f, name, maxMiB, stallBackups, stallsPerPass[maxMiB])
		if err != nil {
			return nil, err
		}
		return bench.Quantiles(stalls, 0.5, 1), nil
	})
}
