package wire

import (
	"encoding/base64"
	"log/slog"
	"math"
	"strconv"
	"time"
)

func (d *decoder) value() slog.Value {
	switch d.Peek() {
	case '"':
		return slog.StringValue(d.String())
	case '{':
		return d.tagged()
	case '[':
		return d.json()
	case 't', 'f':
		return slog.BoolValue(d.Bool())
	case 'n':
		d.Null()
		return slog.AnyValue(nil)
	}
	return d.number()
}

// tagged reads an object, whose first key says of what kind its value is.
func (d *decoder) tagged() slog.Value {
	before := d.Reader
	var v slog.Value
	switch d.tag() {
	case "g":
		v = d.group()
	case "d":
		v = slog.DurationValue(time.Duration(d.int64()))
	case "t":
		v = slog.TimeValue(d.time())
	case "u":
		v = slog.Uint64Value(d.uint64())
	case "f":
		v = slog.Float64Value(d.float())
	case "e":
		v = slog.AnyValue(Error(d.String()))
	case "b":
		v = slog.AnyValue(d.bytes())
	case "l":
		v = slog.AnyValue(slog.Level(d.int()))
	case "s":
		v = slog.AnyValue(d.source())
	case "j":
		v = d.json()
	default:
		if d.Err() == nil {
			d.Reader = before // a kind that is yet to be invented
			return d.json()
		}
	}
	for d.More('{') {
		d.Key()
		d.Skip()
	}
	return v
}

func (d *decoder) tag() string {
	if d.Open('{') {
		return d.Key()
	}
	return ""
}

func (d *decoder) group() slog.Value {
	attrs := make([]slog.Attr, 0, 4)
	for more := d.Open('['); more; more = d.More('[') {
		attrs = append(attrs, d.attr())
	}
	return slog.GroupValue(attrs...)
}

func (d *decoder) json() slog.Value {
	switch text := d.Raw(); text {
	case "", "null":
		return slog.AnyValue(nil)
	default:
		return slog.AnyValue(JSON{text})
	}
}

// number reads a number without a tag. What a float64 or an integer of 64 bits cannot hold stays JSON.
func (d *decoder) number() slog.Value {
	text, integer := d.Number()
	if !integer {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return slog.Float64Value(f)
		}
		return slog.AnyValue(JSON{text})
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return slog.Int64Value(n)
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return slog.Uint64Value(n)
	}
	return slog.AnyValue(JSON{text})
}

func (d *decoder) int64() int64 {
	text, _ := d.Number()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d.Fail("want an integer of 64 bits")
	}
	return n
}

func (d *decoder) int() int {
	n := d.int64()
	if int64(int(n)) != n {
		d.Fail("want an integer of 32 bits")
	}
	return int(n)
}

func (d *decoder) uint64() uint64 {
	text, _ := d.Number()
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		d.Fail("want an integer of 64 bits without a sign")
	}
	return n
}

// float reads what appendFloat puts behind an "f", or any number.
func (d *decoder) float() float64 {
	if d.Peek() != '"' {
		text, _ := d.Number()
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			d.Fail("want a number of 64 bits")
		}
		return f
	}
	switch name := d.String(); name {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	default:
		bits, err := strconv.ParseUint(name, 16, 64)
		f := math.Float64frombits(bits)
		if err != nil || f == f {
			d.Fail("want NaN, Infinity, -Infinity or the bits of another NaN")
		}
		return f
	}
}

func (d *decoder) bytes() []byte {
	if d.Null() {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(d.String())
	if err != nil {
		d.Fail("want base64")
	}
	return data
}

// time reads what appendTime appends.
func (d *decoder) time() time.Time {
	if d.Peek() == '[' {
		return d.timeParts()
	}
	t, err := time.Parse(time.RFC3339Nano, d.String())
	if err != nil {
		d.Fail("want a time of RFC 3339")
	}
	return t
}

func (d *decoder) timeParts() time.Time {
	var parts [3]int64
	more := d.Open('[')
	for i := range parts {
		if !more {
			d.Fail("want three numbers")
		}
		parts[i] = d.int64()
		more = d.More('[')
	}
	sec, nsec, offset := parts[0], parts[1], parts[2]
	if more || nsec < 0 || nsec >= 1e9 || offset != int64(int32(offset)) {
		d.Fail("want [seconds, nanoseconds, offset]")
	}
	zone := time.UTC
	if offset != 0 {
		zone = time.FixedZone("", int(offset))
	}
	return time.Unix(sec, nsec).In(zone)
}
