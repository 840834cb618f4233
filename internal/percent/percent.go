// Package percent is Python's % operator for str: "%s took %.3f s" % ("job", 1.25).
//
// Formats and arguments may come from a stranger, over a socket: whatever they are, a call ends soon, with an error if
// its text would be long, and does not panic.
package percent

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

const (
	// MaxField is the greatest width or precision, in characters.
	MaxField = 64 << 10
	// MaxText is the most that one call produces, in bytes, including what a precision then cuts off.
	MaxText = 4 << 20
	// maxDepth is how deep lists and maps may be nested where they are printed.
	maxDepth = 100
	// maxDigits is Python's sys.get_int_max_str_digits().
	maxDigits = 4300
)

// Format returns Python's format % args. A []any is a tuple, one element per conversion; a map gives %(key)s its
// values; anything else is the only argument. Within an argument a []any is a list. [Normal] lists the types.
//
// Errors have Python's words ("not enough arguments for format string"), a missing key is "KeyError: 'key'". Unlike
// Python, Format refuses a width or precision over [MaxField], a text over [MaxText], and prints maps by sorted key.
func Format(format string, args any) (string, error) {
	f := formatter{printer: printer{left: MaxText}, format: format}
	switch args := Normal(args).(type) {
	case []any:
		f.args = args
	case map[string]any, map[any]any, []byte: // Python takes bytes for a mapping, too
		f.args, f.mapping = []any{args}, args
	default:
		f.args = []any{args}
	}
	if err := f.run(); err != nil {
		return "", err
	}
	return string(f.buf), nil
}

type formatter struct {
	printer
	format  string
	pos     int   // of the next byte of format
	args    []any // not yet consumed
	mapping any   // what %(key)s looks into, or nil
}

// spec is one conversion: %[(key)][flags][width][.precision][length]verb.
type spec struct {
	left, plus, space, alt, zero bool
	width                        int
	prec                         int // -1: none
	verb                         rune
	verbPos                      int
}

func (f *formatter) run() error {
	for f.err == nil {
		i := strings.IndexByte(f.format[f.pos:], '%')
		if i < 0 {
			break
		}
		f.write(f.format[f.pos : f.pos+i])
		f.pos += i + 1
		if f.accept("%") { // only "%%": "%5%" is an error
			f.write("%")
			continue
		}
		s, err := f.parse()
		if err == nil {
			err = f.convert(s)
		}
		if err != nil {
			return err
		}
	}
	f.write(f.format[f.pos:])
	if f.err == nil && len(f.args) > 0 && f.mapping == nil {
		return errors.New("not all arguments converted during string formatting")
	}
	return f.err
}

func (f *formatter) parse() (spec, error) {
	s := spec{prec: -1}
	if f.accept("(") {
		if err := f.key(); err != nil {
			return s, err
		}
	}
	f.flags(&s)
	width, err := f.number("width")
	if err != nil {
		return s, err
	}
	s.width = max(width, -width)
	s.left = s.left || width < 0
	if f.accept(".") {
		if s.prec, err = f.number("precision"); err != nil {
			return s, err
		}
		s.prec = max(s.prec, 0)
	}
	f.accept("hlL") // C's length modifiers mean nothing
	if f.pos == len(f.format) {
		return s, errors.New("incomplete format")
	}
	var size int
	s.verbPos = f.pos
	s.verb, size = utf8.DecodeRuneInString(f.format[f.pos:])
	f.pos += size
	return s, nil
}

// accept consumes the next byte if it is one of set.
func (f *formatter) accept(set string) bool {
	if f.pos < len(f.format) && strings.IndexByte(set, f.format[f.pos]) >= 0 {
		f.pos++
		return true
	}
	return false
}

// key reads a key up to its closing parenthesis; its value becomes the only argument.
func (f *formatter) key() error {
	if f.mapping == nil {
		return errors.New("format requires a mapping")
	}
	start := f.pos
	for open := 1; open > 0; f.pos++ {
		if f.pos == len(f.format) {
			return errors.New("incomplete format key")
		}
		switch f.format[f.pos] {
		case '(':
			open++
		case ')':
			open--
		}
	}
	v, err := lookup(f.mapping, f.format[start:f.pos-1])
	f.args = []any{v}
	return err
}

func lookup(mapping any, key string) (v any, err error) {
	var ok bool
	switch m := mapping.(type) {
	case map[string]any:
		v, ok = m[key]
	case map[any]any:
		v, ok = m[key]
	default:
		return nil, errors.New("byte indices must be integers or slices, not str")
	}
	if !ok {
		quoted, _ := Repr(key) // a key too long to print is cut
		return nil, errors.New("KeyError: " + quoted)
	}
	return v, nil
}

func (f *formatter) flags(s *spec) {
	for {
		switch {
		case f.accept("-"):
			s.left = true
		case f.accept("+"):
			s.plus = true
		case f.accept(" "):
			s.space = true
		case f.accept("#"):
			s.alt = true
		case f.accept("0"):
			s.zero = true
		default:
			return
		}
	}
}

// number reads a width or precision: digits, * for the next argument, or nothing, which is 0.
func (f *formatter) number(what string) (n int, err error) {
	if f.accept("*") {
		if n, err = f.star(what); err != nil {
			return 0, err
		}
	} else {
		for ; f.accept("0123456789") && n <= MaxField; n += int(f.format[f.pos-1] - '0') {
			n *= 10
		}
	}
	if max(n, -n) > MaxField {
		return 0, errors.New(what + " too big")
	}
	return n, nil
}

func (f *formatter) star(what string) (int, error) {
	v, err := f.next()
	if err != nil {
		return 0, err
	}
	switch v := Normal(v).(type) {
	case int64:
		if max(v, -v) > MaxField || v == math.MinInt64 {
			return 0, errors.New(what + " too big")
		}
		return int(v), nil
	case bool:
		return int(boolInt(v)), nil
	case *big.Int:
		return 0, errors.New(what + " too big")
	default:
		return 0, errors.New("* wants int")
	}
}

func (f *formatter) next() (any, error) {
	if len(f.args) == 0 {
		return nil, errors.New("not enough arguments for format string")
	}
	v := f.args[0]
	f.args = f.args[1:]
	return v, nil
}

func (f *formatter) convert(s spec) error {
	v, err := f.next()
	if err != nil {
		return err
	}
	switch s.verb {
	case 's', 'r', 'a':
		return f.text(s, v)
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return f.integer(s, Normal(v))
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return f.float(s, Normal(v))
	case 'c':
		return f.char(s, Normal(v))
	}
	shown := s.verb
	if shown < 31 || shown > 126 {
		shown = '?'
	}
	return fmt.Errorf("unsupported format character '%c' (0x%x) at index %d",
		shown, s.verb, utf8.RuneCountInString(f.format[:s.verbPos]))
}

func (f *formatter) text(s spec, v any) error {
	text, isString := v.(string)
	if !isString || s.verb != 's' {
		p := printer{left: f.left, ascii: s.verb == 'a'}
		if s.verb == 's' {
			p.str(v)
		} else {
			p.repr(v)
		}
		if p.err != nil {
			return p.err
		}
		text, f.left = string(p.buf), p.left
	}
	if s.prec >= 0 {
		text = firstRunes(text, s.prec)
	}
	s.zero = false
	f.field(s, "", text)
	return nil
}

// firstRunes cuts text after n characters; it looks no further, so that a short field of a long text is cheap.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

func (f *formatter) integer(s spec, v any) error {
	base, prefix := 10, ""
	switch s.verb {
	case 'o':
		base, prefix = 8, "0o"
	case 'x', 'X':
		base, prefix = 16, "0x"
	}
	n, err := toInt(v, s.verb)
	if err != nil {
		return err
	}
	if n.BitLen() > 4*f.left { // hex is the shortest
		return errTooLong
	}
	digits, err := intText(n, base)
	if err != nil {
		return err
	}
	digits, negative := strings.CutPrefix(digits, "-")
	if len(digits) < s.prec {
		digits = strings.Repeat("0", s.prec-len(digits)) + digits
	}
	if !s.alt {
		prefix = ""
	}
	if s.verb == 'X' {
		prefix, digits = strings.ToUpper(prefix), strings.ToUpper(digits)
	}
	f.field(s, s.sign(negative)+prefix, digits)
	return nil
}

func (f *formatter) float(s spec, v any) error {
	x, err := toFloat(v)
	if err != nil {
		return err
	}
	abs, digits := math.Abs(x), ""
	switch {
	case math.IsNaN(x):
		digits = "nan"
	case math.IsInf(abs, 1):
		digits = "inf"
	default:
		digits = formatFloat(abs, s)
	}
	if s.verb < 'a' {
		digits = strings.ToUpper(digits)
	}
	f.field(s, s.sign(math.Signbit(x) && !math.IsNaN(x)), digits)
	return nil
}

func formatFloat(x float64, s spec) string {
	if s.prec < 0 {
		s.prec = 6
	}
	form := "%.*"
	if s.alt {
		form = "%#.*"
	}
	return fmt.Sprintf(form+strings.ToLower(string(s.verb)), s.prec, x)
}

func (f *formatter) char(s spec, v any) error {
	s.zero = false
	switch v := v.(type) {
	case string:
		if utf8.RuneCountInString(v) != 1 {
			return errors.New("%c requires int or char")
		}
		f.field(s, "", v)
		return nil
	case bool, int64, *big.Int:
		n, _ := toInt(v, 'c')
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > utf8.MaxRune {
			return errors.New("%c arg not in range(0x110000)")
		}
		f.field(s, "", string(rune(n.Int64()))) // a lone surrogate becomes U+FFFD
		return nil
	}
	return errors.New("%c requires int or char")
}

func (s spec) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case s.plus:
		return "+"
	case s.space:
		return " "
	}
	return ""
}

// field writes prefix and body, padded to the width; zeros go between the two.
func (f *formatter) field(s spec, prefix, body string) {
	pad := s.width - len(prefix)
	if pad > 0 && len(body) > 0 {
		pad -= utf8.RuneCountInString(body)
	}
	padding := strings.Repeat(" ", max(pad, 0))
	switch {
	case s.left:
		f.write(prefix, body, padding)
	case s.zero:
		f.write(prefix, strings.Repeat("0", max(pad, 0)), body)
	default:
		f.write(padding, prefix, body)
	}
}

func toInt(v any, verb rune) (*big.Int, error) {
	switch v := v.(type) {
	case bool:
		return big.NewInt(boolInt(v)), nil
	case int64:
		return big.NewInt(v), nil
	case *big.Int:
		return v, nil
	case float64:
		switch {
		case strings.ContainsRune("oxX", verb):
		case math.IsNaN(v):
			return nil, errors.New("cannot convert float NaN to integer")
		case math.IsInf(v, 0):
			return nil, errors.New("cannot convert float infinity to integer")
		default:
			n, _ := big.NewFloat(v).Int(nil)
			return n, nil
		}
	}
	want := "a real number"
	if strings.ContainsRune("oxX", verb) {
		want = "an integer"
	}
	return nil, fmt.Errorf("%%%c format: %s is required, not %s", verb, want, typeName(v))
}

func toFloat(v any) (float64, error) {
	switch v := v.(type) {
	case bool:
		return float64(boolInt(v)), nil
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case *big.Int:
		if v.BitLen() <= 1024 {
			if x, _ := new(big.Float).SetInt(v).Float64(); !math.IsInf(x, 0) {
				return x, nil
			}
		}
		return 0, errors.New("int too large to convert to float")
	}
	return 0, errors.New("must be real number, not " + typeName(v))
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
