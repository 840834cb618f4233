package clock

import (
	"math/rand/v2"
	"testing"
	"time"
)

func checkClock(t *testing.T, c *Clock, at time.Time) {
	t.Helper()
	want := `"` + at.Format(time.RFC3339Nano) + `"`
	if got := string(c.AppendJSON(nil, at)); got != want {
		t.Fatalf("JSON: %s, want %s", got, want)
	}
	var b [MaxTime]byte
	if n := c.PutJSONUnixNano(b[:], at.UnixNano(), at.Location()); n > 0 && string(b[:n]) != want {
		t.Fatalf("from nanoseconds: %s, want %s", b[:n], want)
	}
	want = at.Format("2006-01-02T15:04:05.000Z07:00") // truncates, as log/slog does
	if got := string(c.AppendText(nil, at)); got != want {
		t.Fatalf("Text: %s, want %s", got, want)
	}
	want = at.Format("2006-01-02T15:04:05.000000Z07:00")
	if got := string(c.AppendMicro(nil, at)); got != want {
		t.Fatalf("six decimals: %s, want %s", got, want)
	}
}

// TestClock has one clock tell times in several zones and seconds in turn, so that each meets what others left in it.
func TestClock(t *testing.T) {
	zones := []*time.Location{
		time.UTC, time.Local, time.FixedZone("", 0), time.FixedZone("Z", 0), time.FixedZone("east", 3600), time.FixedZone("east", 7200),
		time.FixedZone("half", -(5*3600 + 1800)), time.FixedZone("seconds", 3208), time.FixedZone("far", 99*3600), time.FixedZone("back", -99*3600),
	}
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia"} {
		if loc, err := time.LoadLocation(name); err == nil {
			zones = append(zones, loc)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	var c Clock
	instants := make([]int64, 20)
	nanos := []int64{0, 1, 10, 999, 1000, 999_999, 1_000_000, 1_500_000, 100_000_000, 123_456_789, 999_500_000, 999_999_999}
	for range 300 {
		for i := range instants {
			instants[i] = r.Int64N(4_000_000_000) // 1970 to 2096
			if r.IntN(2) == 0 && i > 0 {
				instants[i] = instants[i-1] + r.Int64N(3) - 1 // the next second, or the same
			}
		}
		for range 60 {
			ns := nanos[r.IntN(len(nanos))]
			if r.IntN(2) == 0 {
				ns = r.Int64N(1e9)
			}
			checkClock(t, &c, time.Unix(instants[r.IntN(len(instants))], ns).In(zones[r.IntN(len(zones))]))
		}
	}
}

// TestClockAcrossDST: within one zone neighbouring seconds differ in their offset.
func TestClockAcrossDST(t *testing.T) {
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	var c Clock
	for _, change := range []time.Time{
		time.Date(2026, time.March, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, time.November, 1, 6, 0, 0, 0, time.UTC),
	} {
		for s := -3; s <= 3; s++ {
			for _, l := range []*time.Location{loc, time.UTC, loc} {
				checkClock(t, &c, change.Add(time.Duration(s)*time.Second+time.Duration(s+3)).In(l))
			}
		}
	}
}

// TestClockFar: before 1970 and near the end of 9999 the fast way is left, and must be found again.
func TestClockFar(t *testing.T) {
	var c Clock
	now := time.Unix(1_700_000_000, 123_000_000).UTC()
	for _, at := range []time.Time{
		time.Unix(0, 0), time.Unix(-1, 999_999_999), time.Unix(1, 0), time.Unix(2*86400-1, 5e8), time.Unix(2*86400, 0),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1883, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(9999, 12, 29, 23, 59, 59, 0, time.UTC),
		time.Date(9999, 12, 30, 0, 0, 0, 1, time.UTC),
	} {
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("lmt", -17762)} {
			if y := at.In(zone).Year(); y < 0 || y > 9999 {
				continue
			}
			checkClock(t, &c, at.In(zone))
			checkClock(t, &c, now)
		}
	}
}

// TestClockMonotonic: times as time.Now returns them.
func TestClockMonotonic(t *testing.T) {
	var c Clock
	for range 100 {
		checkClock(t, &c, time.Now())
	}
}
