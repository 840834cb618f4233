package token

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string. The escapes \udc80 to \udcff are the bytes that [AppendString] made them of; any other half of a
// surrogate pair is U+FFFD.
func (r *Reader) String() string {
	raw, escaped := r.quoted()
	if escaped {
		return unescape(raw)
	}
	return raw
}

// quoted reads a string and returns what is between its quotes, in which all escapes are valid.
func (r *Reader) quoted() (raw string, escaped bool) {
	if r.Peek() != '"' {
		r.want("a string")
		return "", false
	}
	r.pos++
	for start := r.pos; ; {
		r.pos += plain(r.text[r.pos:])
		switch {
		case r.pos == len(r.text):
			r.Fail("string without an end")
			return "", false
		case r.text[r.pos] == '"':
			r.pos++
			return r.text[start : r.pos-1], escaped
		case r.text[r.pos] != '\\':
			r.Fail("control character in a string")
			return "", false
		}
		escaped = true
		if !r.escape() {
			r.Fail("unknown escape")
			return "", false
		}
	}
}

// escape passes over one escape.
func (r *Reader) escape() bool {
	rest := r.text[r.pos:]
	if len(rest) < 2 {
		return false
	}
	if rest[1] != 'u' {
		r.pos += 2
		return strings.IndexByte(`"\/bfnrt`, rest[1]) >= 0
	}
	c, ok := hexRune(rest)
	if !ok {
		return false
	}
	r.pos += len(`\u0000`)
	r.loose = r.loose || utf16.IsSurrogate(c)
	return true
}

// hexRune returns the number of the escape \uXXXX that s begins with.
func hexRune(s string) (c rune, ok bool) {
	if len(s) < len(`\u0000`) || s[:2] != `\u` {
		return 0, false
	}
	for _, digit := range []byte(s[2:6]) {
		c <<= 4
		switch {
		case '0' <= digit && digit <= '9':
			c |= rune(digit - '0')
		case 'a' <= digit|0x20 && digit|0x20 <= 'f':
			c |= rune(digit | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return c, true
}

// unescape takes what quoted returns.
func unescape(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		n := strings.IndexByte(raw, '\\')
		if n < 0 {
			b.WriteString(raw)
			return b.String()
		}
		b.WriteString(raw[:n])
		raw = raw[n:]
		if raw[1] == 'u' {
			raw = unescapeU(&b, raw)
			continue
		}
		c := raw[1]
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			c = "\b\f\n\r\t"[i]
		}
		b.WriteByte(c)
		raw = raw[2:]
	}
}

// unescapeU writes what the escape \uXXXX at the start of s stands for, and returns the rest of s.
func unescapeU(b *strings.Builder, s string) (rest string) {
	const size = len(`\u0000`)
	c, _ := hexRune(s)
	rest = s[size:]
	if low, ok := hexRune(rest); ok && utf16.IsSurrogate(c) {
		if pair := utf16.DecodeRune(c, low); pair != utf8.RuneError {
			b.WriteRune(pair)
			return rest[size:]
		}
	}
	if 0xdc80 <= c && c <= 0xdcff {
		b.WriteByte(byte(c))
	} else {
		b.WriteRune(c) // U+FFFD for half a pair
	}
	return rest
}
