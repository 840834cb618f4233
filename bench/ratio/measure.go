package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// A group is one piece of work and those who do it.
type group struct {
	name     string
	records  int // per pass
	subjects []subject
	compare  []comparison
}

type subject struct {
	name     string
	check    func() error                  // before anything is timed; nil: the pass checks itself
	rehearse func() error                  // before each pass: pools, caches and pages as in the middle of a program
	pass     func() (time.Duration, error) // does the work once
}

type comparison struct {
	of, against string
	target      float64 // the ratio hoped for, or less; 0: none
}

type result struct {
	group
	times  map[string][]float64 // ns per record, one per round
	allocs map[string]float64   // per record, least of all rounds
}

func (g group) measure(rounds int) (*result, error) {
	r := &result{group: g, times: map[string][]float64{}, allocs: map[string]float64{}}
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
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	elapsed, err := s.pass()
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	n := float64(r.records)
	r.times[s.name] = append(r.times[s.name], float64(elapsed)/n)
	allocs := float64(after.Mallocs-before.Mallocs) / n
	if least, ok := r.allocs[s.name]; !ok || allocs < least {
		r.allocs[s.name] = allocs
	}
	return nil
}

// print writes two tables, subjects and ratios, and returns how many targets were missed.
func (r *result) print(w io.Writer) (missed int, err error) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "\n%s\n", r.name)
	fmt.Fprintf(tw, "  \tns/op\tallocs/op\n")
	for _, s := range r.subjects {
		fmt.Fprintf(tw, "  %s\t%.0f\t%.0f\n", s.name, quantile(r.times[s.name], 0.5), r.allocs[s.name])
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
		median := quantile(ratios, 0.5)
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
			c.of, c.against, median, quantile(ratios, 0.25), quantile(ratios, 0.75), verdict)
	}
	return missed, tw.Flush()
}

// ratios are taken within each round.
func (r *result) ratios(c comparison) []float64 {
	of, against := r.times[c.of], r.times[c.against]
	if len(of) == 0 || len(of) != len(against) {
		return nil
	}
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / against[i]
	}
	return ratios
}

// quantile is the q-quantile of values, with linear interpolation.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
