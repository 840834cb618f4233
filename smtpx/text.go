package smtpx

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxSubject = 250 // characters; RFC 5322, section 2.1.1, has no more than 998 bytes to a line

// subjectLine returns s as one line that no header can be smuggled into: white space and control characters become
// spaces, and what is too long is cut.
func subjectLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r // utf8.RuneError for what is not UTF-8
	}, s)
	return shortenSubject(strings.Join(strings.Fields(s), " "), "")
}

// shortenSubject returns s with a tail, for which it cuts off s what is too much.
func shortenSubject(s, tail string) string {
	if room := maxSubject - utf8.RuneCountInString(tail); utf8.RuneCountInString(s) > room {
		s = string([]rune(s)[:room-1]) + "…"
	}
	return s + tail
}

// encodedWords returns s, but as encoded-words (RFC 2047) if a header cannot hold it as it is, or a reader would take
// something in it for one.
func encodedWords(s string) string {
	const longest = 60 // a word that fits into a header's first line
	tooLong := func(word string) bool { return len(word) > longest }
	if !strings.Contains(s, "=?") && isASCII(s) && !slices.ContainsFunc(strings.Fields(s), tooLong) {
		return s
	}
	const most = (longest - len("=?UTF-8?B??=")) / 4 * 3 // bytes, in base64
	var words []string
	for s != "" {
		part := cut(s, most)
		s = s[len(part):]
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(part))+"?=")
	}
	return strings.Join(words, " ")
}

// cut returns the first bytes of s, at most n and only whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// shorten returns s with at most n bytes, and says how many there were more.
func shorten(s string, n int) string {
	part := cut(s, n)
	if len(part) == len(s) {
		return s
	}
	return part + " … (" + strconv.Itoa(len(s)-len(part)) + " more bytes)"
}

// printable returns s with the control characters that are neither tab nor newline written as in Go, and U+FFFD for
// what is not UTF-8.
func printable(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	return r != '\t' && r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
