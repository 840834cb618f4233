package percent

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

// spec is one conversion: %[(key)][flags][width][.precision][length]verb.
type spec struct {
	left, plus, space, alt, zero bool
	width                        int
	prec                         int // -1: none
	verb                         rune
	verbPos                      int
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
