package rotate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// numberedModel is doRollover of Python's RotatingFileHandler on a map of names, except that the numbers of directories
// are not used.
func numberedModel(files map[string]string, count int) {
	var numbers []int
	for i := 1; len(numbers) < count; i++ {
		if _, isDir := files[fmt.Sprintf("a.%d/", i)]; !isDir {
			numbers = append(numbers, i)
		}
	}
	name := func(i int) string { return fmt.Sprintf("a.%d", numbers[i]) }
	for i := count - 2; i >= 0; i-- {
		if content, ok := files[name(i)]; ok {
			files[name(i+1)] = content
			delete(files, name(i))
		}
	}
	files[name(0)] = files["a"]
	files["a"] = ""
}

func TestNumberedModel(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		dir := t.TempDir()
		count := 1 + r.IntN(6)
		if r.IntN(4) == 0 {
			count = 48 + r.IntN(6)
		}
		files := map[string]string{"a": "current"}
		for i := range 2*count + 2 {
			switch n := r.IntN(8); {
			case n < 4:
				files[fmt.Sprintf("a.%d", i)] = fmt.Sprint("content ", i)
			case n == 4:
				files[fmt.Sprintf("a.%d/", i)] = ""
			case n == 5:
				files[fmt.Sprintf("a.0%d", i)] = "foreign"
			}
		}
		for name, content := range files {
			if strings.HasSuffix(name, "/") {
				must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
			} else {
				create(t, filepath.Join(dir, name), content)
			}
		}
		before := maps.Clone(files)
		var namer func(string) string
		if r.IntN(2) == 0 {
			namer = func(name string) string { return name }
		}
		w := newWriter(t, filepath.Join(dir, "a"), Options{BackupCount: count, Namer: namer})
		for range 1 + r.IntN(3) {
			must(t, w.Rotate())
			numberedModel(files, count)
		}
		must(t, w.Close())
		if got := listing(t, dir); !maps.Equal(got, files) {
			t.Fatalf("count %d, before %v:\n got %v\nwant %v", count, before, got, files)
		}
	}
}

// FuzzBackupNames: a name that was made is recognised, with its date and counter; a name that is recognised is one that
// is made of these.
func FuzzBackupNames(f *testing.F) {
	for _, file := range []string{
		"a.log.2024-01-02", "a.log.2024-01-02.3", "a.log.2024-01-02.03", "a.log.2024-13-45", "a.log.2024-01-02.gz", "a.log.2024-01-02.1.gz",
		"a.2024-01-02.log", "a.log.2024-01-02_03-04-05", "x2024-01-02", "12024-01-02", "a.log.2024-01-02.2024-01-02", "2024-01-02.7.2024-01-02.gz",
		"a.log.2024-01-02.9223372036854775807", "", ".", "a.log.", "a.log.2024-01-02.",
	} {
		for namer := range uint8(5) {
			f.Add(file, namer, int64(1704164645), 3, uint8(Day))
		}
	}
	f.Fuzz(func(t *testing.T, file string, kind uint8, unix int64, counter int, when uint8) {
		_, layout, err := Schedule(1+When(when)%Sunday, 1, nil, time.UTC)
		must(t, err)
		const dir = "/d"
		split := func(name string) (string, string) { return filepath.Dir(name), filepath.Base(name) }
		namer := []func(string) string{
			nil,
			func(name string) string { return name + ".gz" },
			func(name string) string { // a.<date>.log
				d, base := split(name)
				return filepath.Join(d, "a."+strings.TrimPrefix(base, "a.log.")+".log")
			},
			func(name string) string {
				d, base := split(name)
				return filepath.Join(d, strings.TrimPrefix(base, "a.log."))
			},
			func(name string) string { return filepath.ToSlash(name) },
		}[kind%5]
		b := backups{path: filepath.Join(dir, "a.log"), namer: namer, layout: layout}
		date := time.Unix(unix%(8000*365*86400), 0).UTC().Format(layout)
		if counter = counter % 1_000_000; counter < 0 {
			counter = 0
		}

		if matchesLayout(layout, date) {
			suffix := date
			if counter > 0 {
				suffix += fmt.Sprintf(".%d", counter)
			}
			name, err := b.name(suffix)
			must(t, err)
			if d, ok := b.parse(filepath.Dir(name), filepath.Base(name)); !ok || d != (dated{backup{name, true, false}, date, counter}) {
				t.Errorf("%s is parsed as %+v, %v", name, d, ok)
			}
		}

		d, ok := b.parse(dir, file)
		if !ok {
			return
		}
		suffix := d.date
		if d.counter > 0 {
			suffix += fmt.Sprintf(".%d", d.counter)
		}
		if name, err := b.name(suffix); err != nil || name != d.path || d.path != filepath.Join(dir, file) || !matchesLayout(layout, d.date) {
			t.Errorf("%q is taken for %+v, which is named %q, %v", file, d, name, err)
		}
	})
}

// Backups sort by age: by date, then by counter as a number.
func TestBackupsSortByAge(t *testing.T) {
	dir := t.TempDir()
	want := []string{"a.2024-01-01", "a.2024-01-01.2", "a.2024-01-01.10", "a.2024-01-02", "a.2024-01-02.1", "a.2024-02-01"}
	for _, name := range want {
		create(t, filepath.Join(dir, name), "")
	}
	b := backups{path: filepath.Join(dir, "a"), layout: time.DateOnly}
	found, err := b.dated(dir)
	must(t, err)
	var got []string
	for _, d := range found {
		got = append(got, filepath.Base(d.path))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
