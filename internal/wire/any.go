package wire

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// appendAny appends a value of kind Any. Here are the types that run no user code.
func (c *clocks) appendAny(b []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, `null`...)
	case []byte:
		return appendBytes(b, v)
	case slog.Level:
		return append(strconv.AppendInt(append(b, `{"l":`...), int64(v), 10), '}')
	case *slog.Source:
		if v == nil {
			v = &slog.Source{}
		}
		return append(appendSource(append(b, `{"s":`...), v), '}')
	case JSON:
		return appendJSON(b, v.Text(), depth)
	case Error:
		return appendError(b, string(v))
	}
	return appendUserValue(b, v, depth)
}

func appendBytes(b []byte, data []byte) []byte {
	if data == nil {
		return append(b, `{"b":null}`...)
	}
	return append(base64.StdEncoding.AppendEncode(append(b, `{"b":"`...), data), `"}`...)
}

func appendError(b []byte, msg string) []byte {
	return append(token.AppendString(append(b, `{"e":`...), msg), '}')
}

// appendJSON appends JSON: null and arrays as they are, the rest in an object.
func appendJSON(b []byte, text string, depth int) []byte {
	r := token.NewReader(text)
	r.Depth = depth + 1
	text = r.Raw()
	switch {
	case r.Err() != nil:
		return append(b, tooDeep...) // nothing else can be wrong with it
	case text == "null", text[0] == '[':
		return append(b, text...)
	}
	return append(append(append(b, `{"j":`...), text...), '}')
}

// appendUserValue appends an error, or what encoding/json makes of v.
func appendUserValue(b []byte, v any, depth int) (out []byte) {
	defer func() {
		if p := recover(); p != nil {
			out = appendPanic(b, v, p)
		}
	}()
	_, marshals := v.(json.Marshaler)
	if err, ok := v.(error); ok && !marshals {
		return appendError(b, err.Error())
	}
	if _, text := v.(encoding.TextMarshaler); !text && !marshals {
		if data, ok := byteSlice(v); ok {
			return appendBytes(b, data)
		}
	}
	text, err := marshal(v)
	if err != nil {
		return token.AppendString(b, "!ERROR:"+err.Error())
	}
	return appendJSON(b, text, depth)
}

// appendPanic appends what became of v.
func appendPanic(b []byte, v, panicked any) []byte {
	// A nil pointer most likely met a method that does not expect one; fmt prints the same.
	if v := reflect.ValueOf(v); v.Kind() == reflect.Pointer && v.IsNil() {
		return append(b, `"<nil>"`...)
	}
	return token.AppendString(b, fmt.Sprintf("!PANIC: %v", panicked))
}

// byteSlice returns v's bytes if its underlying type is a slice of bytes.
func byteSlice(v any) ([]byte, bool) {
	if t := reflect.TypeOf(v); t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return reflect.ValueOf(v).Bytes(), true
	}
	return nil, false
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

// marshal returns v as JSON in valid UTF-8.
func marshal(v any) (string, error) {
	e := encoders.Get().(*encoder)
	if err := e.json.Encode(v); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(e.buf.String(), "\n")
	const maxPooled = 16 << 10
	if e.buf.Cap() <= maxPooled {
		e.buf.Reset()
		encoders.Put(e)
	}
	return strings.ToValidUTF8(text, "\uFFFD"), nil // a MarshalJSON may have returned anything
}
