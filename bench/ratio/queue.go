package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/bench"
)

// Records of a queue: what a call costs, flat out and with 20 µs of other work between two, and how many get through to a
// file, its closing included.

const pace = 20 * time.Microsecond

func queueGroups(dir string) []group {
	var groups []group
	for _, c := range []bench.Case{bench.Cases[1], bench.Rich} {
		groups = append(groups,
			callGroup("queue, a call, "+c.Name, dir, c, 0, 100_000, 0.5, comparison{"slogkit Async", "no-op", 1.1}),
			callGroup("queue, a paced call, "+c.Name, dir, c, pace, 10_000, 0.99, comparison{"slogkit Async", "slog JSON + zap", 0.35}),
			sustainedGroup(c, dir, 1),
			sustainedGroup(c, dir, 8))
	}
	return groups
}

func callGroup(name, dir string, c bench.Case, between time.Duration, n int, quantile float64, want comparison) group {
	g := group{
		name:    name,
		columns: []column{{fmt.Sprintf("p%g ns", quantile*100), "%.0f"}, {"p50", "%.0f"}, {"p99.9", "%.0f"}},
		compare: []comparison{want, {"slogkit Async", "phuslu + its AsyncWriter", 0}, {"no-op", "slog JSON + zap", 0}},
	}
	for _, d := range bench.Deferrers() {
		pass := func() ([]float64, error) {
			return inSomeFolder(dir, func(name string) ([]float64, error) {
				took, err := bench.Calls(d, name, c, n, between)
				return bench.Quantiles(took, quantile, 0.5, 0.999), err
			})
		}
		g.subjects = append(g.subjects, subject{name: d.Name, rehearse: func() error { return nil }, pass: pass})
	}
	return g
}

func sustainedGroup(c bench.Case, dir string, goroutines int) group {
	const n = 160_000
	g := group{
		name:    fmt.Sprintf("queue, sustained, %d goroutines, %s", goroutines, c.Name),
		columns: perRecord,
		compare: []comparison{
			{"slogkit Async", "phuslu + its AsyncWriter", 0.45},
			{"no-op", "phuslu + its AsyncWriter", 0},
			{"slogkit Async", "slog JSON + zap", 0},
		},
	}
	for _, d := range bench.Deferrers() {
		work := func(name string) ([]float64, error) {
			return timed(n, func() error { return bench.Sustained(d, name, c, n, goroutines) })
		}
		lines := n
		if d.Name == "no-op" {
			lines = 0
		}
		counted := func(name string) ([]float64, error) {
			measured, err := work(name)
			if got, countErr := bench.CountRecords(filepath.Dir(name)); err == nil && (countErr != nil || got != lines) {
				err = fmt.Errorf("%d of %d records are in the file (%v)", got, lines, countErr) //nolint:errorlint // it may be nil
			}
			return measured, err
		}
		g.subjects = append(g.subjects, subject{
			name:     d.Name,
			rehearse: func() error { _, err := inSomeFolder(dir, work); return err },
			pass:     func() ([]float64, error) { return inSomeFolder(dir, counted) },
		})
	}
	return g
}
