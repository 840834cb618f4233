package wire

import (
	"log/slog"
	"math"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// appendAttr appends a key and a value to an array, or nothing if that is a group of nothing, as records and groups leave
// them out. depth objects and arrays are open around it.
func (c *clocks) appendAttr(b []byte, a *slog.Attr, depth int) []byte {
	v, kind := a.Value, a.Value.Kind()
	if kind == slog.KindLogValuer {
		v = v.Resolve()
		kind = v.Kind()
	}
	if kind == slog.KindGroup {
		return c.appendGroup(b, a.Key, v.Group(), depth+groupDepth)
	}
	return c.appendValue(appendKey(b, a.Key), v, kind, depth)
}

func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '[' {
		b = append(b, ',')
	}
	return append(token.AppendString(b, key), ',')
}

// appendValue appends a value that has been resolved and is no group.
func (c *clocks) appendValue(b []byte, v slog.Value, kind slog.Kind, depth int) []byte {
	switch kind {
	case slog.KindString:
		return token.AppendString(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return append(strconv.AppendUint(append(b, `{"u":`...), v.Uint64(), 10), '}')
	case slog.KindFloat64:
		return appendFloat(b, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return append(strconv.AppendInt(append(b, `{"d":`...), int64(v.Duration()), 10), '}')
	case slog.KindTime:
		return append(appendTime(append(b, `{"t":`...), &c.attrs, v.Time()), '}')
	}
	return c.appendAny(b, v.Any(), depth)
}

func (c *clocks) appendGroup(b []byte, key string, attrs []slog.Attr, depth int) []byte {
	before := len(b)
	b = appendKey(b, key)
	if depth > token.MaxDepth {
		return append(b, tooDeep...)
	}
	b = append(b, groupOpening...)
	empty := len(b)
	for i := range attrs {
		b = c.appendAttr(b, &attrs[i], depth)
	}
	if len(b) == empty {
		return b[:before]
	}
	return append(b, groupClosing...)
}

const groupOpening, groupClosing = `{"g":[`, `]}`

// tooDeep stands for what no Decoder would take.
const tooDeep = `"!ERROR:nested too deeply"`

// appendFloat appends a number that JSON has, or else its name; or, if it is one of the many NaN that are not
// math.NaN(), its bits.
func appendFloat(b []byte, f float64) []byte {
	bits := math.Float64bits(f)
	switch {
	case math.IsInf(f, 1):
		return append(b, `{"f":"Infinity"}`...)
	case math.IsInf(f, -1):
		return append(b, `{"f":"-Infinity"}`...)
	case bits == math.Float64bits(math.NaN()):
		return append(b, `{"f":"NaN"}`...)
	case f != f:
		return append(strconv.AppendUint(append(b, `{"f":"`...), bits, 16), `"}`...)
	}
	return token.AppendFloat(b, f)
}
