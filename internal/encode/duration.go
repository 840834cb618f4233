package encode

import (
	"math"
	"time"
)

// appendDuration appends d.String() without the string.
func appendDuration(b []byte, d time.Duration) []byte {
	switch {
	case d == 0:
		return append(b, "0s"...)
	case d == math.MinInt64: // has no positive counterpart
		return append(b, d.String()...)
	case d < 0:
		b, d = append(b, '-'), -d
	}
	n := uint64(d)
	switch {
	case d < time.Microsecond:
		return append(appendUint(b, n), "ns"...)
	case d < time.Millisecond:
		return append(appendDecimals(appendUint(b, n/1e3), n%1e3*1e6), "µs"...)
	case d < time.Second:
		return append(appendDecimals(appendUint(b, n/1e6), n%1e6*1e3), "ms"...)
	}
	if d >= time.Hour {
		b = append(appendUint(b, n/3600e9), 'h')
	}
	if d >= time.Minute {
		b = append(appendUint(b, n/60e9%60), 'm')
	}
	return append(appendDecimals(appendUint(b, n/1e9%60), n%1e9), 's')
}
