package token

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how many objects and arrays may be open at once.
const MaxDepth = 200

// A Reader reads the tokens of JSON text (RFC 8259). The caller says what must come next:
//
//	for more := r.Open('{'); more; more = r.More('{') {
//		key := r.Key()
//		...                // reads one value
//	}
//
// The first error stays, with the byte at which it was found: after it all methods return zero values and all loops
// end, so that it need be asked for only once. Strings are parts of the text unless they have escapes.
type Reader struct {
	// NonFinite has Number accept NaN, Infinity and -Infinity, which Python's json module writes.
	NonFinite bool

	// Depth is how many objects and arrays are open.
	Depth int

	text  string
	pos   int
	loose bool // white space or escaped surrogates were met; for Raw
	err   error
}

// NewReader returns a Reader of text, which must be UTF-8.
func NewReader(text string) Reader {
	r := Reader{text: text}
	if !utf8.ValidString(text) {
		r.pos = len(text) - len(invalid(text))
		r.Fail("not UTF-8")
	}
	return r
}

// invalid returns text from its first byte on that is not UTF-8.
func invalid(text string) string {
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		if c == utf8.RuneError && size == 1 {
			break
		}
		text = text[size:]
	}
	return text
}

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Fail makes "byte N: problem" the error, unless there is one already.
func (r *Reader) Fail(problem string) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", r.pos, problem)
		r.pos = len(r.text)
	}
}

func (r *Reader) want(what string) {
	if r.pos == len(r.text) {
		r.Fail("want " + what + ", not the end")
		return
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.pos:])
	r.Fail(fmt.Sprintf("want %s, not %q", what, c))
}

// Peek skips white space and returns the byte with which the next token begins; 0 at the end.
func (r *Reader) Peek() byte {
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.loose = true
		default:
			return c
		}
	}
	return 0
}

// End requires that nothing but white space is left.
func (r *Reader) End() {
	if r.Peek(); r.pos < len(r.text) {
		r.Fail("text after the end")
	}
}

// Open begins an object or array, bracket being '{' or '['. It reports whether there is anything in it.
func (r *Reader) Open(bracket byte) bool {
	if r.Peek() != bracket {
		r.want(string(bracket))
		return false
	}
	if r.Depth >= MaxDepth {
		r.Fail("nested too deeply")
		return false
	}
	r.pos++
	if r.Peek() == bracket+2 {
		r.pos++
		return false
	}
	r.Depth++
	return true
}

// More goes on after an element of what Open began, and reports whether there is another.
func (r *Reader) More(bracket byte) bool {
	switch closing := bracket + 2; r.Peek() { // in ASCII
	case ',':
		r.pos++
		return true
	case closing:
		r.pos++
		r.Depth--
	default:
		r.want(", or " + string(closing))
	}
	return false
}

// Key reads a key and its colon.
func (r *Reader) Key() string {
	key := r.String()
	r.colon()
	return key
}

func (r *Reader) colon() {
	if r.Peek() != ':' {
		r.want(":")
		return
	}
	r.pos++
}

// Null reports whether null comes next, and reads it.
func (r *Reader) Null() bool {
	if r.Peek() != 'n' {
		return false
	}
	r.literal("null")
	return true
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	if r.Peek() == 't' {
		return r.literal("true")
	}
	r.literal("false")
	return false
}

func (r *Reader) literal(word string) bool {
	if !strings.HasPrefix(r.text[r.pos:], word) {
		r.want(word)
		return false
	}
	r.pos += len(word)
	return true
}

// Number reads a number and returns its text. It is an integer if it has neither point nor exponent.
func (r *Reader) Number() (text string, integer bool) {
	r.Peek()
	start := r.pos
	if r.NonFinite && r.nonFinite() {
		return r.text[start:r.pos], false
	}
	r.accept('-')
	switch {
	case r.accept('0'):
	case !r.digits():
		r.want("a number")
	}
	integer = true
	if r.accept('.') {
		integer = false
		if !r.digits() {
			r.want("a digit")
		}
	}
	if r.accept('e') || r.accept('E') {
		integer = false
		_ = r.accept('+') || r.accept('-')
		if !r.digits() {
			r.want("a digit")
		}
	}
	if r.err != nil {
		return "", false
	}
	return r.text[start:r.pos], integer
}

func (r *Reader) nonFinite() bool {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(r.text[r.pos:], word) {
			r.pos += len(word)
			return true
		}
	}
	return false
}

func (r *Reader) accept(c byte) bool {
	if r.pos < len(r.text) && r.text[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *Reader) digits() bool {
	start := r.pos
	for r.pos < len(r.text) && r.text[r.pos]-'0' <= 9 {
		r.pos++
	}
	return r.pos > start
}

// Skip reads a value of any kind.
func (r *Reader) Skip() {
	switch c := r.Peek(); c {
	case '{', '[':
		for more := r.Open(c); more; more = r.More(c) {
			if c == '{' {
				r.quoted()
				r.colon()
			}
			r.Skip()
		}
	case '"':
		r.quoted()
	case 't', 'f':
		r.Bool()
	case 'n':
		r.Null()
	default:
		r.Number()
	}
}
