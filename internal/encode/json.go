package encode

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/scan"
)

const hex = "0123456789abcdef"

// appendJSONAttr appends an attribute whose value runs no user code.
func (l *Line) appendJSONAttr(sep byte, a *slog.Attr, kind slog.Kind) {
	b := appendJSONKey(l.B, sep, a.Key)
	switch kind {
	case slog.KindString:
		b = appendJSONString(b, a.Value.String())
	case slog.KindInt64:
		b = appendInt(b, a.Value.Int64())
	case slog.KindUint64:
		b = appendUint(b, a.Value.Uint64())
	case slog.KindFloat64:
		b = appendJSONFloat(b, a.Value.Float64())
	case slog.KindBool:
		b = strconv.AppendBool(b, a.Value.Bool())
	case slog.KindDuration:
		b = appendInt(b, int64(a.Value.Duration()))
	default: // KindTime
		b = l.times.AppendJSON(b, a.Value.Time())
	}
	l.B = b
}

// appendJSONKey appends sep, unless it is 0, and the key.
func appendJSONKey(b []byte, sep byte, key string) []byte {
	if sep != 0 {
		b = append(b, sep, '"')
	} else {
		b = append(b, '"')
	}
	if n := scan.JSONPrefix(key); n < len(key) {
		b = appendJSONEscaped(append(b, key[:n]...), key[n:])
	} else {
		b = append(b, key...)
	}
	return append(b, '"', ':')
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

// appendJSONString appends s in quotes.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	if n := scan.JSONPrefix(s); n < len(s) {
		b = appendJSONEscaped(append(b, s[:n]...), s[n:])
	} else {
		b = append(b, s...)
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
			if !scan.Escaped(c) {
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
