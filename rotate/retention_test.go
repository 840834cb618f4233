package rotate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

func TestSurplus(t *testing.T) {
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	// hours ago, bytes
	backups := func(ageAndBytes ...int) []aged {
		var all []aged
		for i := 0; i < len(ageAndBytes); i += 2 {
			all = append(all, aged{now.Add(-time.Duration(ageAndBytes[i]) * time.Hour), int64(ageAndBytes[i+1])})
		}
		return all
	}
	three := backups(30, 300, 20, 200, 10, 100)
	for name, tt := range map[string]struct {
		keep    retention
		backups []aged
		want    int
	}{
		"none":                      {retention{count: 0, age: 1, bytes: 1}, nil, 0},
		"any":                       {retention{count: math.MaxInt}, three, 0},
		"count":                     {retention{count: 2}, three, 1},
		"count reached":             {retention{count: 3}, three, 0},
		"count 0":                   {retention{count: 0}, three, 3},
		"age":                       {retention{count: math.MaxInt, age: 15 * time.Hour}, three, 2},
		"age reached":               {retention{count: math.MaxInt, age: 20 * time.Hour}, three, 1},
		"age of all":                {retention{count: math.MaxInt, age: time.Hour}, three, 3},
		"bytes":                     {retention{count: math.MaxInt, bytes: 599}, three, 1},
		"bytes reached":             {retention{count: math.MaxInt, bytes: 600}, three, 0},
		"bytes less than the last":  {retention{count: math.MaxInt, bytes: 99}, three, 3},
		"the strictest":             {retention{count: 2, age: 15 * time.Hour, bytes: 600}, three, 2},
		"an old one that is newer":  {retention{count: math.MaxInt, age: 15 * time.Hour}, backups(10, 1, 20, 1, 5, 1), 2},
		"a large one that is older": {retention{count: math.MaxInt, bytes: 100}, backups(3, 1, 2, 1000, 1, 10), 2},
		"from the future":           {retention{count: math.MaxInt, age: time.Hour}, backups(-5, 1, -10, 1), 0},
		"vanished":                  {retention{count: math.MaxInt, age: 15 * time.Hour}, []aged{{now, 1}, {}, {now, 1}}, 0},
	} {
		if got := tt.keep.surplus(tt.backups, now); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// What is kept is within all limits, and one more would not be.
func TestSurplusIsLeast(t *testing.T) {
	now := time.Now()
	within := func(keep retention, backups []aged) bool {
		var total int64
		for _, b := range backups {
			total += b.bytes
			if keep.age > 0 && now.Sub(b.last) > keep.age {
				return false
			}
		}
		return len(backups) <= keep.count && (keep.bytes == 0 || total <= keep.bytes)
	}
	check := func(seed uint64) bool {
		r := rand.New(rand.NewPCG(seed, 0))
		keep := retention{count: r.IntN(12), age: time.Duration(r.IntN(3) * r.IntN(20)), bytes: int64(r.IntN(3) * r.IntN(40))}
		backups := make([]aged, r.IntN(12))
		for i := range backups {
			backups[i] = aged{now.Add(-time.Duration(r.IntN(20))), int64(r.IntN(10))}
		}
		n := keep.surplus(backups, now)
		return within(keep, backups[n:]) && (n == 0 || !within(keep, backups[n-1:]))
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

// Old backups go at the start and after a rotation, foreign files never.
func TestRetention(t *testing.T) {
	foreign := map[string]string{
		"a.bak": "f", "a.01": "f", "a.1.bak": "f", "a.2024-05": "f", "a.2024-05-06x": "f", "a.2024-05-06.01": "f", "b.1": "f", "b.2024-05-06": "f",
		"a.1.zip": "f", "a.2024-05-06.xz": "f", "a.rotating": "f", "a.rotating.x": "f", "a.rotating.1.": "f", "a.rotating.01": "f",
	}
	onlyNames(foreign)
	numbers := map[string]string{"a.1": "1111", "a.2.gz": "22222", "a.3": "333333", "a.4": "4444444"}
	dates := map[string]string{
		"a.2024-05-06.1": "1111", "a.2024-05-06.gz": "22222", "a.2024-05-05": "333333", "a.2024-05-04": "4444444",
	}
	for _, tt := range []struct {
		name string
		opts Options
		gone string // first characters of the backups' contents
	}{
		{"nothing", Options{BackupCount: 4}, ""},
		{"age", Options{MaxAge: 150 * time.Minute}, "34"},
		{"age of all", Options{MaxAge: time.Minute}, "1234"},
		{"age, count", Options{MaxAge: 210 * time.Minute, BackupCount: 4}, "4"},
		{"bytes", Options{MaxTotalBytes: 10}, "34"},
		{"bytes reached", Options{MaxTotalBytes: 22}, ""},
		{"one byte less", Options{MaxTotalBytes: 21}, "4"},
		{"both", Options{MaxTotalBytes: 15, MaxAge: 90 * time.Minute}, "234"},
	} {
		for kind, backups := range map[string]map[string]string{"numbers": numbers, "dates": dates} {
			t.Run(tt.name+", "+kind, func(t *testing.T) {
				dir := t.TempDir()
				want := maps.Clone(foreign)
				maps.Copy(want, backups)
				for name, content := range want {
					create(t, filepath.Join(dir, name), content)
					age(t, filepath.Join(dir, name), time.Duration(content[0]-'0')*time.Hour) // foreign ones are very old
				}
				opts := tt.opts
				if kind == "dates" {
					opts.When = Midnight
				}
				w := newWriter(t, filepath.Join(dir, "a"), opts)
				w.backups.ext = ".gz" // without a Compressor, which would change the sizes
				put(t, w, "x")
				want["a"] = "x"
				maps.DeleteFunc(want, func(_, content string) bool { return strings.Contains(tt.gone, content[:1]) })
				wantFiles(t, dir, want)
				if s := w.Stats(); s.Deleted != int64(len(tt.gone)) || s.Errors != 0 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// Each rotation is one more occasion, with the backup that it makes.
func TestRetentionAfterARotation(t *testing.T) {
	for _, when := range []When{Never, Midnight} {
		for name, opts := range map[string]Options{"age": {MaxAge: time.Hour}, "bytes": {MaxTotalBytes: 2}, "compressed": {MaxAge: time.Hour, Compressor: Gzip}} {
			t.Run(fmt.Sprint(when, name), func(t *testing.T) {
				dir := t.TempDir()
				opts.MaxBytes, opts.When = 1, when
				w := newWriter(t, filepath.Join(dir, "a"), opts)
				for i := range 4 {
					put(t, w, fmt.Sprint(i))
				}
				if name != "bytes" {
					all, err := w.backups.list(dir, 10)
					must(t, err)
					if len(all) != 3 {
						t.Fatalf("%v", all)
					}
					age(t, all[0].files(w.backups.ext)[0], 2*time.Hour)
				}
				put(t, w, "4")
				var got []string
				all, err := w.backups.list(dir, 10)
				must(t, err)
				for _, x := range all {
					file := x.files(w.backups.ext)[0]
					if x.packed {
						got = append(got, gunzip(t, file))
					} else {
						got = append(got, read(t, file))
					}
				}
				want := "[1 2 3]"
				if name == "bytes" {
					want = "[2 3]"
				}
				if fmt.Sprint(got) != want {
					t.Errorf("%v, want %v", got, want)
				}
			})
		}
	}
}

// With a limit to age or size BackupCount 0 means any number, by number too.
func TestRetentionWithoutBackupCount(t *testing.T) {
	for _, opts := range []Options{{MaxAge: time.Hour}, {MaxTotalBytes: 1 << 20}} {
		dir := t.TempDir()
		opts.MaxBytes = 1
		w := newWriter(t, filepath.Join(dir, "a"), opts)
		const n = 60
		for i := range n {
			put(t, w, fmt.Sprint(i))
		}
		want := map[string]string{"a": fmt.Sprint(n - 1)}
		for i := 1; i < n; i++ {
			want[fmt.Sprintf("a.%d", i)] = fmt.Sprint(n - 1 - i)
		}
		wantFiles(t, dir, want)
	}
}

// A backup that is there twice, plain and compressed, is one, and goes with both files.
func TestRetentionCountsABackupOnce(t *testing.T) {
	for _, count := range []int{2, 1} {
		dir := t.TempDir()
		files := map[string]string{"a.2024-05-06": "1", "a.2024-05-06.gz": "other", "a.2024-05-07.gz": "2"}
		for name, content := range files {
			create(t, filepath.Join(dir, name), content)
		}
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Midnight, BackupCount: count, MaxAge: time.Hour})
		w.backups.ext = ".gz"
		put(t, w, "x")
		files["a"] = "x"
		if count == 1 {
			delete(files, "a.2024-05-06")
			delete(files, "a.2024-05-06.gz")
		}
		wantFiles(t, dir, files)
	}
}
