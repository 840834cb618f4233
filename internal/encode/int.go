package encode

import (
	"slices"

	"github.com/slogkit-go/slogkit/internal/decimal"
)

// appendInt is strconv.AppendInt(b, i, 10).
func appendInt(b []byte, i int64) []byte {
	n := len(b)
	b = slices.Grow(b, decimal.MaxInt)
	return b[:decimal.PutInt(b[:cap(b)], n, i)]
}

// appendUint is strconv.AppendUint(b, u, 10).
func appendUint(b []byte, u uint64) []byte {
	n := len(b)
	b = slices.Grow(b, decimal.MaxInt)
	return b[:decimal.PutUint(b[:cap(b)], n, u)]
}
