package encode

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// AppendAttrs appends the attributes of WithAttrs and of r as AppendRecord does, each after a separator, and nothing
// else. It is for Text.
func (h *Handler) AppendAttrs(line *Line, r *slog.Record) {
	s := h.newState(line)
	s.sep = h.sep
	s.appendAttrsOf(r, nil)
}

// AppendScalar appends to b a value that needs no quotes in Text whatever it is: a number, a bool, a duration or a time.
func (l *Line) AppendScalar(b []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindInt64:
		return appendInt(b, v.Int64())
	case slog.KindUint64:
		return appendUint(b, v.Uint64())
	case slog.KindFloat64:
		return appendTextFloat(b, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return appendDuration(b, v.Duration())
	case slog.KindTime:
		return l.times.AppendText(b, v.Time())
	}
	return b
}

// AnyString returns what Text writes for a value of KindAny, before it is quoted. What user code does wrong becomes the
// string.
func AnyString(v any) (s string) {
	defer func() {
		if p := recover(); p != nil {
			if v := reflect.ValueOf(v); v.Kind() == reflect.Pointer && v.IsNil() {
				s = "<nil>"
			} else {
				s = fmt.Sprintf("!PANIC: %v", p)
			}
		}
	}()
	switch v := v.(type) {
	case slog.Level:
		return v.String()
	case *slog.Source:
		return v.File + ":" + strconv.Itoa(v.Line)
	case encoding.TextMarshaler:
		data, err := v.MarshalText()
		if err != nil {
			return fmt.Sprintf("!ERROR:%v", err)
		}
		return string(data)
	}
	if bs, ok := byteSlice(v); ok {
		return string(bs)
	}
	if s, ok := describe(v); ok {
		return s
	}
	return fmt.Sprintf("%+v", v)
}

// SourceText returns file:line of the call at pc; "" if that is not known.
func SourceText(pc uintptr) string {
	text := strings.TrimPrefix(sourceAt(pc).text, " source=")
	if strings.HasPrefix(text, `"`) {
		if plain, err := strconv.Unquote(text); err == nil {
			return plain
		}
	}
	return text
}

// AppendSource appends " source=file:line" of the call that r is of, as replace (nil: none) leaves it; nothing if that is
// not known, or dropped.
func (l *Line) AppendSource(r *slog.Record, replace func([]string, slog.Attr) slog.Attr) {
	key, text := slog.SourceKey, SourceText(r.PC)
	if replace != nil && text != "" {
		a := replace(nil, slog.Any(slog.SourceKey, r.Source()))
		v := a.Value.Resolve()
		if key, text = a.Key, v.String(); v.Kind() == slog.KindAny {
			text = AnyString(v.Any())
		}
	}
	if key != "" && text != "" {
		l.B = append(append(append(append(l.B, ' '), key...), '='), text...)
	}
}

// AppendMicro appends t in RFC 3339 with six decimals, as RFC 5424 has it.
func (l *Line) AppendMicro(b []byte, t time.Time) []byte {
	return l.clock.AppendMicro(b, t)
}
