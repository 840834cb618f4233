package rotate

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Files that were made in a bubble have the real clock's times, which is ahead of the bubble's until realTime.

// realTime waits until the bubble's clock has reached the real one, and returns that.
func realTime(t *testing.T) time.Time {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "clock"))
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	at(t, info.ModTime().Add(time.Minute)) // this test may take a while
	return time.Now()
}

// timberjack 33: an old file is rotated with the first record after a restart, under the date at which it was begun.
func TestOldFileIsRotatedAfterARestart(t *testing.T) {
	for _, tt := range []struct {
		when   When
		layout string
	}{{Hour, "2006-01-02_15"}, {Day, time.DateOnly}, {Midnight, time.DateOnly}, {Minute, "2006-01-02_15-04"}} {
		t.Run(tt.when.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				realTime(t) // and no minute ends
				path := filepath.Join(dir, "app.log")
				create(t, path, "old\n")
				age(t, path, 48*time.Hour)
				begun := time.Now().Add(-48 * time.Hour).UTC()
				w, err := OpenWriter(path, &Options{When: tt.when, BackupCount: 3, Location: time.UTC})
				must(t, err)
				wantFiles(t, dir, map[string]string{"app.log": "old\n"}) // not at the start
				put(t, w, "new\n")
				put(t, w, "more\n")
				must(t, w.Close())
				start := begun
				if tt.when == Midnight { // the midnight before, whose date is that day's
					start = begun.Truncate(24 * time.Hour)
				}
				wantFiles(t, dir, map[string]string{"app.log": "new\nmore\n", "app.log." + start.Format(tt.layout): "old\n"})
			})
		})
	}
}

// A file of today is not.
func TestYoungFileIsNotRotatedAfterARestart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	create(t, path, "old\n")
	age(t, path, 30*time.Minute)
	w := newWriter(t, path, Options{When: Hour})
	put(t, w, "new\n")
	wantFiles(t, dir, map[string]string{"app.log": "old\nnew\n"})
}

// Python goes by the last change and so never rotates a daily file of a program that is restarted every 20 hours; the
// time of creation is not postponed by writes.
func TestRestartsDoNotPostponeRotation(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("wine, where these tests run, keeps no times of creation")
	}
	for _, when := range []When{Day, Midnight, Hour} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app.log")
			realTime(t)
			var rotated []int
			for restart := range 4 {
				w := newWriter(t, path, Options{When: when, Location: time.UTC})
				put(t, w, fmt.Sprintln(restart))
				must(t, os.Chtimes(path, time.Now(), time.Now())) // the real clock stands still
				if w.Stats().Rotations > 0 {
					rotated = append(rotated, restart)
				}
				must(t, w.Close())
				time.Sleep(20 * time.Hour)
			}
			// The creation of the files after the first has the real time too, hence no claim about those.
			want := 2
			if when == Hour {
				want = 1
			}
			if len(rotated) == 0 || when != Midnight && rotated[0] != want || rotated[0] > 2 {
				t.Errorf("%v: rotations at restarts %v", when, rotated)
			}
		})
	}
}

// Every period has its file, named by its beginning, with the record that came first in it.
func TestEveryPeriodHasItsFile(t *testing.T) {
	for _, tt := range []struct {
		when     When
		interval int
		atTime   *TimeOfDay
		zone     string
		start    string
		step     time.Duration
		want     map[string]string
	}{
		{Second, 1, nil, "UTC", "2001-02-03T04:05:06Z", 500 * time.Millisecond, map[string]string{
			"": "4 5 ", ".2001-02-03_04-05-06": "0 1 ", ".2001-02-03_04-05-07": "2 3 ",
		}},
		{Minute, 2, nil, "UTC", "2001-02-03T04:05:06Z", time.Minute, map[string]string{
			"": "4 5 ", ".2001-02-03_04-05": "0 1 ", ".2001-02-03_04-07": "2 3 ",
		}},
		{Midnight, 1, nil, "Asia/Kolkata", "2001-02-03T22:00:00+05:30", time.Hour, map[string]string{
			"": "2 3 4 5 ", ".2001-02-03": "0 1 ",
		}},
		{Midnight, 1, At(22, 30, 0), "Asia/Kolkata", "2001-02-03T22:00:00+05:30", 12 * time.Hour, map[string]string{
			"": "5 ", ".2001-02-02": "0 ", ".2001-02-03": "1 2 ", ".2001-02-04": "3 4 ",
		}},
		{Monday, 1, nil, "UTC", "2001-02-05T12:00:00Z", 6 * time.Hour, map[string]string{ // a Monday
			"": "2 3 4 5 ", ".2001-01-30": "0 1 ",
		}},
		{Monday, 1, At(0, 0, 0), "UTC", "2001-02-04T12:00:00Z", 6 * time.Hour, map[string]string{
			"": "2 3 4 5 ", ".2001-01-29": "0 1 ",
		}},
	} {
		t.Run(fmt.Sprint(tt.when, tt.atTime), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				start, err := time.Parse(time.RFC3339, tt.start)
				must(t, err)
				at(t, start)
				w := newWriter(t, filepath.Join(dir, "a"), Options{
					When: tt.when, Interval: tt.interval, AtTime: tt.atTime, Location: mustZone(t, tt.zone),
				})
				for i := range 6 {
					put(t, w, fmt.Sprintf("%d ", i))
					time.Sleep(tt.step)
				}
				want := map[string]string{}
				for suffix, content := range tt.want {
					want["a"+suffix] = content
				}
				wantFiles(t, dir, want)
			})
		})
	}
}

// testdata/oracle/timed_dst_stuck.json: at a change of the clock CPython 3.13 stops rotating for ever, and 3.12
// overwrites a backup.
func TestClockChangesNeitherStopNorOverwrite(t *testing.T) {
	var o struct {
		Results map[string]map[string]struct{ Rollovers, Of, Files int }
	}
	oracleFile(t, "timed_dst_stuck.json", &o)
	zone := mustZone(t, "America/New_York")
	for _, name := range slices.Sorted(maps.Keys(o.Results["3.13.0"])) {
		fields := strings.Fields(name)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				day, err := time.ParseInLocation(time.DateOnly, fields[1], zone)
				must(t, err)
				at(t, day)
				var when When
				must(t, when.UnmarshalText([]byte(fields[2])))
				step := map[When]time.Duration{Second: 20 * time.Minute, Minute: 20 * time.Minute, Hour: time.Hour, Day: 24 * time.Hour, Midnight: 24 * time.Hour}[when]
				of := o.Results["3.13.0"][name].Of
				dir := t.TempDir()
				w := newWriter(t, filepath.Join(dir, "app.log"), Options{When: when, Location: zone})
				for i := range of + 1 {
					put(t, w, fmt.Sprintf("%02d", i))
					time.Sleep(step)
				}
				want := int64(of)
				if when == Midnight && fields[0] == "fall" {
					want-- // the 25 hours of that day: the second record is before its end, at 23:00
				}
				if got := w.Stats().Rotations; got != want {
					t.Errorf("%d rotations of %d", got, want)
				}
				if got := len(listing(t, dir)); got != int(want)+1 {
					t.Errorf("%d files", got)
				}
				got := concatenate(t, w)
				if fields[0] == "fall" && when <= Minute { // names of that hour do not tell which pass they are of
					got = sorted(got)
				}
				if got != sequence(of+1) {
					t.Errorf("records in order of files: %q", got)
				}
			})
		})
	}
}

// concatenate returns the backups, the oldest first, and the current file.
func concatenate(t testing.TB, w *Writer) string {
	t.Helper()
	found, err := w.backups.dated(filepath.Dir(w.path))
	must(t, err)
	var all strings.Builder
	for _, d := range found {
		all.WriteString(read(t, d.path))
	}
	return all.String() + read(t, w.path)
}

// sorted sorts two-digit records.
func sorted(s string) string {
	var records []string
	for r := range slices.Chunk([]byte(s), 2) {
		records = append(records, string(r))
	}
	slices.Sort(records)
	return strings.Join(records, "")
}

func sequence(n int) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "%02d", i)
	}
	return all.String()
}

// The hour that a clock shows twice has two files.
func TestFallBackHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := mustZone(t, "America/New_York")
		at(t, time.Date(2024, 11, 3, 0, 0, 0, 0, zone))
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Hour, Location: zone, BackupCount: 3})
		for i := range 5 {
			put(t, w, fmt.Sprint(i))
			time.Sleep(time.Hour)
		}
		wantFiles(t, dir, map[string]string{"a": "4", "a.2024-11-03_01": "1", "a.2024-11-03_01.1": "2", "a.2024-11-03_02": "3"})
	})
}

// dateOf is the UTC date at which a file was changed.
func dateOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.ModTime().UTC().Format(time.DateOnly)
}

// timberjack 123: what has the name of a new backup is not overwritten, and the new one sorts after it.
func TestBackupIsNeverOverwritten(t *testing.T) {
	for _, tt := range []struct {
		name string
		pre  map[string]string
		want string
	}{
		{"free", nil, "a.D"},
		{"taken", map[string]string{"a.D": "x"}, "a.D.1"},
		{"both taken", map[string]string{"a.D": "x", "a.D.1": "y"}, "a.D.2"},
		{"older ones deleted", map[string]string{"a.D.7": "x"}, "a.D.8"},
		{"two digits", map[string]string{"a.D": "x", "a.D.9": "y", "a.D.10": "z"}, "a.D.11"},
		{"not a counter", map[string]string{"a.D.01": "x", "a.D.x": "y", "a.D.1.gz": "z", "a.D.+2": "w"}, "a.D"},
		{"directories", map[string]string{"a.D/": "", "a.D.1/": ""}, "a.D.2"},
		{"beyond any counter", map[string]string{"a.D.9223372036854775807": "x", "a.D.2147483647": "y", "a.D": "z"}, "a.D.1"},
	} {
		for _, custom := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, custom), func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "a")
				create(t, path, "old")
				age(t, path, 48*time.Hour)
				date := dateOf(t, path)
				want := map[string]string{"a": "new", strings.Replace(tt.want, "D", date, 1): "old"}
				for name, content := range tt.pre {
					name = strings.Replace(name, "D", date, 1)
					want[name] = content
					if strings.HasSuffix(name, "/") {
						must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
					} else {
						create(t, filepath.Join(dir, name), content)
					}
				}
				opts := Options{When: Day, Location: time.UTC}
				if custom {
					opts.Rotator = os.Rename
				}
				w := newWriter(t, path, opts)
				put(t, w, "new")
				wantFiles(t, dir, want)
			})
		}
	}
}

// The counter goes on where deletion has left off, so that names sort by age.
func TestCounterGoesOnAfterDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Midnight, MaxBytes: 3, BackupCount: 2, Location: time.UTC})
		for i := range 13 {
			put(t, w, fmt.Sprintf("%02d", i))
		}
		wantFiles(t, dir, map[string]string{"a": "12", "a.2000-01-01.10": "10", "a.2000-01-01.11": "11"})
	})
}

func TestSizeAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Midnight, MaxBytes: 5, Location: time.UTC})
		for i := range 12 {
			put(t, w, fmt.Sprintf("%02d", i))
			time.Sleep(6 * time.Hour)
		}
		wantFiles(t, dir, map[string]string{
			"a.2000-01-01": "0001", "a.2000-01-01.1": "0203",
			"a.2000-01-02": "0405", "a.2000-01-02.1": "0607",
			"a.2000-01-03": "0809", "a": "1011",
		})
	})
}

// Rotate within a period does not end it.
func TestRotateKeepsThePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Hour, Location: time.UTC})
		put(t, w, "0")
		time.Sleep(50 * time.Minute)
		must(t, w.Rotate())
		put(t, w, "1")
		time.Sleep(10 * time.Minute)
		put(t, w, "2")
		wantFiles(t, dir, map[string]string{"a.2000-01-01_00": "0", "a.2000-01-01_00.1": "1", "a": "2"})
	})
}

// As in Python, an empty file is rotated by time.
func TestEmptyFileIsRotatedByTime(t *testing.T) {
	for _, rotator := range []func(string, string) error{nil, os.Rename, copyTruncate} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		create(t, path, "")
		age(t, path, 48*time.Hour)
		backup := "a." + dateOf(t, path)
		w := newWriter(t, path, Options{When: Day, Location: time.UTC, Rotator: rotator})
		put(t, w, "x")
		wantFiles(t, dir, map[string]string{"a": "x", backup: ""})
	}
}

// Periods without a record have no file, and the clock may go back.
func TestSilentPeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Hour, Location: time.UTC, Delay: true})
		time.Sleep(90 * time.Minute)
		put(t, w, "0") // delayed: the period begins here
		time.Sleep(10 * time.Hour)
		put(t, w, "1")
		time.Sleep(59 * time.Minute)
		put(t, w, "2")
		time.Sleep(time.Minute)
		put(t, w, "3")
		wantFiles(t, dir, map[string]string{"a.2000-01-01_01": "0", "a.2000-01-01_11": "12", "a": "3"})
	})
}
