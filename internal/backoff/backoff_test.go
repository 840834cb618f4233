package backoff

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestWaits(t *testing.T) {
	const s = time.Second
	tests := map[string]struct {
		schedule Schedule
		want     []time.Duration
	}{
		"Python's":           {Schedule{s, 2, 30 * s}, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s}},
		"constant":           {Schedule{s, 1, 30 * s}, []time.Duration{s, s, s}},
		"Start beyond Max":   {Schedule{9 * s, 2, 5 * s}, []time.Duration{5 * s, 5 * s}},
		"no whole number":    {Schedule{s, 1.5, 3 * s}, []time.Duration{s, 1500 * time.Millisecond, 2250 * time.Millisecond, 3 * s}},
		"beyond all measure": {Schedule{s, 1e30, 1000 * time.Hour}, []time.Duration{s, 1000 * time.Hour, 1000 * time.Hour}},
		"infinite at once":   {Schedule{s, math.Inf(1), 7 * s}, []time.Duration{s, 7 * s, 7 * s}},
		"the shortest there": {Schedule{1, 2, 3}, []time.Duration{1, 2, 3, 3}},
	}
	for name, tt := range tests {
		w := Waits{Schedule: tt.schedule}
		for round := range 2 {
			var got []time.Duration
			for range tt.want {
				got = append(got, w.Next())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s, round %d: got %v, want %v", name, round, got, tt.want)
			}
			w.Reset()
		}
	}
}

func TestOr(t *testing.T) {
	defaults := Schedule{time.Second, 2, time.Minute}
	tests := map[string]struct{ given, want Schedule }{
		"nothing given":   {Schedule{}, defaults},
		"all given":       {Schedule{1, 1, 1}, Schedule{1, 1, 1}},
		"no times":        {Schedule{-1, 3, -1}, Schedule{time.Second, 3, time.Minute}},
		"it would shrink": {Schedule{1, 0.5, 1}, Schedule{1, 2, 1}},
		"not a number":    {Schedule{1, math.NaN(), 1}, Schedule{1, 2, 1}},
		"less than none":  {Schedule{1, -7, 1}, Schedule{1, 2, 1}},
	}
	for name, tt := range tests {
		if got := tt.given.Or(defaults); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
