// Package decimal puts decimal digits where they belong at once, two at a time, at half the cost of package strconv.
package decimal

import (
	"encoding/binary"
	"math/bits"
)

// MaxInt is the most bytes that an integer takes.
const MaxInt = len("-9223372036854775808")

// PutInt puts i into b at that index, where MaxInt bytes are free, and returns where it ends.
func PutInt(b []byte, at int, i int64) (end int) {
	u := uint64(i)
	if i < 0 {
		b[at] = '-'
		at++
		u = -u
	}
	return PutUint(b, at, u)
}

// PutUint is PutInt for what has no sign.
func PutUint(b []byte, at int, u uint64) (end int) {
	end = at + Len(u)
	i := end
	for u >= 100 {
		q := u / 100
		i -= 2
		putPair(b[i:], uint32(u-100*q))
		u = q
	}
	if u < 10 {
		b[i-1] = byte('0' + u)
	} else {
		putPair(b[i-2:], uint32(u))
	}
	return end
}

// PutNine puts n, less than a billion, as nine digits.
func PutNine(b *[9]byte, n uint32) {
	high, low := n/10_000, n%10_000
	first := high / 10_000
	high -= first * 10_000
	b[0] = byte('0' + first)
	putPair(b[1:], high/100)
	putPair(b[3:], high%100)
	putPair(b[5:], low/100)
	putPair(b[7:], low%100)
}

// putPair puts n, less than a hundred, as two digits.
func putPair(b []byte, n uint32) { binary.LittleEndian.PutUint16(b, pairs[n%128]) }

// pairs has the digits of each number below a hundred; it is larger so that n%128 needs no check.
var pairs = func() (p [128]uint16) {
	for n := range uint16(100) {
		p[n] = '0' + n/10 | ('0'+n%10)<<8
	}
	return p
}()

// Len is how many digits u has.
func Len(u uint64) int {
	u |= 1                          // as many
	n := bits.Len64(u) * 1233 >> 12 // 1233/4096 is the logarithm of two, or one digit less
	if u >= powers[n] {
		n++
	}
	return n
}

// powers are those of ten.
var powers = func() (p [20]uint64) {
	for i, x := 0, uint64(1); i < len(p); i, x = i+1, 10*x {
		p[i] = x
	}
	return p
}()
