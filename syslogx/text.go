package syslogx

import (
	"strconv"
	"unicode/utf8"
)

// What text may be, by where it goes. What may not be in it is written as Go would in a string: "\n", "\x1b". Invalid
// UTF-8 becomes U+FFFD.
const (
	lines   = iota // tabs and newlines may be in it, for something else says where the message ends
	oneLine        // tabs may be in it
)

// plain are the bytes that need no look: printable ASCII; in a value, but what is escaped there.
var plain, plainValue = func() (text, value [256]bool) {
	for c := ' '; c <= '~'; c++ {
		text[c] = true
		value[c] = c != '"' && c != '\\' && c != ']'
	}
	return text, value
}()

// cleanFrom makes b[from:] text that may be in MSG.
func cleanFrom(b []byte, from, kind int) []byte {
	for i := from; i < len(b); {
		if plain[b[i]] {
			i++
			continue
		}
		size, ok := allowed(b[i:], kind)
		if !ok {
			rest := string(b[i:]) // rare, and worth its allocation
			return appendClean(b[:i], rest, kind)
		}
		i += size
	}
	return b
}

func appendClean(b []byte, s string, kind int) []byte {
	for i := 0; i < len(s); {
		size, ok := allowedString(s[i:], kind)
		if ok {
			b = append(b, s[i:i+size]...)
		} else {
			b = appendForbidden(b, s[i:i+size], "")
		}
		i += size
	}
	return b
}

// appendValue appends s as the value of a parameter (RFC 5424, section 6.3.3).
func appendValue(b []byte, s string, kind int) []byte {
	begin := 0
	for i := 0; i < len(s); {
		if plainValue[s[i]] {
			i++
			continue
		}
		size, ok := allowedString(s[i:], kind)
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == ']':
			b = append(append(b, s[begin:i]...), '\\')
			begin = i
		case !ok:
			b = append(b, s[begin:i]...)
			b = appendForbidden(b, s[i:i+size], `\`)
			begin = i + size
		}
		i += size
	}
	return append(b, s[begin:]...)
}

// allowed reports whether the first character of b may be in text, and its size.
func allowed(b []byte, kind int) (size int, ok bool) {
	r, size := utf8.DecodeRune(b)
	return size, allowedRune(r, size, kind)
}

func allowedString(s string, kind int) (size int, ok bool) {
	r, size := utf8.DecodeRuneInString(s)
	return size, allowedRune(r, size, kind)
}

func allowedRune(r rune, size, kind int) bool {
	switch {
	case r == '\t':
		return true
	case r == '\n' || r == '\r':
		return kind == lines
	case r == utf8.RuneError:
		return size > 1
	}
	return r >= ' ' && (r < 0x7f || r > 0x9f)
}

// appendForbidden appends what stands for a character that may not be there; escape is written before a backslash.
func appendForbidden(b []byte, s, escape string) []byte {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return utf8.AppendRune(b, utf8.RuneError)
	}
	var buf [16]byte
	quoted := strconv.AppendQuoteRuneToASCII(buf[:0], r) // '\n'
	b = append(b, escape...)
	return append(b, quoted[1:len(quoted)-1]...)
}

// cut returns how much of b, at most n bytes, are whole characters.
func cut(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	for back := 0; back < utf8.UTFMax && n-back > 0; back++ {
		if utf8.RuneStart(b[n-back]) {
			return n - back
		}
	}
	return max(n, 0) // not UTF-8
}
