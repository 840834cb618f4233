package eventlogx

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendText appends s in UTF-16, at most limit units of it, and reports whether that was not all. Nothing in it can end
// the string: control characters are written as Go does, such as \x00, but for tabs and line ends. Invalid UTF-8 becomes
// U+FFFD.
func appendText[T string | []byte](dst []uint16, s T, limit int, keepPercent bool) (_ []uint16, cut bool) {
	full := len(dst) + limit
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c <= '~' {
			n := 1
			if c == '%' && !keepPercent && insertionCode(s[i+1:]) {
				n = 2
			}
			if len(dst)+n > full {
				return dst, true
			}
			dst = append(dst, uint16(c))
			if n == 2 {
				dst = append(dst, ' ')
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		before := len(dst)
		dst = appendRune(dst, r)
		if len(dst) > full {
			return dst[:before], true
		}
		i += size
	}
	return dst, false
}

// insertionCode reports whether a percent sign before s makes an insertion code: %1, %{S-1-5-18}. In %%1 it is the
// second.
func insertionCode[T string | []byte](s T) bool {
	return len(s) > 0 && ('0' <= s[0] && s[0] <= '9' || s[0] == '{')
}

func appendRune(dst []uint16, r rune) []uint16 {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
	case r < ' ' || 0x7f <= r && r <= 0x9f:
		var buf [8]byte
		quoted := strconv.AppendQuoteRuneToASCII(buf[:0], r) // '\x00'
		for _, c := range quoted[1 : len(quoted)-1] {
			dst = append(dst, uint16(c))
		}
		return dst
	}
	return utf16.AppendRune(dst, r)
}
