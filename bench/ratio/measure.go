package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/slogkit-go/slogkit/bench"
)

// A group is one piece of work and those who do it.
type group struct {
	name     string
	columns  []column // what a pass measures; ratios are of the first
	subjects []subject
	compare  []comparison
}

// A column is a quantity of which the median is printed.
type column struct {
	name   string // and its unit
	format string
}

type subject struct {
	name     string
	check    func() error              // before anything is timed; nil: the pass checks itself
	rehearse func() error              // before each pass: pools, caches and pages as in the middle of a program
	pass     func() ([]float64, error) // does the work once, and returns what it measured for each column
}

// perRecord are the columns of [timed].
var perRecord = []column{{"ns/op", "%.0f"}, {"allocs/op", "%.0f"}}

// timed measures work on n records.
func timed(n int, work func() error) ([]float64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := work()
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	return []float64{float64(elapsed) / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)}, err
}

// medianOf is a pass that does another n times and returns the medians.
func medianOf(n int, pass func() ([]float64, error)) func() ([]float64, error) {
	return func() ([]float64, error) {
		var columns [][]float64
		for range n {
			measured, err := pass()
			if err != nil {
				return nil, err
			}
			columns = appendEach(columns, measured)
		}
		medians := make([]float64, len(columns))
		for i, c := range columns {
			medians[i] = bench.Quantiles(c, 0.5)[0]
		}
		return medians, nil
	}
}

// appendEach appends to each column what was measured for it.
func appendEach(columns [][]float64, measured []float64) [][]float64 {
	if columns == nil {
		columns = make([][]float64, len(measured))
	}
	for i, m := range measured {
		columns[i] = append(columns[i], m)
	}
	return columns
}

type comparison struct {
	of, against string
	target      float64 // the ratio hoped for, or less; 0: none
}

type result struct {
	group
	measured map[string][][]float64 // by subject, column and round
}

func (g group) measure(rounds int) (*result, error) {
	r := &result{group: g, measured: map[string][][]float64{}}
	for _, s := range g.subjects {
		if s.check == nil {
			continue
		}
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	for round := range rounds {
		for i := range g.subjects {
			// Nobody is always first, and nobody always follows the same one.
			s := g.subjects[(i+round)%len(g.subjects)]
			if round%2 == 1 {
				s = g.subjects[(len(g.subjects)-i+round)%len(g.subjects)]
			}
			if err := r.add(s); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return r, nil
}

func (r *result) add(s subject) error {
	runtime.GC()
	if err := s.rehearse(); err != nil {
		return err
	}
	measured, err := s.pass()
	if err != nil {
		return err
	}
	r.measured[s.name] = appendEach(r.measured[s.name], measured)
	return nil
}

// print writes two tables, subjects and ratios, and returns how many targets were missed.
func (r *result) print(w io.Writer) (missed int, err error) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "\n%s\n", r.name)
	fmt.Fprint(tw, "  ")
	for _, c := range r.columns {
		fmt.Fprintf(tw, "\t%s", c.name)
	}
	fmt.Fprintln(tw)
	for _, s := range r.subjects {
		fmt.Fprintf(tw, "  %s", s.name)
		for i, c := range r.columns {
			fmt.Fprintf(tw, "\t"+c.format, bench.Quantiles(r.measured[s.name][i], 0.5)[0])
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return 0, err
	}
	fmt.Fprintf(tw, "  \tratio\tquartiles\ttarget\n")
	for _, c := range r.compare {
		ratios := r.ratios(c)
		if ratios == nil {
			continue
		}
		q := bench.Quantiles(ratios, 0.25, 0.5, 0.75)
		median := q[1]
		verdict := ""
		switch {
		case c.target == 0:
			verdict = "-"
		case median <= c.target:
			verdict = fmt.Sprintf("%.2f met", c.target)
		default:
			verdict = fmt.Sprintf("%.2f MISSED", c.target)
			missed++
		}
		fmt.Fprintf(tw, "  %s / %s\t%.3f\t%.3f-%.3f\t%s\n",
			c.of, c.against, median, q[0], q[2], verdict)
	}
	return missed, tw.Flush()
}

// ratios are taken within each round.
func (r *result) ratios(c comparison) []float64 {
	of, against := r.measured[c.of], r.measured[c.against]
	if of == nil || against == nil {
		return nil
	}
	ratios := make([]float64, len(of[0]))
	for i := range ratios {
		ratios[i] = of[0][i] / against[0][i]
	}
	return ratios
}
