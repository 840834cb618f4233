package bench

import (
	"errors"
	"slices"
	"time"
)

// Latencies opens the file, writes the lines with one Write each, and closes it. It returns how many µs each Write
// took.
func Latencies(f FileWriter, name string, l Load) ([]float64, error) {
	took := make([][]float64, max(l.Goroutines, 1))
	for i := range took {
		took[i] = make([]float64, l.linesOf(i))
	}
	w, err := f.Open(name, l.MaxMiB, l.Backups)
	if err != nil {
		return nil, err
	}
	err = l.share(func(worker, _ int) error {
		mine := took[worker]
		for i := range mine {
			compute(l.Between)
			var err error
			if mine[i], err = timeWrite(w); err != nil {
				return err
			}
		}
		return nil
	})
	return slices.Concat(took...), errors.Join(err, w.Close())
}

// compute does nothing in particular for a while, but does not sleep.
func compute(d time.Duration) {
	if d == 0 {
		return
	}
	for start := time.Now(); time.Since(start) < d; {
	}
}
