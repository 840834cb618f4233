package token

import "math/bits"

const low, high = 0x0101010101010101, 0x8080808080808080

// plain returns how many bytes of s come before the first that a JSON string must escape: a control character, a quote
// or a backslash. It looks at eight bytes at a time.
func plain(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if special := special(word(s, i)); special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// special sets the high bit of each byte of x that must be escaped; only the first that stands means something, since
// the subtractions borrow from those above.
func special(x uint64) uint64 {
	quote, backslash := x^low*'"', x^low*'\\'
	return ((x-low*' ')&^x | (quote-low)&^quote | (backslash-low)&^backslash) & high
}

// word is the eight bytes of s at i: one load, for the compiler puts it together.
func word(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
