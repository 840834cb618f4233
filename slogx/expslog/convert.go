package expslog

import (
	"log/slog"
	"time"

	xslog "golang.org/x/exp/slog"
)

// The functions in this file come in pairs, toExpX and toStdX. Type parameters
// would not make them one: the packages have the same shape, but no method or
// constructor of one accepts the other's types.

const (
	// Both packages keep this many attributes inside the Record; they fit in
	// scratch space on the stack.
	inlineAttrs = 5

	// Records with more attributes allocate anyway, inside AddAttrs. Larger
	// scratch space saves the second allocation for most of them.
	scratchAttrs = 16
)

func toExpRecord(r slog.Record) xslog.Record {
	er := xslog.NewRecord(r.Time, xslog.Level(r.Level), r.Message, r.PC)
	switch n := r.NumAttrs(); {
	case n == 0:
	case n <= inlineAttrs:
		var scratch [inlineAttrs]xslog.Attr
		er.AddAttrs(appendExpAttrs(scratch[:0], r)...)
	case n <= scratchAttrs:
		var scratch [scratchAttrs]xslog.Attr
		er.AddAttrs(appendExpAttrs(scratch[:0], r)...)
	default:
		er.AddAttrs(appendExpAttrs(make([]xslog.Attr, 0, n), r)...)
	}
	return er
}

func appendExpAttrs(dst []xslog.Attr, r slog.Record) []xslog.Attr {
	r.Attrs(func(a slog.Attr) bool {
		dst = append(dst, toExpAttr(a))
		return true
	})
	return dst
}

// toExpAttrs always returns a new slice: the receiver of WithAttrs may modify
// it, and a group holds on to it.
func toExpAttrs(attrs []slog.Attr) []xslog.Attr {
	out := make([]xslog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = toExpAttr(a)
	}
	return out
}

func toExpAttr(a slog.Attr) xslog.Attr {
	return xslog.Attr{Key: a.Key, Value: toExpValue(a.Value)}
}

func toExpValue(v slog.Value) xslog.Value {
	switch v.Kind() {
	case slog.KindString:
		return xslog.StringValue(v.String())
	case slog.KindInt64:
		return xslog.Int64Value(v.Int64())
	case slog.KindUint64:
		return xslog.Uint64Value(v.Uint64())
	case slog.KindFloat64:
		return xslog.Float64Value(v.Float64())
	case slog.KindBool:
		return xslog.BoolValue(v.Bool())
	case slog.KindDuration:
		return xslog.DurationValue(v.Duration())
	case slog.KindTime:
		return toExpTime(v.Time())
	case slog.KindGroup:
		return xslog.GroupValue(toExpAttrs(v.Group())...)
	case slog.KindLogValuer:
		return toExpLogValuer(v.LogValuer())
	default:
		return toExpAny(v.Any())
	}
}

// toExpAny translates the value of a slog.Value of kind Any. AnyValue does
// the rest for x/exp's own types: it knows what they are.
func toExpAny(v any) xslog.Value {
	switch x := v.(type) {
	case slog.Level:
		return xslog.AnyValue(xslog.Level(x))
	case slog.Kind:
		return xslog.AnyValue(xslog.Kind(x))
	case slog.Attr:
		return xslog.AnyValue(toExpAttr(x))
	case *slog.Source:
		if x == nil {
			// x/exp's handlers dereference a *Source without looking.
			return xslog.AnyValue(&xslog.Source{})
		}
		return xslog.AnyValue((*xslog.Source)(x))
	default:
		return xslog.AnyValue(v)
	}
}

// toExpTime keeps times that x/exp's own representation would change.
func toExpTime(t time.Time) xslog.Value {
	if t.IsZero() || t.Equal(time.Unix(0, t.UnixNano())) {
		return xslog.TimeValue(t)
	}
	return xslog.AnyValue(farTime{t})
}

// farTime is a time too far from 1970 for the nanoseconds in an xslog.Value.
// It is of a type of its own because AnyValue would recognize a time.Time, and
// does not embed one because the methods would fail for the year 10000.
type farTime struct {
	t time.Time
}

func (f farTime) Time() time.Time { return f.t }
func (f farTime) String() string  { return f.t.String() }

// MarshalText serves both of x/exp's handlers: encoding/json uses it, too.
func (f farTime) MarshalText() ([]byte, error) {
	return f.t.AppendFormat(nil, time.RFC3339Nano), nil
}

func toStdRecord(r xslog.Record) slog.Record {
	sr := slog.NewRecord(r.Time, slog.Level(r.Level), r.Message, r.PC)
	switch n := r.NumAttrs(); {
	case n == 0:
	case n <= inlineAttrs:
		var scratch [inlineAttrs]slog.Attr
		sr.AddAttrs(appendStdAttrs(scratch[:0], r)...)
	case n <= scratchAttrs:
		var scratch [scratchAttrs]slog.Attr
		sr.AddAttrs(appendStdAttrs(scratch[:0], r)...)
	default:
		sr.AddAttrs(appendStdAttrs(make([]slog.Attr, 0, n), r)...)
	}
	return sr
}

func appendStdAttrs(dst []slog.Attr, r xslog.Record) []slog.Attr {
	r.Attrs(func(a xslog.Attr) bool {
		dst = append(dst, toStdAttr(a))
		return true
	})
	return dst
}

// toStdAttrs always returns a new slice, as toExpAttrs does.
func toStdAttrs(attrs []xslog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = toStdAttr(a)
	}
	return out
}

func toStdAttr(a xslog.Attr) slog.Attr {
	return slog.Attr{Key: a.Key, Value: toStdValue(a.Value)}
}

func toStdValue(v xslog.Value) slog.Value {
	switch v.Kind() {
	case xslog.KindString:
		return slog.StringValue(v.String())
	case xslog.KindInt64:
		return slog.Int64Value(v.Int64())
	case xslog.KindUint64:
		return slog.Uint64Value(v.Uint64())
	case xslog.KindFloat64:
		return slog.Float64Value(v.Float64())
	case xslog.KindBool:
		return slog.BoolValue(v.Bool())
	case xslog.KindDuration:
		return slog.DurationValue(v.Duration())
	case xslog.KindTime:
		return slog.TimeValue(v.Time())
	case xslog.KindGroup:
		return slog.GroupValue(toStdAttrs(v.Group())...)
	case xslog.KindLogValuer:
		return toStdLogValuer(v.LogValuer())
	default:
		return toStdAny(v.Any())
	}
}

// toStdAny translates the value of an xslog.Value of kind Any. AnyValue does
// the rest for log/slog's own types: it knows what they are.
func toStdAny(v any) slog.Value {
	switch x := v.(type) {
	case xslog.Level:
		return slog.AnyValue(slog.Level(x))
	case xslog.Kind:
		return slog.AnyValue(slog.Kind(x))
	case xslog.Attr:
		return slog.AnyValue(toStdAttr(x))
	case *xslog.Source:
		return slog.AnyValue((*slog.Source)(x))
	case farTime:
		return slog.TimeValue(x.t)
	default:
		return slog.AnyValue(v)
	}
}
