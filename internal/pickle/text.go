package pickle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a str. That of Python 2 is bytes, and so are Go's strings.
func (m *machine) str(op byte) (any, error) {
	switch op {
	case opString, opUnicode:
		line, err := m.line()
		switch {
		case err != nil:
			return nil, err
		case op == opString:
			return unquote(line)
		}
		return rawUnicodeEscape(line)
	case opBinString, opShortBinString:
		b, err := m.sized(op, opShortBinString, opBinString)
		return m.text[m.pos-len(b) : m.pos], err
	}
	b, err := m.sized(op, opShortBinUnicode, opBinUnicode)
	if err != nil {
		return nil, err
	}
	return surrogatePass(m.text[m.pos-len(b) : m.pos])
}

// surrogatePass reads UTF-8 in which half a surrogate pair may stand alone, as CPython writes it.
func surrogatePass(s string) (string, error) {
	if utf8.ValidString(s) {
		return s, nil
	}
	var b strings.Builder
	for len(s) > 0 {
		c, size := utf8.DecodeRuneInString(s)
		switch {
		case c != utf8.RuneError || size != 1:
			b.WriteString(s[:size])
		case len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2] >= 0x80 && s[2] <= 0xbf:
			writeRune(&b, 0xd000|rune(s[1]&0x3f)<<6|rune(s[2]&0x3f))
			size = 3
		default:
			return "", errors.New("not UTF-8")
		}
		s = s[size:]
	}
	return b.String(), nil
}

// writeRune writes the byte that is meant by half a surrogate pair (Python's surrogateescape, PEP 383), and U+FFFD for
// any other half.
func writeRune(b *strings.Builder, c rune) {
	if c >= 0xdc80 && c <= 0xdcff {
		b.WriteByte(byte(c))
	} else {
		b.WriteRune(c)
	}
}

// rawUnicodeEscape reads Latin-1 with \uXXXX and \UXXXXXXXX. A backslash before anything else is itself.
func rawUnicodeEscape(line string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' || i+1 == len(line) {
			b.WriteRune(rune(line[i]))
			continue
		}
		i++
		digits := 0
		switch line[i] {
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			b.WriteByte('\\')
			b.WriteRune(rune(line[i]))
			continue
		}
		c, err := strconv.ParseUint(line[i+1:min(i+1+digits, len(line))], 16, 32)
		if err != nil || i+digits >= len(line) || c > utf8.MaxRune {
			return "", fmt.Errorf("%.12q in a str", line[i-1:])
		}
		writeRune(&b, rune(c))
		i += digits
	}
	return b.String(), nil
}

// unquote reads the repr of a str of Python 2.
func unquote(line string) (string, error) {
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' {
		return "", errors.New("str without quotes")
	}
	s := line[1 : n-1]
	var b strings.Builder
	for {
		plain, rest, escaped := strings.Cut(s, `\`)
		b.WriteString(plain)
		if !escaped {
			return b.String(), nil
		}
		if rest == "" {
			return "", errors.New(`\ at the end of a str`)
		}
		c, size, err := escape(rest)
		if err != nil {
			return "", err
		}
		if size == 0 { // what Python does not know stays
			b.WriteByte('\\')
		} else {
			b.WriteByte(c)
		}
		s = rest[size:]
	}
}

// escape returns the byte that s begins with, and how many bytes of s mean it, behind a backslash.
func escape(s string) (c byte, size int, err error) {
	if i := strings.IndexByte(`\'"abfnrtv`, s[0]); i >= 0 {
		return "\\'\"\a\b\f\n\r\t\v"[i], 1, nil
	}
	if s[0] == 'x' {
		n, err := strconv.ParseUint(s[1:min(3, len(s))], 16, 8)
		if err != nil || len(s) < 3 {
			return 0, 0, errors.New(`\x without two digits in a str`)
		}
		return byte(n), 3, nil
	}
	for size < min(3, len(s)) && s[size] >= '0' && s[size] <= '7' {
		c = c<<3 | s[size] - '0'
		size++
	}
	return c, size, nil
}
