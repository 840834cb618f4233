package snapshot

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/layout"
)

// Whether a record holds anything that needs work is asked for every record, by the producers of a queue that may spend
// a few nanoseconds in all, so it is read in place.

// constant reports whether none of r's values can change, and clips r.
func constant(r *slog.Record) bool {
	layout.Clip(r)
	front, back := layout.Attrs(r)
	return constantAttrs(front) && constantAttrs(back)
}

func constantAttrs(attrs []slog.Attr) bool {
	known, number, str, time := layout.Known, layout.Number, layout.String, layout.Time
	for i := range attrs {
		if known {
			if t := layout.Type(&attrs[i].Value); t == number || t == str || t == time {
				continue
			}
		}
		if !constantValue(attrs[i].Value) {
			return false
		}
	}
	return true
}

// constantValue reports whether v is of a kind that cannot change. A group is what its members are.
func constantValue(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindAny, slog.KindLogValuer:
		return false
	case slog.KindGroup:
		return constantAttrs(v.Group())
	default:
		return true
	}
}
