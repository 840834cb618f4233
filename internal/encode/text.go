package encode

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// appendTextScalar appends a value that runs no user code.
func (l *Line) appendTextScalar(b []byte, v slog.Value, kind slog.Kind) []byte {
	switch kind {
	case slog.KindString:
		return appendTextString(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindFloat64:
		return strconv.AppendFloat(b, v.Float64(), 'g', -1, 64)
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return append(b, v.Duration().String()...)
	default: // KindTime
		return l.clock.appendText(b, v.Time())
	}
}

// appendTextAny appends v as its MarshalText, its bytes, or as fmt's %+v.
func appendTextAny(b []byte, v any) ([]byte, error) {
	if l, ok := v.(slog.Level); ok {
		return appendLevel(b, l), nil // needs no quotes, whatever its number
	}
	if tm, ok := v.(encoding.TextMarshaler); ok {
		data, err := tm.MarshalText()
		if err != nil {
			return b, err
		}
		return appendTextString(b, string(data)), nil
	}
	if bs, ok := byteSlice(v); ok {
		return appendQuoted(b, string(bs)), nil
	}
	start := len(b)
	b = fmt.Appendf(b, "%+v", v)
	if s := b[start:]; needsQuotes(string(s)) {
		b = appendQuoted(b[:start], string(s))
	}
	return b, nil
}

// byteSlice returns v's bytes if its underlying type is a slice of bytes, named or not.
func byteSlice(v any) ([]byte, bool) {
	if bs, ok := v.([]byte); ok {
		return bs, true
	}
	if t := reflect.TypeOf(v); t != nil && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return reflect.ValueOf(v).Bytes(), true
	}
	return nil, false
}

// appendTextKey appends a key with the prefix of its groups, quoted as a whole if either needs it.
func appendTextKey(b, prefix []byte, key string) []byte {
	switch {
	case len(prefix) == 0:
		return appendTextString(b, key)
	case needsQuotes(key) || needsQuotes(string(prefix)):
		return appendQuoted(b, string(prefix)+key)
	default:
		return append(append(b, prefix...), key...)
	}
}

func appendTextString(b []byte, s string) []byte {
	if needsQuotes(s) {
		return appendQuoted(b, s)
	}
	return append(b, s...)
}

func appendQuoted(b []byte, s string) []byte {
	if quoteSafe(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	return strconv.AppendQuote(b, s)
}

// needsQuotes reports whether s is empty or holds a space, '=', '"' or anything unprintable. A backslash does not count.
func needsQuotes(s string) bool {
	if textSafe(s) {
		return false
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c == ' ' || c == '=' || c != '\\' && needsEscape[c] {
				return true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return true
		}
		i += size
	}
	return len(s) == 0
}
