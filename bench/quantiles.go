package bench

import "slices"

// Quantiles are the q-quantiles of values, with linear interpolation; 0.5 is the median and 1 the greatest.
func Quantiles(values []float64, q ...float64) []float64 {
	sorted := slices.Sorted(slices.Values(values))
	found := make([]float64, len(q))
	for k, q := range q {
		at := q * float64(len(sorted)-1)
		i := int(at)
		found[k] = sorted[i]
		if i+1 < len(sorted) {
			found[k] += (at - float64(i)) * (sorted[i+1] - sorted[i])
		}
	}
	return found
}
