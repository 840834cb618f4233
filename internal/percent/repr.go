package percent

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	errTooLong = fmt.Errorf("formatted text exceeds %d bytes", MaxText)
	errTooDeep = errors.New("maximum recursion depth exceeded while getting the repr of an object")
	//lint:ignore ST1005 these are Python's words
	errDigits = fmt.Errorf("Exceeds the limit (%d digits) for integer string conversion", maxDigits)
)

// Str returns Python's str(v): strings as they are, everything else as [Repr]. With an error, the text is what there
// was until then.
func Str(v any) (string, error) {
	p := printer{left: MaxText}
	p.str(v)
	return string(p.buf), p.err
}

// Repr returns Python's repr(v): None, True, 1.0, 'it is', b'\x00', [1, 'a'], {'k': 1}. Maps are sorted by key; a list
// or map within itself is [...] or {...}. It fails when v is nested too deeply, is longer than [MaxText] or holds an
// integer of over 4300 digits; the text is then what there was until then.
func Repr(v any) (string, error) {
	p := printer{left: MaxText}
	p.repr(v)
	return string(p.buf), p.err
}

// Preview returns the first n bytes or so of Repr(v), and "..." if that is not all.
func Preview(v any, n int) string {
	p := printer{left: n}
	p.repr(v)
	if p.err != nil {
		return string(p.buf) + "..."
	}
	return string(p.buf)
}

// printer collects text; after the first error it does nothing.
type printer struct {
	buf   []byte
	left  int // bytes that may still be written
	ascii bool
	path  []reference // the lists and maps that we are in
	err   error
}

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		switch {
		case p.err != nil:
			return
		case len(s) > p.left:
			p.err = errTooLong
			s = s[:p.left]
		}
		p.left -= len(s)
		p.buf = append(p.buf, s...)
	}
}

func (p *printer) str(v any) {
	if s, ok := Normal(v).(string); ok {
		p.write(s)
		return
	}
	p.repr(v)
}

func (p *printer) repr(v any) {
	switch v := Normal(v).(type) {
	case nil:
		p.write("None")
	case bool:
		if v {
			p.write("True")
		} else {
			p.write("False")
		}
	case int64:
		p.write(strconv.FormatInt(v, 10))
	case *big.Int:
		text, err := intText(v, 10)
		p.write(text)
		if err != nil {
			p.err = err
		}
	case float64:
		p.write(floatText(v))
	case string:
		p.quote(v, false)
	case []byte:
		p.write("b")
		p.quote(string(v), true)
	case []any:
		p.list(v)
	case map[string]any, map[any]any:
		p.dict(v)
	default:
		p.write(fmt.Sprint(v))
	}
}

func (p *printer) list(list []any) {
	if !p.enter(list, "[...]") {
		return
	}
	p.write("[")
	for i, v := range list {
		if p.err != nil {
			return
		}
		p.separate(i)
		p.repr(v)
	}
	p.write("]")
	p.leave()
}

func (p *printer) dict(m any) {
	if !p.enter(m, "{...}") {
		return
	}
	p.write("{")
	if n := reflect.ValueOf(m).Len(); n > p.left && p.err == nil {
		p.err = errTooLong // before all of it is sorted
	}
	if p.err != nil {
		return
	}
	for i, item := range Items(m) {
		if p.err != nil {
			return
		}
		p.separate(i)
		p.repr(item.Key)
		p.write(": ")
		p.repr(item.Value)
	}
	p.write("}")
	p.leave()
}

func (p *printer) separate(i int) {
	if i > 0 {
		p.write(", ")
	}
}

// reference identifies a list or map: two slices of one array differ in length.
type reference struct {
	at  uintptr
	len int
}

// enter notes that we are in v, or writes again when we already were.
func (p *printer) enter(v any, again string) bool {
	rv := reflect.ValueOf(v)
	ref := reference{rv.Pointer(), rv.Len()}
	switch {
	case ref.len > 0 && slices.Contains(p.path, ref):
		p.write(again)
		return false
	case len(p.path) == maxDepth && p.err == nil:
		p.err = errTooDeep
		return false
	}
	p.path = append(p.path, ref)
	return true
}

func (p *printer) leave() { p.path = p.path[:len(p.path)-1] }

// quote writes a literal, in single quotes unless double ones save escaping.
func (p *printer) quote(s string, isBytes bool) {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	p.write(quote)
	var size int
	for i := 0; i < len(s) && p.err == nil; i += size {
		r := rune(s[i])
		size = 1
		if !isBytes {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case r == rune(quote[0]) || r == '\\':
			p.write(`\`, s[i:i+size])
		case r == utf8.RuneError && size == 1:
			p.write(escape(0xdc00 | rune(s[i]))) // as Python's surrogateescape
		case r < 0x7f && r >= ' ', !isBytes && !p.ascii && unicode.IsPrint(r):
			p.write(s[i : i+size])
		default:
			p.write(escape(r))
		}
	}
	p.write(quote)
}

func escape(r rune) string {
	switch {
	case r == '\t':
		return `\t`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// intText refuses what would take long: the time for decimal digits is more than linear.
func intText(n *big.Int, base int) (string, error) {
	const maxBits = maxDigits*3322/1000 + 1 // log2(10) is 3.3219
	if base == 10 && n.BitLen() > maxBits {
		return "", errDigits
	}
	text := n.Text(base)
	if base == 10 && len(strings.TrimPrefix(text, "-")) > maxDigits {
		return "", errDigits
	}
	return text, nil
}

// floatText is repr(x): the shortest digits that read back as x, with an exponent where it is below -4 or above 15.
func floatText(x float64) string {
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(x, 'g', -1, 64), "+"))
	}
	text := strconv.FormatFloat(x, 'e', -1, 64)
	exp, _ := strconv.Atoi(text[strings.IndexByte(text, 'e')+1:])
	if exp < -4 || exp > 15 {
		return text
	}
	text = strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
