// Package clock formats times in RFC 3339.
package clock

import (
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/decimal"
)

// A Clock formats times. It keeps the last second that it formatted, for most records share theirs with the one before.
// The zero Clock is ready. One goroutine at a time uses it.
type Clock struct {
	sec  int64
	loc  *time.Location // nil: nothing kept
	date [len("2006-01-02T15:04:05")]byte
	zone [len("-07:00")]byte
	nz   int // length of zone: 1 for Z
}

// Outside these Unix seconds (1970 to nearly the end of 9999, in any zone) the fast path does not apply.
const (
	minSecond = 2 * 86400
	maxSecond = 253402300800 - 2*86400
)

// MaxTime is the most bytes that a time takes. Times are put together in place: copies of known length take a few
// instructions, where appends take calls.
const MaxTime = len(`"2006-01-02T15:04:05.000000000-07:00"`)

// Has reports whether c holds the second of t. It is apart from keep so that it can be inlined.
func (c *Clock) Has(t time.Time) bool { return t.Unix() == c.sec && t.Location() == c.loc }

// keep makes c hold the second of t. It reports false for times that only the slow path gets right.
func (c *Clock) keep(t time.Time) bool {
	sec, loc := t.Unix(), t.Location()
	if sec < minSecond || sec > maxSecond {
		return false
	}
	var buf [32]byte
	s := t.Truncate(time.Second).AppendFormat(buf[:0], time.RFC3339)
	if n := len(s) - len(c.date); n != len("Z") && n != len(c.zone) {
		return false // an offset of a hundred hours
	}
	c.sec, c.loc = sec, loc
	copy(c.date[:], s)
	c.nz = copy(c.zone[:], s[len(c.date):])
	return true
}

// AppendJSON appends t as encoding/json does: RFC 3339 with as many decimals as needed.
func (c *Clock) AppendJSON(b []byte, t time.Time) []byte {
	n := len(b)
	b = slices.Grow(b, MaxTime)
	if size := c.putJSON(b[n:n+MaxTime], t); size > 0 {
		return b[:n+size]
	}
	if y := t.Year(); y < 0 || y >= 10000 {
		b = append(b, `"!ERROR:time.Time year outside of range [0,9999]"`...)
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// putJSON is AppendJSON into d, where MaxTime bytes are free, for most times. It returns how many it took; 0: t is none of
// these.
func (c *Clock) putJSON(d []byte, t time.Time) int {
	if !c.Has(t) && !c.keep(t) {
		return 0
	}
	return c.put((*[MaxTime]byte)(d), uint32(t.Nanosecond()))
}

// PutJSONUnixNano is putJSON for the time that many nanoseconds after 1970, in loc, which may be nil: then it takes none.
func (c *Clock) PutJSONUnixNano(d []byte, ns int64, loc *time.Location) int {
	sec := ns / 1e9
	switch {
	case loc == nil:
		return 0
	case sec == c.sec && loc == c.loc:
	case !c.keep(time.Unix(0, ns).In(loc)):
		return 0
	}
	return c.put((*[MaxTime]byte)(d), uint32(ns-1e9*sec))
}

// put puts the second that c holds, and so many nanoseconds.
func (c *Clock) put(d *[MaxTime]byte, ns uint32) int {
	d[0] = '"'
	*(*[len(c.date)]byte)(d[1:]) = c.date
	end := 1 + len(c.date)
	if ns != 0 {
		d[end] = '.'
		decimal.PutNine((*[9]byte)(d[end+1:]), ns)
		for end += 10; d[end-1] == '0'; {
			end--
		}
	}
	*(*[len(c.zone)]byte)(d[end:]) = c.zone
	end += c.nz
	d[end] = '"'
	return end + 1
}

// AppendText appends t as RFC 3339 with exactly three decimals, truncated.
func (c *Clock) AppendText(b []byte, t time.Time) []byte {
	n := len(b)
	b = slices.Grow(b, MaxTime)
	if size := c.PutText(b[n:n+MaxTime], t); size > 0 {
		return b[:n+size]
	}
	// RFC3339Nano drops trailing zeros; a tenth of a millisecond keeps them, and is cut off again.
	const prefixLen = len("2006-01-02T15:04:05.000")
	t = t.Truncate(time.Millisecond).Add(time.Millisecond / 10)
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b[:n+prefixLen], b[n+prefixLen+1:]...)
}

// PutText is AppendText into d, where MaxTime bytes are free, for most times. It returns how many it took; 0: t is none of
// these.
func (c *Clock) PutText(d []byte, t time.Time) int {
	if !c.Has(t) && !c.keep(t) {
		return 0
	}
	b := (*[MaxTime]byte)(d)
	*(*[len(c.date)]byte)(b[:]) = c.date
	end := len(c.date)
	b[end] = '.'
	putDigits(b[end+1:end+4], uint32(t.Nanosecond())/1e6)
	end += 4
	*(*[len(c.zone)]byte)(b[end:]) = c.zone
	return end + c.nz
}

// AppendMicro appends t as RFC 3339 with exactly six decimals, truncated, as RFC 5424 has it.
func (c *Clock) AppendMicro(b []byte, t time.Time) []byte {
	if !c.Has(t) && !c.keep(t) {
		return t.AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00")
	}
	n := len(b)
	b = slices.Grow(b, MaxTime)[:n+MaxTime]
	d := (*[MaxTime]byte)(b[n:])
	*(*[len(c.date)]byte)(d[:]) = c.date
	end := len(c.date)
	d[end] = '.'
	us := uint32(t.Nanosecond()) / 1e3
	putDigits(d[end+1:end+4], us/1e3)
	putDigits(d[end+4:end+7], us%1e3)
	end += 7
	*(*[len(c.zone)]byte)(d[end:]) = c.zone
	return b[:n+end+c.nz]
}

// putDigits writes n, less than 1000, as three digits.
func putDigits(b []byte, n uint32) {
	_ = b[2]
	b[0], b[1], b[2] = byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10)
}
