package main

import "github.com/slogkit-go/slogkit/bench"

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
		g := group{name: c.Name, columns: perRecord, compare: comparisons(c)}
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
		pass: func() ([]float64, error) {
			return timed(records, func() error { c.Log(l, records); return nil })
		},
	}
}
