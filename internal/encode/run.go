package encode

import (
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/clock"
	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/scan"
)

// Most attributes are plain: numbers, booleans, durations, times, and strings with nothing to escape. Runs of them are put
// in place in a buffer that has room for all, which takes two thirds of the time of appending one after the other.

// longestRun bounds a run, for a string to escape ends it, and all that come after are looked at once more.
const longestRun = 16

// appendRun appends the plain attributes that attrs begin with, and returns how many they are; none if something is to be
// done about each.
func (s *state) appendRun(attrs []slog.Attr) int {
	if s.h.opts.ReplaceAttr != nil || !layout.Known {
		return 0
	}
	n, room := runOf(attrs)
	if n == 0 {
		return 0
	}
	b := slices.Grow(s.line.B, room+n*len(s.line.prefix))
	end := len(b)
	if b = b[:cap(b)]; s.h.json {
		n, end = s.line.putJSONRun(b, end, s.sep, attrs[:n])
	} else {
		n, end = s.line.putTextRun(b, end, s.sep, attrs[:n])
	}
	s.line.B = b[:end]
	if n > 0 {
		s.sep = s.h.sep
	}
	return n
}

// runOf returns how many attributes at the beginning of attrs may be plain, and how much room they take at most.
func runOf(attrs []slog.Attr) (n, room int) {
	// Of one, without its strings. No number is longer than a time and Spare, not even "!ERROR:json: unsupported value: -Inf".
	const most = len(`,"":`) + clock.MaxTime + scan.Spare
	attrs = attrs[:min(len(attrs), longestRun)]
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

// putBool puts the boolean that is so many bits into b at that index, and returns where it ends.
func putBool(b []byte, at int, bits uint64) (end int) {
	if bits == 0 {
		return at + copy(b[at:], "false")
	}
	return at + copy(b[at:], "true")
}
