// Package scan tells, eight bytes at a time, whether a string can stand as it is in JSON or Text, and copies it if it can.
package scan

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// needsEscape says which ASCII characters a JSON string must escape. DEL is not one of them.
var needsEscape = func() (t [128]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// Escaped reports whether a JSON string must escape c, an ASCII character.
func Escaped(c byte) bool { return needsEscape[c] }

// below sets the high bit of each byte of x that is less than n, which is at most 0x80. Only the first high bit that it
// or x itself has is reliable, so or it with x and mask that with highBits.
func below(x uint64, n byte) uint64 { return x - lowBits*uint64(n) }

// equal is below for the bytes of x that are c.
func equal(x uint64, c byte) uint64 { return below(x^(lowBits*uint64(c)), 1) }

// Each of the following looks at eight bytes at a time. The last look at a longer string overlaps the one before it; a
// shorter string is filled up.

// word is the eight bytes of b at i.
func word(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// short is the bytes of b, of which there are at most seven, each in its place, and letters behind them.
func short(b []byte) uint64 {
	const letters = 0x6161616161616161
	n := len(b)
	x := uint64(letters) << (8 * n)
	switch {
	case n >= 4: // the middle ones twice
		x |= uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*n-32)
	case n > 0:
		x |= uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
	return x
}

// Bytes is s, not to be changed.
func Bytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// JSONPrefix returns how many bytes of s come before the first that a JSON string cannot hold as it is, or that is
// not ASCII.
func JSONPrefix(s string) int {
	b := Bytes(s)
	i := 0
	switch n := len(b); {
	case n >= 8:
		for ; i <= n-8; i += 8 {
			if m := jsonSpecial(word(b, i)); m != 0 {
				return i + bits.TrailingZeros64(m)/8
			}
		}
		if i == n || jsonSpecial(word(b, n-8)) == 0 {
			return n
		}
	case jsonSpecial(short(b)) == 0:
		return n
	}
	for c := b[i]; c < 0x80 && !needsEscape[c]; c = b[i] {
		i++
	}
	return i
}

// Spare is how many bytes behind its copy [CopyJSON] may write to.
const Spare = 8

// CopyJSON copies s to d, where [Spare] bytes more are free, and reports whether s is ASCII and a JSON string can hold it
// as it is. If not, d is garbage.
func CopyJSON(d []byte, s string) bool {
	b := Bytes(s)
	n := len(b)
	if n < 8 {
		x := short(b)
		binary.LittleEndian.PutUint64(d, x)
		return jsonSpecial(x) == 0
	}
	d = d[:n]
	special := uint64(0)
	for i := 0; i < n-8; i += 8 {
		x := word(b, i)
		binary.LittleEndian.PutUint64(d[i:], x)
		special |= jsonSpecial(x)
	}
	x := word(b, n-8)
	binary.LittleEndian.PutUint64(d[n-8:], x)
	return special|jsonSpecial(x) == 0
}

// jsonSpecial is not zero if a JSON string cannot hold all bytes of x as they are; its lowest bit is in the first.
func jsonSpecial(x uint64) uint64 {
	return (below(x, ' ') | equal(x, '"') | equal(x, '\\') | x) & highBits
}

// TextSafe reports whether b, as a key or value of Text, surely needs no quotes: printable ASCII, none of them special.
func TextSafe(b []byte) bool {
	n := len(b)
	if n < 8 {
		return n > 0 && textSpecial(short(b)) == 0
	}
	for i := 0; i < n-8; i += 8 {
		if textSpecial(word(b, i)) != 0 {
			return false
		}
	}
	return textSpecial(word(b, n-8)) == 0
}

func textSpecial(x uint64) uint64 {
	return (below(x, ' '+1) | equal(x, '"') | equal(x, '=') | x) & highBits
}

// QuoteSafe reports whether strconv.Quote would change nothing in s but add the quotes.
func QuoteSafe(s string) bool {
	b := Bytes(s)
	n := len(b)
	if n < 8 {
		return quoteSpecial(short(b)) == 0
	}
	for i := 0; i < n-8; i += 8 {
		if quoteSpecial(word(b, i)) != 0 {
			return false
		}
	}
	return quoteSpecial(word(b, n-8)) == 0
}

func quoteSpecial(x uint64) uint64 { return jsonSpecial(x) | equal(x, 0x7f)&highBits }
