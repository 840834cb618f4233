package encode

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/scan"
)

// appendTextAttr appends an attribute whose value runs no user code.
func (l *Line) appendTextAttr(sep byte, a *slog.Attr, kind slog.Kind) {
	b := appendTextKey(l.B, sep, l.prefix, a.Key)
	switch kind {
	case slog.KindString:
		b = appendTextString(b, a.Value.String())
	case slog.KindInt64:
		b = appendInt(b, a.Value.Int64())
	case slog.KindUint64:
		b = appendUint(b, a.Value.Uint64())
	case slog.KindFloat64:
		b = appendTextFloat(b, a.Value.Float64())
	case slog.KindBool:
		b = strconv.AppendBool(b, a.Value.Bool())
	case slog.KindDuration:
		b = appendDuration(b, a.Value.Duration())
	default: // KindTime
		b = l.times.AppendText(b, a.Value.Time())
	}
	l.B = b
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
	if s, ok := describe(v); ok {
		return appendTextString(b, s), nil
	}
	start := len(b)
	b = fmt.Appendf(b, "%+v", v)
	if s := b[start:]; needsQuotes(string(s)) {
		b = appendQuoted(b[:start], string(s))
	}
	return b, nil
}

// describe returns what %+v would make of an error or a Stringer, without fmt; false if it is neither, or something is
// special about it.
func describe(v any) (s string, ok bool) {
	if _, special := v.(fmt.Formatter); special {
		return "", false
	}
	defer func() {
		if recover() != nil {
			ok = false // fmt has words for that
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error(), true
	case fmt.Stringer:
		return v.String(), true
	}
	return "", false
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

// appendTextKey appends sep, unless it is 0, and the key with the prefix of its groups, quoted as a whole if either
// needs it.
func appendTextKey(b []byte, sep byte, prefix []byte, key string) []byte {
	if sep != 0 {
		b = append(b, sep)
	}
	switch {
	case len(prefix) == 0:
		return append(appendTextString(b, key), '=')
	case scan.TextSafe(scan.Bytes(key)) && scan.TextSafe(prefix):
		b = append(append(b, prefix...), key...)
	case needsQuotes(key) || needsQuotes(string(prefix)):
		b = appendQuoted(b, string(prefix)+key)
	default:
		b = append(append(b, prefix...), key...)
	}
	return append(b, '=')
}

func appendTextString(b []byte, s string) []byte {
	switch {
	case scan.TextSafe(scan.Bytes(s)):
		return append(b, s...)
	case scan.QuoteSafe(s): // but for a space or '=', or empty
		return append(append(append(b, '"'), s...), '"')
	case needsQuotes(s):
		return strconv.AppendQuote(b, s)
	default:
		return append(b, s...)
	}
}

func appendQuoted(b []byte, s string) []byte {
	if scan.QuoteSafe(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	return strconv.AppendQuote(b, s)
}

// needsQuotes reports whether s is empty or holds a space, '=', '"' or anything unprintable. A backslash does not count.
func needsQuotes(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c == ' ' || c == '=' || c != '\\' && scan.Escaped(c) {
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
