package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/slogkit-go/slogkit/bench"
)

// Files take lines of 200 bytes, one Write each. Opening and closing them is part of the time.
//
// There are more backups than a pass fills, so that every line can be counted afterwards. Those of 1 MiB are 10 in the
// end and 5 on the average, as in a program that keeps 5: who numbers backups renames them all with each rotation.

var (
	unrotated = bench.Load{MaxMiB: 100, Backups: 16, Lines: bench.LinesPerFile(8)}
	tenMiB    = bench.Load{MaxMiB: 10, Backups: 16, Lines: bench.LinesPerFile(33)}
	oneMiB    = bench.Load{MaxMiB: 1, Backups: 16, Lines: bench.LinesPerFile(11)}
)

// by are the same lines, written by several goroutines.
func by(goroutines int, l bench.Load) bench.Load {
	l.Goroutines = goroutines
	return l
}

func fileGroups(dir string) []group {
	files := bench.FileWriters()
	lumberjack := only(bench.FileWriters(), "lumberjack")
	buffered := slices.Concat(lumberjack, bench.BufferedWriters())
	floors := slices.Concat(only(bench.FileWriters(), "os.File"), bench.BufferedFiles())

	floor := comparison{of: "slogkit", against: "os.File"}
	against := func(target float64) comparison { return comparison{"slogkit", "lumberjack", target} }
	line := func(target float64) comparison { return comparison{"slogkit buffered", "lumberjack", target} }
	zap := func(target float64) comparison { return comparison{"slogkit buffered", "zap + lumberjack", target} }
	bufio := comparison{of: "slogkit buffered", against: "bufio + os.File"}
	return []group{
		fileGroup("file, no rotation", dir, unrotated, 1, files, against(1.02), floor),
		fileGroup("file, rotated at 10 MiB", dir, tenMiB, 1, files, against(0), floor),
		fileGroup("file, 8 goroutines, no rotation", dir, by(8, unrotated), 1, files, against(1), floor),
		fileGroup("file, 8 goroutines, rotated at 10 MiB", dir, by(8, tenMiB), 1, files, against(1), floor),
		fileGroup("buffered file, no rotation", dir, unrotated, 5, slices.Concat(floors, buffered), line(0.10), zap(0), bufio),
		fileGroup("buffered file, rotated at 10 MiB", dir, tenMiB, 3, buffered, zap(0.85), line(0)),
		fileGroup("buffered file, rotated at 1 MiB", dir, oneMiB, 5, buffered, zap(1), line(0)),
	}
}

// fileGroup measures as many passes in a row as one: a buffer is done with a single one in a few milliseconds.
func fileGroup(
	name, dir string, l bench.Load, passes int, files []bench.FileWriter, compare ...comparison,
) group {
	g := group{name: name, columns: perRecord, compare: compare}
	for _, f := range files {
		pass := func() ([]float64, error) { return filePass(f, dir, l) }
		g.subjects = append(g.subjects, subject{
			name:     f.Name,
			check:    func() error { return exact(f, dir, l) },
			rehearse: func() error { _, err := pass(); return err },
			pass:     medianOf(passes, pass),
		})
	}
	return g
}

func filePass(f bench.FileWriter, dir string, l bench.Load) ([]float64, error) {
	return inFolder(dir, l.Lines, func(name string) ([]float64, error) {
		return timed(l.Lines, func() error { return bench.WriteLines(f, name, l) })
	})
}

// exact checks that the files are what they shall be, line by line, where f promises that.
func exact(f bench.FileWriter, dir string, l bench.Load) error {
	if !f.Exact || l.Goroutines > 1 {
		return nil
	}
	d, err := os.MkdirTemp(dir, "exact")
	if err != nil {
		return err
	}
	return errors.Join(bench.CheckExact(f, filepath.Join(d, "app.log"), l), os.RemoveAll(d))
}
