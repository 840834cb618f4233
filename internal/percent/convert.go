package percent

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

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
