package encode

import (
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/clock"
	"github.com/slogkit-go/slogkit/internal/decimal"
	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/scan"
)

// Most attributes are plain: numbers, booleans, durations, times, and strings with nothing to escape. Runs of them are put
// in place in a buffer that has room for all, which takes two thirds of the time of appending one after the other.

// appendRun appends the plain attributes that attrs begin with, and returns how many they are; none if something is to be
// done about each.
func (s *state) appendRun(attrs []slog.Attr) int {
	if !s.h.runs {
		return 0
	}
	n, room := runOf(attrs)
	if n == 0 {
		return 0
	}
	b := slices.Grow(s.line.B, room)
	n, end := s.line.putRun(b[:cap(b)], len(b), s.sep, attrs[:n])
	s.line.B = b[:end]
	if n > 0 {
		s.sep = s.h.sep
	}
	return n
}

// runOf returns how many attributes at the beginning of attrs may be plain, and how much room they take at most.
func runOf(attrs []slog.Attr) (n, room int) {
	const (
		longest = 16                                       // a string to escape ends it, and the rest is looked at again
		most    = len(`,"":`) + clock.MaxTime + scan.Spare // of one, without its strings; numbers are shorter than times
	)
	attrs = attrs[:min(len(attrs), longest)]
	number, str, time := layout.Number, layout.String, layout.Time
	for i := range attrs {
		a := &attrs[i]
		switch layout.Type(&a.Value) {
		case str:
			room += layout.Len(&a.Value)
		case number, time:
		default:
			return i, room
		}
		room += len(a.Key) + most
	}
	return len(attrs), room
}

// putRun puts plain attributes into b at that index, and returns where they end. It stops at the first that is not plain;
// n were.
func (l *Line) putRun(b []byte, at int, sep byte, attrs []slog.Attr) (n, end int) {
	number, str := layout.Number, layout.String
	end = at
	for n < len(attrs) {
		a := &attrs[n]
		if sep != 0 {
			b[at] = sep
			at++
		}
		b[at] = '"'
		at++
		if !scan.CopyJSON(b[at:], a.Key) {
			break
		}
		at += len(a.Key)
		b[at], b[at+1] = '"', ':'
		at += 2
		switch layout.Type(&a.Value) {
		case number:
			at = putJSONNumber(b, at, &a.Value)
		case str:
			s := layout.Text(&a.Value)
			b[at] = '"'
			at++
			if !scan.CopyJSON(b[at:], s) {
				return n, end
			}
			at += len(s)
			b[at] = '"'
			at++
		default:
			size := l.times.PutUnixNano(b[at:], int64(layout.Bits(&a.Value)), layout.Location(&a.Value))
			if size == 0 {
				return n, end
			}
			at += size
		}
		end, sep = at, ','
		n++
	}
	return n, end
}

// putJSONNumber puts a number, a boolean or a duration into b at that index, and returns where it ends.
func putJSONNumber(b []byte, at int, v *slog.Value) (end int) {
	bits := layout.Bits(v)
	switch v.Kind() {
	case slog.KindInt64, slog.KindDuration:
		return decimal.PutInt(b, at, int64(bits))
	case slog.KindUint64:
		return decimal.PutUint(b, at, bits)
	case slog.KindFloat64:
		return len(appendJSONFloat(b[:at], v.Float64()))
	default: // KindBool
		if bits == 0 {
			return at + copy(b[at:], "false")
		}
		return at + copy(b[at:], "true")
	}
}
