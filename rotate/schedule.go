package rotate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Schedule returns the arithmetic of rotation by time as a pure function: next(t) is the
// first rollover of a file begun at t, a whole second strictly after t, in loc. It is
// computeRollover of Python's TimedRotatingFileHandler, but right where clocks change.
// suffix is the layout of the date in a backup's name.
//
//	Second, Minute, Hour, Day   interval units of elapsed time after t, less its fraction of a second; at is ignored
//	Midnight                    the first time at, by default 24:00, after t; then interval-1 days on
//	Monday … Sunday             the first such weekday's at, by default its 24:00, after t; then interval-1 weeks on
//
// Where a clock skips the time wanted, the offset before the change still counts: 02:30
// becomes 03:30, and 24:00 becomes 01:00. Where it shows that time twice, only the first
// counts, so that no day has two rollovers. As in Python, the day is done for a file begun
// after the clock has jumped over the time wanted, at 03:10.
//
// An interval of 0 is 1; a nil loc is [time.Local]. It is an error if when is [Never] or
// unknown, if interval is negative or spans more than 292 years, or if at is no time of day.
func Schedule(when When, interval int, at *TimeOfDay, loc *time.Location) (next func(time.Time) time.Time, suffix string, err error) {
	s, err := newSchedule(when, interval, at, loc)
	if err != nil {
		return nil, "", err
	}
	return s.next, s.layout, nil
}

// A schedule is what Schedule computes with. It is immutable, and safe for concurrent use.
type schedule struct {
	layout string // of the date in a backup's name, as fine as the unit

	when     When
	unit     time.Duration // interval × unit fits in a Duration
	interval int
	at       time.Duration // since the start of the rollover day, by its clock: up to 24:00
	loc      *time.Location
}

func newSchedule(when When, interval int, at *TimeOfDay, loc *time.Location) (*schedule, error) {
	s := &schedule{when: when, interval: max(interval, 1), at: 24 * time.Hour, loc: loc}
	if loc == nil {
		s.loc = time.Local
	}
	if at != nil {
		s.at = time.Duration(at.seconds()) * time.Second
	}
	s.unit, s.layout = when.unit()

	switch {
	case when == Never:
		return nil, errors.New("rotate: When is Never, which has no schedule")
	case s.unit == 0:
		return nil, fmt.Errorf("rotate: unknown %v", when)
	case interval < 0:
		return nil, fmt.Errorf("rotate: negative interval %d", interval)
	case int64(interval) > math.MaxInt64/int64(s.unit):
		return nil, fmt.Errorf("rotate: interval %d × %v is too long", interval, s.unit)
	case at != nil && !at.valid():
		return nil, fmt.Errorf("rotate: invalid time of day %v", at)
	}
	return s, nil
}

// unit returns the length of a w, zero if it has none, and the layout that tells one w from
// the next.
func (w When) unit() (length time.Duration, layout string) {
	switch w {
	case Second:
		return time.Second, "2006-01-02_15-04-05"
	case Minute:
		return time.Minute, "2006-01-02_15-04"
	case Hour:
		return time.Hour, "2006-01-02_15"
	case Day, Midnight:
		return 24 * time.Hour, time.DateOnly
	case Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday:
		return 7 * 24 * time.Hour, time.DateOnly
	}
	return 0, ""
}

// next returns the first rollover after t.
func (s *schedule) next(t time.Time) time.Time {
	// Python's int(time.time()). Rollovers are whole seconds, so one that is after the
	// truncated t is after t.
	t = t.In(s.loc).Truncate(time.Second)
	if s.elapses() {
		return t.Add(s.period())
	}
	now := wall(t)
	day := s.firstDay(now)
	// In the second pass of a fold the time wanted is ahead by the clock, but has been.
	for !day.Add(s.at).After(now) || !s.rollover(day).After(t) {
		day = s.add(day, 1)
	}
	return s.rollover(s.add(day, s.interval-1))
}

// start returns the beginning of the period that ends at rollover. Formatted with the layout
// it is the suffix of that period's backup.
func (s *schedule) start(rollover time.Time) time.Time {
	rollover = rollover.In(s.loc)
	if s.elapses() {
		return rollover.Add(-s.period())
	}
	// 24:00 comes on the next day, as may what a gap has moved; and a day that the calendar
	// skips has the rollover of the next. So look for the first day that rollover belongs to.
	day := s.firstDay(wall(rollover))
	for prev := s.add(day, -1); !s.rollover(prev).Before(rollover); prev = s.add(prev, -1) {
		day = prev
	}
	return s.rollover(s.add(day, -s.interval))
}

// elapses reports whether rollovers are a fixed time apart instead of following the clock.
func (s *schedule) elapses() bool { return s.when <= Day }

// period returns the time from one rollover to the next, if clocks do not change.
func (s *schedule) period() time.Duration { return time.Duration(s.interval) * s.unit }

// add returns the rollover day n units after day.
func (s *schedule) add(day time.Time, n int) time.Time {
	return day.Add(time.Duration(n) * s.unit)
}

// firstDay returns the first rollover day not before that of now. Days, like all wall clock
// readings here, are in UTC, where each has 24 hours.
func (s *schedule) firstDay(now time.Time) time.Time {
	day := now.Truncate(24 * time.Hour)
	if s.when == Midnight {
		return day
	}
	weekday := time.Weekday(s.when-Monday+1) % 7 // time has Sunday first
	return day.AddDate(0, 0, int(weekday-day.Weekday()+7)%7)
}

// rollover returns the time of the rollover that belongs to day.
func (s *schedule) rollover(day time.Time) time.Time { return instant(day.Add(s.at), s.loc) }

// wall returns the time at which a clock in UTC reads what t's does.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// instant is the inverse of wall: the time at which a clock in loc reads what w does in UTC,
// the first of two. If it skips that, the offset before the gap is used.
func instant(w time.Time, loc *time.Location) time.Time {
	year, month, day := w.Date()
	hour, minute, second := w.Clock()
	// In a gap or a fold, Date may choose the offset of either side.
	t := time.Date(year, month, day, hour, minute, second, 0, loc)
	_, offset := t.Add(-24 * time.Hour).Zone()
	early := w.Add(-time.Duration(offset) * time.Second).In(loc)
	if wall(t).Equal(w) && !wall(early).Equal(w) {
		return t // the change is over
	}
	return early
}

// matchesLayout reports whether s is a date in layout, as Python decides what it may delete:
// digits where the layout has digits, even those of 2024-13-45, and nothing else.
func matchesLayout(layout, s string) bool {
	if len(s) != len(layout) {
		return false
	}
	for i := range len(s) {
		if isDigit(layout[i]) != isDigit(s[i]) || !isDigit(s[i]) && s[i] != layout[i] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
