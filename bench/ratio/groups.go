package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/bench"
)

// Targets, as the largest share of the peer's time: what the project has set itself.
var encodeTargets = map[string][]comparison{
	"5 attributes": {{"slogkit JSON", "slog JSON", 0.52}, {"slogkit JSON", "phuslu", 0.85}, {"slogkit Text", "slog Text", 0.48}},
	"With(5) + 1":  {{"slogkit JSON", "slog JSON", 0.56}},
	"source":       {{"slogkit JSON", "slog JSON", 0.30}},
}

// comparisons are the pairs of every encode group, with the targets where there are any.
func comparisons(c bench.Case) []comparison {
	all := []comparison{
		{of: "slogkit JSON", against: "slog JSON"},
		{of: "slogkit JSON", against: "phuslu"},
		{of: "slogkit Text", against: "slog Text"},
	}
	for i, a := range all {
		for _, t := range encodeTargets[c.Name] {
			if a.of == t.of && a.against == t.against {
				all[i].target = t.target
			}
		}
	}
	return all
}

func encodeGroups(records int) []group {
	var groups []group
	for _, c := range bench.Cases {
		g := group{name: c.Name, records: records, compare: comparisons(c)}
		for _, e := range bench.Encoders() {
			if e.Supports(c) {
				g.subjects = append(g.subjects, encoding(e, c, records))
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func encoding(e bench.Encoder, c bench.Case, records int) subject {
	l := e.Logger(c, bench.Discard)
	return subject{
		name:     e.Name,
		check:    func() error { return bench.Check(e, c) },
		rehearse: func() error { c.Log(l, records/10+1); return nil },
		pass: func() (time.Duration, error) {
			start := time.Now()
			c.Log(l, records)
			return time.Since(start), nil
		},
	}
}

const (
	maxMiB  = 10
	backups = 16 // more than a pass fills: every line can be counted afterwards
)

func fileGroups(dir string) []group {
	const linesPerMiB = (1 << 20) / bench.LineBytes
	target := comparison{of: "slogkit", against: "lumberjack", target: 1.02}
	open := comparison{of: "slogkit", against: "lumberjack"}
	floor := comparison{of: "slogkit", against: "os.File"}
	return []group{
		fileGroup("file, 200 B lines, no rotation", dir, 8*linesPerMiB, target, floor),
		fileGroup("file, 200 B lines, rotated at 10 MiB", dir, 44*linesPerMiB, open, floor),
	}
}

func fileGroup(name, dir string, lines int, compare ...comparison) group {
	g := group{name: name, records: lines, compare: compare}
	for _, f := range bench.FileWriters() {
		g.subjects = append(g.subjects, subject{
			name:     f.Name,
			rehearse: func() error { _, err := filePass(f, dir, lines); return err },
			pass:     func() (time.Duration, error) { return filePass(f, dir, lines) },
		})
	}
	return g
}

// filePass includes opening and closing in the time, and counts the lines afterwards.
func filePass(f bench.FileWriter, dir string, lines int) (time.Duration, error) {
	d, err := os.MkdirTemp(dir, "pass")
	if err != nil {
		return 0, err
	}
	start := time.Now()
	err = bench.WriteLines(f, filepath.Join(d, "app.log"), maxMiB, backups, lines)
	elapsed := time.Since(start)
	if err == nil {
		err = nothingLost(d, lines)
	}
	return elapsed, errors.Join(err, os.RemoveAll(d))
}

func nothingLost(dir string, want int) error {
	_, got, err := bench.CountLines(dir)
	if err == nil && got != want {
		err = fmt.Errorf("%d of %d lines are in the files", got, want)
	}
	return err
}
