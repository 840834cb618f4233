package main

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/bench"
)

// layerTargets are those of attributes that are known in advance, by the name of the group.
var layerTargets = map[string]comparison{
	"1 layer over slogkit JSON":   {"factory.Attrs", "logger.With", 1.05},
	"4 layers over slogkit JSON":  {"factory.Attrs", "slog-multi Pipe", 0.60},
	"16 layers over slogkit JSON": {"factory.Attrs", "slog-multi Pipe", 0.27},
	"16 layers over slog JSON":    {"factory.Attrs", "slog-multi Pipe", 0.70},
}

func layerGroups(records int) []group {
	var groups []group
	for _, e := range bench.Encoders() {
		if e.Name != "slogkit JSON" && e.Name != "slog JSON" {
			continue
		}
		groups = append(groups,
			layerGroup("1 layer over "+e.Name, e, 1, records),
			layerGroup("4 layers over "+e.Name, e, 4, records),
			layerGroup("16 layers over "+e.Name, e, 16, records))
	}
	return groups
}

func layerGroup(name string, e bench.Encoder, n, records int) group {
	g := group{name: name, columns: perRecord, compare: layerComparisons(name)}
	c := bench.Cases[1] // 5 attributes
	for _, by := range bench.Injectors() {
		l := slog.New(by.Wrap(e.New(bench.Discard, false), n))
		g.subjects = append(g.subjects, subject{
			name:     by.Name,
			check:    func() error { return bench.CheckInjector(e, by, n) },
			rehearse: func() error { c.Log(l, records/10+1); return nil },
			pass: func() ([]float64, error) {
				return timed(records, func() error { c.Log(l, records); return nil })
			},
		})
	}
	return g
}

func layerComparisons(name string) []comparison {
	all := []comparison{
		{"factory.Attrs", "logger.With", 0},
		{"factory.Attrs", "slog-multi Pipe", 0},
		{"factory.FromContext", "slog-multi Pipe", 0},
		{"factory functions", "slog-multi Pipe", 0},
	}
	for i, c := range all {
		if t := layerTargets[name]; t.of == c.of && t.against == c.against {
			all[i] = t
		}
	}
	return all
}
