package encode

import "slices"

const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendInt is strconv.AppendInt(b, i, 10).
func appendInt(b []byte, i int64) []byte {
	u := uint64(i)
	if i < 0 {
		b, u = append(b, '-'), -u
	}
	return appendUint(b, u)
}

// appendUint is strconv.AppendUint(b, u, 10), but puts the digits where they belong at once: half the cost.
func appendUint(b []byte, u uint64) []byte {
	n := len(b) + digits(u)
	b = slices.Grow(b, n-len(b))[:n]
	for u >= 100 {
		q := u / 100
		r := 2 * (u - 100*q)
		n -= 2
		b[n+1], b[n] = pairs[r+1], pairs[r]
		u = q
	}
	if u < 10 {
		b[n-1] = byte('0' + u)
	} else {
		b[n-1], b[n-2] = pairs[2*u+1], pairs[2*u]
	}
	return b
}

// digits is how many decimal digits u has.
func digits(u uint64) int {
	n := 1
	for ; u >= 10_000; u /= 10_000 {
		n += 4
	}
	switch {
	case u >= 1000:
		return n + 3
	case u >= 100:
		return n + 2
	case u >= 10:
		return n + 1
	}
	return n
}
