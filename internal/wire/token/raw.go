package token

import "strings"

// Raw reads a value of any kind and returns its text as one that may be printed anywhere: on one line, without white
// space, and with U+FFFD for what its strings say of bytes that are not UTF-8.
func (r *Reader) Raw() string {
	r.Peek()
	start := r.pos
	r.loose = false
	r.Skip()
	switch {
	case r.err != nil:
		return ""
	case r.loose:
		return tidy(r.text[start:r.pos])
	}
	return r.text[start:r.pos]
}

// tidy rewrites valid JSON.
func tidy(text string) string {
	b := make([]byte, 0, len(text))
	for r := (Reader{text: text}); r.Peek() != 0; {
		if r.text[r.pos] == '"' {
			b = AppendString(b, strings.ToValidUTF8(r.String(), "\uFFFD"))
			continue
		}
		b = append(b, r.text[r.pos])
		r.pos++
	}
	return string(b)
}
