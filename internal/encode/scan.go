package encode

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

// below has the high bit of each byte of x that is less than n; bytes of 0x80 and more come out unset, and above the
// first hit the result is not reliable. n is at most 0x80.
func below(x uint64, n byte) uint64 { return (x - lowBits*uint64(n)) & ^x & highBits }

// equal is below for the bytes of x that are c.
func equal(x uint64, c byte) uint64 { return below(x^(lowBits*uint64(c)), 1) }

// jsonSafePrefix returns how many bytes of s come before the first that a JSON string cannot hold as it is, or that is
// not ASCII.
func jsonSafePrefix(s string) int {
	i := 0
	for b := unsafe.Slice(unsafe.StringData(s), len(s)); len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if m := below(x, ' ') | equal(x, '"') | equal(x, '\\') | x&highBits; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || needsEscape[c] {
			break
		}
	}
	return i
}

// textSafe reports whether s, as a key or value of Text, surely needs no quotes: printable ASCII, none of them special.
func textSafe(s string) bool {
	i := 0
	for b := unsafe.Slice(unsafe.StringData(s), len(s)); len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if below(x, ' '+1)|equal(x, '"')|equal(x, '=')|x&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x80 || c == '"' || c == '=' {
			return false
		}
	}
	return len(s) > 0
}

// quoteSafe reports whether strconv.Quote would change nothing in s but add the quotes.
func quoteSafe(s string) bool {
	i := 0
	for b := unsafe.Slice(unsafe.StringData(s), len(s)); len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if below(x, ' ')|equal(x, '"')|equal(x, '\\')|equal(x, 0x7f)|x&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
