package encode

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendJSONScalar appends a value that runs no user code.
func (l *Line) appendJSONScalar(b []byte, v slog.Value, kind slog.Kind) []byte {
	switch kind {
	case slog.KindString:
		return appendJSONString(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendJSONFloat(b, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return strconv.AppendInt(b, int64(v.Duration()), 10)
	default: // KindTime
		return l.clock.appendJSON(b, v.Time())
	}
}

// appendJSONAny appends v as encoding/json does without HTML escapes, but an error as its message.
func appendJSONAny(b []byte, v any) ([]byte, error) {
	if l, ok := v.(slog.Level); ok {
		return append(appendLevel(append(b, '"'), l), '"'), nil
	}
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return appendJSONString(b, err.Error()), nil
		}
	}
	e := encoders.Get().(*encoder)
	defer e.free()
	if err := e.json.Encode(v); err != nil {
		return b, err
	}
	return append(b, bytes.TrimSuffix(e.buf.Bytes(), []byte("\n"))...), nil
}

// encoder is a json.Encoder rather than json.Marshal, because only that can leave HTML characters alone.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	return e
}}

func (e *encoder) free() {
	const maxPooled = 16 << 10
	if e.buf.Cap() <= maxPooled {
		e.buf.Reset()
		encoders.Put(e)
	}
}

// appendJSONFloat follows floatEncoder in encoding/json (ES6 number to string).
func appendJSONFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		b = append(b, `"!ERROR:json: unsupported value: `...)
		return append(strconv.AppendFloat(b, f, 'g', -1, 64), '"')
	}
	if i := int64(f); float64(i) == f && i > -1e15 && i < 1e15 && (i != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(b, i, 10) // the same digits, found faster
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
			b[n-2] = b[n-1] // e-09 to e-9
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// appendJSONString appends s in quotes.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	if n := jsonSafePrefix(s); n == len(s) {
		b = append(b, s...)
	} else {
		b = append(b, s[:n]...)
		b = appendJSONEscaped(b, s[n:])
	}
	return append(b, '"')
}

// appendJSONEscaped appends s, escaping control characters, quote, backslash, invalid UTF-8 and, for JavaScript's sake,
// U+2028 and U+2029.
func appendJSONEscaped(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if !needsEscape[c] {
				i++
				continue
			}
			b = appendJSONEscape(append(b, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&0xF])
		default:
			i += size
			continue
		}
		i += size
		start = i
	}
	return append(b, s[start:]...)
}

func appendJSONEscape(b []byte, c byte) []byte {
	switch c {
	case '\\', '"':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	default:
		return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
	}
}
