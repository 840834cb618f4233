package rotate

import (
	"fmt"
	"strings"
	"time"
)

// When is the kind of period after which a file is rolled over: the when argument of Python's
// TimedRotatingFileHandler. The zero value is [Never].
//
// Its text forms, read in any case, are "S", "M", "H", "D", "midnight", "W0" (Monday) to "W6"
// (Sunday), and "" for Never.
type When int

// The kinds of period.
const (
	Never    When = iota // "": not by time
	Second               // "S": Interval seconds after the file was begun
	Minute               // "M": Interval × 60 seconds after it was begun
	Hour                 // "H": Interval × 3600 seconds after it was begun
	Day                  // "D": Interval × 24 hours after it was begun, whatever the clock says
	Midnight             // "midnight": every Interval days at AtTime, by default 24:00
	Monday               // "W0": every Interval weeks on Monday at AtTime, by default its 24:00; so are the other days
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

// whenText is indexed by When.
var whenText = [...]string{"", "S", "M", "H", "D", "midnight", "W0", "W1", "W2", "W3", "W4", "W5", "W6"}

func (w When) valid() bool { return w >= Never && w <= Sunday }

// String returns the text form of w, or When(n) if w is none of the constants.
func (w When) String() string {
	if !w.valid() {
		return fmt.Sprintf("When(%d)", int(w))
	}
	return whenText[w]
}

// MarshalText implements [encoding.TextMarshaler]. It fails unless w is one of the constants.
func (w When) MarshalText() ([]byte, error) {
	if !w.valid() {
		return nil, fmt.Errorf("rotate: invalid %v", w)
	}
	return []byte(whenText[w]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It leaves w alone when it fails.
func (w *When) UnmarshalText(text []byte) error {
	for i, s := range whenText {
		if strings.EqualFold(s, string(text)) {
			*w = When(i)
			return nil
		}
	}
	return fmt.Errorf(`rotate: unknown When %q: want "S", "M", "H", "D", "midnight", "W0" (Monday) to "W6" (Sunday), or "" (never)`, text)
}

// A TimeOfDay is a wall clock reading, 00:00:00 to 23:59:59. The zero value is 00:00:00. It
// is the atTime argument of Python's TimedRotatingFileHandler.
type TimeOfDay struct {
	hour, minute, second int
}

// At returns the time of day hour:minute:second. A reading that no clock shows is reported
// by whatever uses it: [Schedule], or the handler that was given it.
func At(hour, minute, second int) *TimeOfDay {
	return &TimeOfDay{hour, minute, second}
}

func (t TimeOfDay) valid() bool {
	return 0 <= t.hour && t.hour < 24 && 0 <= t.minute && t.minute < 60 && 0 <= t.second && t.second < 60
}

func (t TimeOfDay) seconds() int { return (t.hour*60+t.minute)*60 + t.second }

// String returns t in the form "12:34:56".
func (t TimeOfDay) String() string {
	return fmt.Sprintf("%02d:%02d:%02d", t.hour, t.minute, t.second)
}

// MarshalText implements [encoding.TextMarshaler]: the form is that of String. It fails if
// no clock shows t.
func (t TimeOfDay) MarshalText() ([]byte, error) {
	if !t.valid() {
		return nil, fmt.Errorf("rotate: invalid time of day %v", t)
	}
	return []byte(t.String()), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It reads "12:34:56" and "12:34", two
// digits each, and leaves t alone when it fails.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		c, err := time.Parse(layout, string(text))
		// Parse is lenient ("7:00", "07:00:00.5"); what formats back to itself is strict.
		if err == nil && c.Format(layout) == string(text) {
			*t = TimeOfDay{c.Hour(), c.Minute(), c.Second()}
			return nil
		}
	}
	return fmt.Errorf(`rotate: invalid time of day %q: want "15:04" or "15:04:05"`, text)
}
