// Package token writes and reads JSON, token by token.
//
// It is for forms of a record that encoding/json cannot do justice to: strings that are not UTF-8, the order of keys,
// integers that stay integers, Python's NaN; and for input from strangers, who must not get more memory than they send.
package token

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/scan"
)

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string on one line. A byte b that is no part of valid UTF-8 becomes \udc80 to
// \udcff, 0xdc00 + b: Python's surrogateescape (PEP 383), which [Reader.String] undoes.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	if scan.JSONPrefix(s) == len(s) || plain(s) == len(s) && utf8.ValidString(s) {
		b = append(b, s...)
	} else {
		b = appendEscaped(b, s)
	}
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch c := s[0]; {
		case r == utf8.RuneError && size == 1:
			b = append(b, '\\', 'u', 'd', 'c', hex[c>>4], hex[c&0xf])
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, s[:size]...)
		default:
			b = appendControl(b, c)
		}
		s = s[size:]
	}
	return b
}

func appendControl(b []byte, c byte) []byte {
	if i := strings.IndexByte("\b\f\n\r\t", c); i >= 0 {
		return append(b, '\\', "bfnrt"[i])
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}

// AppendFloat appends a finite number as Python does: in the fewest digits that are its alone, and with a point or an
// exponent, by which it is told from an integer.
func AppendFloat(b []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	n := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if bytes.IndexByte(b[n:], '.') < 0 {
		b = append(b, '.', '0')
	}
	return b
}
