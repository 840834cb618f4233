package rotate

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, wherever they run
)

func mustSchedule(t testing.TB, when When, interval int, at *TimeOfDay, loc *time.Location) *schedule {
	t.Helper()
	s, err := newSchedule(when, interval, at, loc)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// oracle is testdata/oracle/timed_rollover.json, as its schema key explains.
type oracle struct {
	Groups []struct {
		TZ       string
		UTC      bool
		When     When
		Interval int
		AtTime   *TimeOfDay
		Cases    []oracleCase
	}
}

type oracleCase struct {
	start, delay int64
	rollover     [3]int64
	suffix       [3]string
	ideal        [3]*int64 // where it differs from rollover
}

func (c *oracleCase) UnmarshalJSON(data []byte) error {
	fields := []any{
		&c.start, &c.delay,
		&c.rollover[0], &c.suffix[0], &c.rollover[1], &c.suffix[1], &c.rollover[2], &c.suffix[2],
		&c.ideal,
	}
	return json.Unmarshal(data, &fields)
}

func readOracle(t *testing.T) (o oracle) {
	t.Helper()
	f, err := os.Open("../testdata/oracle/timed_rollover.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

// Every rollover that CPython 3.13 computed is ours too, or ours is the oracle's correction.
// Every name is ours too, but for those that Python gets wrong, counted here by the cause:
//
//   - rolled: the rollover itself is not where it should be, so neither is the period to be named.
//   - elapsed: S, M, H, D. Python reads the period's start not by the offset of that time but by
//     that of now, which it takes to be an hour away: after 01:59:59 EST, 03:00:00 EDT renames to
//     03-59-59. Ours is what a clock read at the start.
//   - calendar: Midnight and W. Python goes back 24·interval hours, then an hour up or down if
//     DST began or ended before now. That misses the day where the change was of 30 minutes
//     (Lord Howe) or of a day (Apia, 2011-12-30), and where now is late and past a change that
//     rolloverAt was not (New York, London). Ours is the day on which the period began.
//
// Both need a change of offset between the start of Python's period and now; that is checked.
func TestOracle(t *testing.T) {
	instants, names := 0, 0
	exempt := map[string]int{}
	for _, g := range readOracle(t).Groups {
		loc := mustZone(t, g.TZ)
		if g.UTC {
			loc = time.UTC
		}
		s := mustSchedule(t, g.When, g.Interval, g.AtTime, loc)
		offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
		for _, c := range g.Cases {
			base := c.start
			for k, python := range c.rollover {
				fail := func(format string, args ...any) {
					t.Helper()
					t.Errorf("%v %v %v %v, %d in %v: %s", g.TZ, g.When, g.Interval, g.AtTime, k+1, c, fmt.Sprintf(format, args...))
				}
				want := python
				if c.ideal[k] != nil {
					want = *c.ideal[k]
				}
				instants++
				if got := s.next(time.Unix(base, 0)); got.Unix() != want {
					fail("next = %v, want %v", got, time.Unix(want, 0).In(loc))
				}

				rollover, now := time.Unix(python, 0), time.Unix(python+c.delay, 0)
				name := s.start(rollover).Format(s.layout)
				switch {
				case c.ideal[k] != nil:
					exempt["rolled"]++
				case name == c.suffix[k]:
					names++
				case offset(rollover.Add(-s.period())) == offset(now):
					fail("suffix = %s, want %s", name, c.suffix[k])
				case s.elapses():
					exempt["elapsed"]++
				default:
					exempt["calendar"]++
				}
				base = now.Unix()
			}
		}
	}
	if want := map[string]int{"rolled": 598, "elapsed": 144, "calendar": 243}; !maps.Equal(exempt, want) {
		t.Errorf("exempt names: %v, want %v", exempt, want)
	}
	if want := 3 * 12710; instants != want || names+exempt["rolled"]+exempt["elapsed"]+exempt["calendar"] != want {
		t.Errorf("%d instants and %d equal names of %d", instants, names, want)
	}
}

func TestSchedule(t *testing.T) {
	const layout = "2006-01-02 15:04:05 -0700"
	for _, tt := range []struct {
		zone     string
		when     When
		interval int
		at       *TimeOfDay
		t, want  string
	}{
		{"UTC", Hour, 0, At(1, 2, 3), "2024-01-31 23:30:00 +0000", "2024-02-01 00:30:00 +0000"},
		{"UTC", Midnight, 1, nil, "2024-02-28 00:00:00 +0000", "2024-02-29 00:00:00 +0000"},
		{"UTC", Midnight, 2, At(0, 0, 0), "2024-02-28 00:00:00 +0000", "2024-03-01 00:00:00 +0000"},
		{"UTC", Monday, 1, nil, "2024-01-01 12:00:00 +0000", "2024-01-02 00:00:00 +0000"},                // the end of that Monday
		{"UTC", Monday, 1, At(0, 0, 0), "2024-01-01 00:00:00 +0000", "2024-01-08 00:00:00 +0000"},        // the start of the next
		{"UTC", Sunday, 2, At(12, 0, 0), "2024-01-01 00:00:00 +0000", "2024-01-14 12:00:00 +0000"},       // a week more
		{"America/New_York", Day, 1, nil, "2024-03-09 12:00:00 -0500", "2024-03-10 13:00:00 -0400"},      // 24 hours
		{"America/New_York", Midnight, 1, nil, "2024-03-10 00:00:00 -0500", "2024-03-11 00:00:00 -0400"}, // 23 hours

		// The time wanted is skipped, is being skipped, comes twice, came already.
		{"America/New_York", Midnight, 1, At(2, 30, 0), "2024-03-10 01:45:00 -0500", "2024-03-10 03:30:00 -0400"},
		{"America/New_York", Midnight, 1, At(2, 30, 0), "2024-03-10 03:10:00 -0400", "2024-03-11 02:30:00 -0400"},
		{"America/New_York", Midnight, 1, At(1, 30, 0), "2024-11-03 00:00:00 -0400", "2024-11-03 01:30:00 -0400"},
		{"America/New_York", Midnight, 1, At(1, 30, 0), "2024-11-03 01:15:00 -0500", "2024-11-04 01:30:00 -0500"},
		{"Australia/Lord_Howe", Midnight, 1, At(2, 15, 0), "2024-10-06 01:59:00 +1030", "2024-10-06 02:45:00 +1100"},
		{"Australia/Lord_Howe", Midnight, 1, At(1, 45, 0), "2024-04-07 01:50:00 +1100", "2024-04-08 01:45:00 +1030"},

		// Changes at midnight: it is skipped, is the one before the change, comes twice.
		{"America/Sao_Paulo", Midnight, 1, nil, "2018-11-03 12:00:00 -0300", "2018-11-04 01:00:00 -0200"},
		{"America/Sao_Paulo", Midnight, 1, nil, "2018-02-17 23:30:00 -0200", "2018-02-18 00:00:00 -0300"},
		{"America/Havana", Midnight, 1, nil, "2024-11-02 12:00:00 -0400", "2024-11-03 00:00:00 -0400"},
		{"America/Havana", Midnight, 1, nil, "2024-11-03 00:00:00 -0400", "2024-11-04 00:00:00 -0500"},
		{"America/St_Johns", Midnight, 1, nil, "2010-11-07 00:00:00 -0230", "2010-11-08 00:00:00 -0330"}, // 00:01 is 23:01 again
		{"America/Nuuk", Midnight, 1, At(23, 30, 0), "2024-03-30 22:00:00 -0200", "2024-03-31 00:30:00 -0100"},
		{"America/Nuuk", Midnight, 1, At(23, 30, 0), "2024-03-31 00:30:00 -0100", "2024-03-31 23:30:00 -0100"},

		// 2011-12-30, a Friday, was not.
		{"Pacific/Apia", Midnight, 1, nil, "2011-12-29 12:00:00 -1000", "2011-12-31 00:00:00 +1400"},
		{"Pacific/Apia", Midnight, 1, nil, "2011-12-31 00:00:00 +1400", "2012-01-01 00:00:00 +1400"},
		{"Pacific/Apia", Friday, 1, At(12, 0, 0), "2011-12-29 12:00:00 -1000", "2011-12-31 12:00:00 +1400"},
	} {
		next, _, err := Schedule(tt.when, tt.interval, tt.at, mustZone(t, tt.zone))
		if err != nil {
			t.Fatal(err)
		}
		base, err := time.Parse(layout, tt.t)
		if err != nil {
			t.Fatal(err)
		}
		if got := next(base).Format(layout); got != tt.want {
			t.Errorf("%s %v %d %v: next(%s) = %s, want %s", tt.zone, tt.when, tt.interval, tt.at, tt.t, got, tt.want)
		}
	}
}

// Rollovers are whole seconds, and what comes a moment before one does not skip it.
func TestScheduleFraction(t *testing.T) {
	base := time.Date(2024, 1, 1, 23, 59, 59, 999_999_999, time.UTC)
	for when, want := range map[When]time.Time{
		Second:   time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
		Minute:   time.Date(2024, 1, 2, 0, 0, 59, 0, time.UTC),
		Midnight: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
		Monday:   time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
	} {
		if got := mustSchedule(t, when, 1, nil, time.UTC).next(base); got != want {
			t.Errorf("%v: %v, want %v", when, got, want)
		}
	}
}

func TestScheduleErrors(t *testing.T) {
	for _, tt := range []struct {
		when     When
		interval int
		at       *TimeOfDay
	}{
		{when: Never},
		{when: -1},
		{when: Sunday + 1},
		{when: Hour, interval: -1},
		{when: Hour, interval: math.MinInt},
		{when: Hour, interval: int(math.MaxInt64/time.Hour) + 1},
		{when: Monday, interval: math.MaxInt},
		{when: Midnight, at: At(24, 0, 0)},
		{when: Midnight, at: At(0, 60, 0)},
		{when: Midnight, at: At(0, 0, 60)},
		{when: Monday, at: At(-1, 0, 0)},
		{when: Second, at: At(math.MaxInt, math.MaxInt, math.MaxInt)},
	} {
		next, suffix, err := Schedule(tt.when, tt.interval, tt.at, nil)
		if err == nil || next != nil || suffix != "" {
			t.Errorf("%+v: %q, %v", tt, suffix, err)
		}
	}
	// As long as a Duration.
	s := mustSchedule(t, Hour, int(math.MaxInt64/time.Hour), nil, nil)
	if base := time.Unix(0, 0); s.next(base).Sub(base) != s.period() || s.loc != time.Local {
		t.Errorf("%v + %v = %v", base, s.period(), s.next(base))
	}
}

func TestMatchesLayout(t *testing.T) {
	suffixes := map[When]string{
		Second: "2024-13-45_99-99-99", Minute: "2024-13-45_99-99", Hour: "2024-13-45_99", Day: "2024-13-45",
		Midnight: "0000-00-00", Monday: "9999-99-99",
	}
	for when := Second; when <= Monday; when++ {
		_, layout, err := Schedule(when, 1, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for other, s := range suffixes {
			if got, want := matchesLayout(layout, s), len(s) == len(layout); got != want {
				t.Errorf("%v of %v: %v", s, other, got)
			}
		}
	}
	for _, s := range []string{
		"", "2024-01-0", "2024-01-011", "2024-01-01.gz", "2024-01-01\n", "2024_01-01", "2024-01_01", "2024-0a-01", "+024-01-01",
		"-024-01-01", "20240-1-01", "2024-01-0٣", "2024/01/01", "2024-01-0\x00",
	} {
		if matchesLayout(time.DateOnly, s) {
			t.Errorf("%q matches", s)
		}
	}
}

// oddities are zones in years that are hard on a clock.
var oddities = []struct {
	zone string
	year int
}{
	{"UTC", 2024},
	{"America/New_York", 2024},
	{"Europe/London", 1968},       // summer time into 1971
	{"Europe/Dublin", 2024},       // negative DST
	{"Europe/Amsterdam", 1937},    // +00:19:32 to +00:20
	{"Africa/Monrovia", 1972},     // a gap of 44½ minutes
	{"Africa/Casablanca", 2024},   // DST is off for Ramadan
	{"Africa/Cairo", 2014},        // four changes at midnight
	{"Africa/Cairo", 2024},        // 24:00
	{"Asia/Beirut", 2024},         // 00:00 becomes 01:00
	{"Asia/Gaza", 2011},           // 00:01, and off for Ramadan
	{"Asia/Tehran", 2021},         // half an hour off, at midnight
	{"Asia/Kolkata", 2024},        // no change
	{"Asia/Pyongyang", 2015},      // 00:00 becomes 23:30
	{"Asia/Pyongyang", 2018},      // 23:30 becomes 00:00
	{"America/Caracas", 2007},     // 03:00 becomes 02:30
	{"America/Havana", 2024},      // midnight is skipped, and comes twice
	{"America/Santiago", 2024},    // 24:00 both ways
	{"America/Sao_Paulo", 2018},   // 00:00 both ways
	{"America/Asuncion", 2024},    // stays on DST
	{"America/St_Johns", 2010},    // 00:01 becomes 23:01
	{"America/St_Johns", 1988},    // by two hours
	{"America/Nuuk", 2024},        // 23:00 becomes 00:00
	{"Atlantic/Azores", 2024},     // 00:00 becomes 01:00
	{"Antarctica/Troll", 2024},    // by two hours
	{"Antarctica/Casey", 2010},    // by three
	{"Australia/Lord_Howe", 2024}, // by 30 minutes
	{"Pacific/Apia", 2011},        // no December 30
	{"Pacific/Kiritimati", 1994},  // no December 31
	{"Pacific/Kwajalein", 1993},   // no August 21
	{"Pacific/Kwajalein", 1969},   // September 30 twice
	{"America/Juneau", 1867},      // October 18 twice
}

// A span is a time without a change of offset. Spans are an independent account of what a
// clock in a zone reads, from what the time package says of changes alone.
type span struct {
	start, end time.Time // in UTC
	offset     time.Duration
}

func spans(loc *time.Location, from, to time.Time) (all []span) {
	for t := from; t.Before(to); {
		_, offset := t.In(loc).Zone()
		_, end := t.In(loc).ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(24 * time.Hour) // Go 1.26 with its own zone data, on the last day of leap years
		}
		if end.IsZero() || end.After(to) {
			end = to
		}
		next := span{t.UTC(), end.UTC(), time.Duration(offset) * time.Second}
		if n := len(all); n > 0 && all[n-1].offset == next.offset {
			all[n-1].end = next.end
		} else {
			all = append(all, next)
		}
		t = end
	}
	return all
}

// first returns the first time at which the clock reads w, or what the offset before the gap
// makes of it.
func first(all []span, w time.Time) (t time.Time) {
	for _, s := range all {
		at := w.Add(-s.offset)
		if !at.Before(s.start) && at.Before(s.end) {
			return at
		}
		if !at.Before(s.end) {
			t = at
		}
	}
	return t
}

// dates returns the dates that exist, in order.
func dates(all []span) []time.Time {
	seen := map[time.Time]bool{}
	for _, s := range all {
		for d := s.start.Add(s.offset).Truncate(24 * time.Hour); d.Before(s.end.Add(s.offset)); d = d.AddDate(0, 0, 1) {
			seen[d] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), time.Time.Compare)
}

var timesOfDay = []*TimeOfDay{nil, At(0, 0, 0), At(0, 0, 30), At(0, 30, 0), At(1, 30, 0), At(2, 15, 0), At(2, 30, 0), At(12, 34, 56), At(23, 15, 0), At(23, 59, 59)}

// Through the year, there is one rollover for each day that exists, at the time wanted.
func TestScheduleEveryDay(t *testing.T) {
	for _, o := range oddities {
		loc := mustZone(t, o.zone)
		from := time.Date(o.year, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -10)
		all := spans(loc, from, from.AddDate(1, 1, 0))
		for _, at := range timesOfDay {
			s := mustSchedule(t, Midnight, 1, at, loc)
			var want []time.Time
			days := dates(all)
			for _, day := range days[3 : len(days)-3] {
				want = append(want, first(all, day.Add(s.at)))
			}
			prev := want[0]
			for _, w := range want[1:] {
				got := s.next(prev)
				if !got.Equal(w) {
					t.Fatalf("%s %v: next(%v) = %v, want %v", o.zone, at, prev.In(loc), got, w.In(loc))
				}
				if got := s.start(w); !got.Equal(prev) {
					t.Fatalf("%s %v: start(%v) = %v, want %v", o.zone, at, w.In(loc), got, prev.In(loc))
				}
				prev = got
			}
			checkAround(t, s, all, want)
		}
	}
}

// checkAround checks that from any base near a change the next rollover is later, and the
// first of want that is, except that where the clock has jumped over the time wanted the day
// is done.
func checkAround(t *testing.T, s *schedule, all []span, want []time.Time) {
	t.Helper()
	for _, change := range all[1:] {
		for d := -26 * time.Hour; d <= 26*time.Hour; d += 7 * time.Minute {
			for _, base := range []time.Time{change.start.Add(d - 1), change.start.Add(d), change.start.Add(d + time.Second)} {
				i, _ := slices.BinarySearchFunc(want, base.Add(1), time.Time.Compare)
				if i+1 >= len(want) {
					return
				}
				got := s.next(base)
				jumped := !base.Before(change.start) && !reads(want[i].In(s.loc), s.at)
				if !got.After(base) || !got.Equal(want[i]) && !(jumped && got.Equal(want[i+1])) {
					t.Fatalf("%v %v: next(%v) = %v, want %v", s.loc, s.at, base.In(s.loc), got, want[i].In(s.loc))
				}
			}
		}
	}
}

// reads reports whether the clock shows at, which may be 24:00.
func reads(t time.Time, at time.Duration) bool {
	w := wall(t)
	return w.Sub(w.Truncate(24*time.Hour)) == at%(24*time.Hour)
}

// Week by week, rollovers are on the day wanted, and start undoes next.
func TestScheduleEveryWeek(t *testing.T) {
	for _, o := range oddities {
		loc := mustZone(t, o.zone)
		from := time.Date(o.year, 1, 1, 0, 0, 0, 0, time.UTC)
		all := spans(loc, from.AddDate(0, 0, -10), from.AddDate(1, 2, 0))
		for when := Monday; when <= Sunday; when++ {
			for _, at := range timesOfDay {
				s := mustSchedule(t, when, 1, at, loc)
				prev := s.next(from)
				day := from.AddDate(0, 0, -2)
				for day.Weekday() != time.Weekday(when-Monday+1)%7 || !first(all, day.Add(s.at)).Equal(prev) {
					if day = day.AddDate(0, 0, 1); day.After(from.AddDate(0, 0, 9)) {
						t.Fatalf("%s %v %v: next(%v) = %v", o.zone, when, at, from, prev)
					}
				}
				for range 53 {
					day = day.AddDate(0, 0, 7)
					got := s.next(prev)
					if want := first(all, day.Add(s.at)); !got.Equal(want) || !s.start(got).Equal(prev) {
						t.Fatalf("%s %v %v: next(%v) = %v, want %v; start %v", o.zone, when, at, prev, got, want.In(loc), s.start(got))
					}
					prev = got
				}
			}
		}
	}
}

func FuzzSchedule(f *testing.F) {
	f.Add(int(Midnight), 1, -1, 0, 0, "America/Sao_Paulo", int64(1541257200), int64(0))
	f.Add(int(Midnight), 2, 12, 34, 56, "Pacific/Apia", int64(1325239199), int64(999_999_999))
	f.Add(int(Friday), 1, 0, 0, 0, "Pacific/Apia", int64(1325239200), int64(1))
	f.Add(int(Sunday), 3, 2, 30, 0, "Australia/Lord_Howe", int64(1617461999), int64(0))
	f.Add(int(Midnight), 1, 1, 30, 0, "America/New_York", int64(1730613600), int64(0))
	f.Add(int(Midnight), 1, 23, 59, 59, "America/Juneau", int64(-3225223728), int64(0))
	f.Add(int(Monday), 15250, 25, 0, 0, "UTC", int64(0), int64(0))
	f.Add(int(Hour), int(math.MaxInt64/time.Hour), 0, 0, 0, "Asia/Kolkata", int64(-62135596800), int64(5))
	f.Add(int(Hour), math.MinInt, 0, -7, 0, "Local", int64(253402300799), int64(0))
	f.Add(int(Never), 0, 0, 0, 61, "nowhere", int64(0), int64(-1))

	f.Fuzz(func(t *testing.T, when, interval, hour, minute, second int, zone string, sec, nsec int64) {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip()
		}
		at := At(hour, minute, second)
		if hour == -1 {
			at = nil
		}
		next, layout, err := Schedule(When(when), interval, at, loc)
		valid := Second <= When(when) && When(when) <= Sunday && interval >= 0 && (at == nil || at.valid())
		if err != nil {
			if next != nil || layout != "" || valid && interval <= 15250 {
				t.Fatalf("%v", err)
			}
			return
		}
		if !valid {
			t.Fatal("no error")
		}

		const years10000 = 10000 * 366 * 86400
		base := time.Unix(sec%years10000, nsec%1_000_000_000)
		s := mustSchedule(t, When(when), interval, at, loc)
		rollover := next(base)
		switch slack := 2*s.unit + 72*time.Hour; { // to the first of them, over a skipped day
		case !rollover.After(base), rollover.Nanosecond() != 0, rollover.Location() != loc:
			t.Fatalf("next(%v) = %v", base, rollover)
		case rollover.Unix()-base.Unix() > int64(s.period()/time.Second)+int64(slack/time.Second):
			t.Fatalf("next(%v) = %v, which is too far", base, rollover)
		case !next(rollover).After(rollover), next(base.Truncate(time.Second)) != rollover:
			t.Fatalf("next(%v) = %v is not stable", base, rollover)
		}
		start := s.start(rollover)
		if !start.Before(rollover) {
			t.Fatalf("start(%v) = %v", rollover, start)
		}
		if name := start.Format(layout); start.Year() >= 0 && start.Year() <= 9999 && !matchesLayout(layout, name) {
			t.Fatalf("a backup named %q would never be deleted", name)
		}
	})
}
