package wire

import (
	"strconv"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/clock"
)

// RFC 3339 has years of four digits and offsets in minutes of less than a day.
const (
	minSecond = -62135596800           // 0001-01-01
	maxSecond = 253402300800 - 2*86400 // nearly 10000
	maxOffset = 86400
)

// clocks format the times of records, and those of attributes, which differ.
type clocks struct{ records, attrs clock.Clock }

var pool = sync.Pool{New: func() any { return new(clocks) }}

// appendTime appends t in RFC 3339, or as [seconds since 1970, nanoseconds, seconds east of Greenwich] if that would lose
// something.
func appendTime(b []byte, c *clock.Clock, t time.Time) []byte {
	if c.Has(t) { // the second of one that has been looked at
		return c.AppendJSON(b, t)
	}
	sec := t.Unix()
	_, offset := t.Zone()
	if sec >= minSecond && sec < maxSecond && offset%60 == 0 && max(offset, -offset) < maxOffset {
		return c.AppendJSON(b, t)
	}
	b = strconv.AppendInt(append(b, '['), sec, 10)
	b = strconv.AppendInt(append(b, ','), int64(t.Nanosecond()), 10)
	b = strconv.AppendInt(append(b, ','), int64(offset), 10)
	return append(b, ']')
}
