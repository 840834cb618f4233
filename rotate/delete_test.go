package rotate

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// namers are those of testdata/oracle/timed_delete.json.
var namers = map[string]func(base string) func(string) string{
	"none": func(string) func(string) string { return nil },
	"gz":   func(string) func(string) string { return func(name string) string { return name + ".gz" } },
	"swap": func(base string) func(string) string {
		stem := strings.TrimSuffix(base, ".log")
		return func(name string) string {
			dir, file := filepath.Split(name)
			return filepath.Join(dir, stem+"."+strings.TrimPrefix(file, base+".")+".log")
		}
	},
}

type deleteCase struct {
	ID             int
	Name           string
	When           When
	BackupCount    int
	Base, Namer    string
	Files, Deleted []string
}

func deleteCases(t *testing.T) []deleteCase {
	var o struct{ Cases []deleteCase }
	oracleFile(t, "timed_delete.json", &o)
	if len(o.Cases) != 63 {
		t.Fatalf("%d cases", len(o.Cases))
	}
	return o.Cases
}

func (c *deleteCase) create(t *testing.T, dir string) {
	for _, name := range c.Files {
		if strings.HasSuffix(name, "/") {
			must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		} else {
			create(t, filepath.Join(dir, name), name)
		}
	}
}

// expected is what Python deletes, but for directories, which it wants to delete and cannot, and which count.
func (c *deleteCase) expected() []string {
	if !slices.ContainsFunc(c.Files, func(name string) bool { return strings.HasSuffix(name, "/") }) {
		return c.Deleted
	}
	matching := len(c.Deleted) + c.BackupCount - 1 // without the one directory
	var files []string
	for _, name := range c.Deleted {
		if !slices.Contains(c.Files, name+"/") {
			files = append(files, name)
		}
	}
	return files[:max(matching-c.BackupCount, 0)]
}

// What CPython's TimedRotatingFileHandler deletes a Writer deletes.
func TestDeleteOracle(t *testing.T) {
	for _, c := range deleteCases(t) {
		t.Run(fmt.Sprintf("%d %v %s", c.ID, c.When, c.Name), func(t *testing.T) {
			dir := t.TempDir()
			c.create(t, dir)
			_, layout, err := Schedule(c.When, 1, nil, time.UTC)
			must(t, err)
			b := backups{path: filepath.Join(dir, c.Base), namer: namers[c.Namer](c.Base), layout: layout}
			all, err := b.list(dir, 0)
			must(t, err)
			var got []string
			for _, x := range all[:retention{count: c.BackupCount}.surplus(make([]aged, len(all)), time.Now())] {
				got = append(got, filepath.Base(x.path))
			}
			if want := c.expected(); !slices.Equal(got, want) {
				t.Errorf("surplus %q, want %q", got, want)
			}
		})
	}
}

// The same end to end: with the new backup, which is the newest, one more is too many.
func TestDeleteEndToEnd(t *testing.T) {
	for _, c := range deleteCases(t) {
		if c.Name == "lexical, not chronological order only matters beyond year 9999" {
			continue
		}
		for _, rotator := range []func(string, string) error{nil, os.Rename} {
			t.Run(fmt.Sprintf("%d %v %s", c.ID, c.When, c.Name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					at(t, time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC))
					dir := t.TempDir()
					base := filepath.Join(dir, c.Base)
					create(t, base, "")
					c.create(t, dir)
					age(t, base, 400*24*time.Hour)
					w := newWriter(t, base, Options{
						When: c.When, BackupCount: c.BackupCount, Location: time.UTC, Namer: namers[c.Namer](c.Base), Rotator: rotator,
					})
					before := names(t, dir)
					put(t, w, "x")

					b := w.backups
					matches := 0
					for _, name := range before {
						if _, ok := b.parse(dir, name); ok {
							matches++
						}
					}
					after := names(t, dir)
					deleted := slices.DeleteFunc(slices.Clone(before), func(name string) bool { return slices.Contains(after, name) })
					if want := max(matches+1-c.BackupCount, 0); len(deleted) != want {
						t.Errorf("%d deleted of %d: %q", len(deleted), matches, deleted)
					}
					for _, name := range c.expected() {
						if slices.Contains(after, name) {
							t.Errorf("%s is still there", name)
						}
					}
					if len(after) != len(before)-len(deleted)+1 {
						t.Errorf("%q, before %q", after, before)
					}
					if s := w.Stats(); s.Rotations != 1 || s.Errors != 0 {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// What this handler could not have made is never deleted, however much it looks like it.
func TestForeignFilesAreNeverDeleted(t *testing.T) {
	const date = "2001-02-03"
	foreign := []string{
		"app.log." + date + ".gz", "app.log." + date + "_04", "app.log." + date + "_04-05-06", "app.log." + date + ".0", "app.log." + date + ".01",
		"app.log." + date + ".-1", "app.log." + date + ".+1", "app.log." + date + ".1.1", "app.log." + date + ".", "app.log." + date + ".1 ",
		"app.log." + date + "~", "app.log." + date + ".tmp", "app.log." + date + ".１", "app.log." + date + ".99999999999999999999", "app.log." + date + "\n",
		"app.log.2001-2-3", "app.log.20010203", "app.log.2001_02_03", "app.log.12001-02-03", "app.log.2001-02-033", "app.log..2001-02-03", "app.log.２001-02-03",
		"APP.LOG." + date, "app_log." + date, "app.log" + date, "app.log-" + date, ".app.log." + date, "xapp.log." + date, "app.log.x." + date,
		"app.log.1." + date, date, "app.log", "app.log.next", "app.log.1", "app.log.2", "app.log.bak", "app." + date + ".log", "app.log.old",
		"app.log." + date + ".1/", "app.log.2002-02-03/",
	}
	for name, namer := range map[string]func(string) string{"none": nil, "gz": func(name string) string { return name + ".xz" }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				want := map[string]string{}
				for _, name := range foreign {
					if runtime.GOOS == "windows" && strings.TrimRight(name, ". \n") != name {
						continue // not a name there
					}
					want[name] = ""
					if strings.HasSuffix(name, "/") {
						must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
					} else {
						create(t, filepath.Join(dir, name), "")
					}
				}
				if namer != nil {
					create(t, filepath.Join(dir, "app.log.2001-02-04"), "") // without the Namer's ending
					want["app.log.2001-02-04"] = ""
				}
				w := newWriter(t, filepath.Join(dir, "app.log"), Options{When: Midnight, BackupCount: 1, Location: time.UTC, Namer: namer})
				for range 4 {
					put(t, w, "x")
					time.Sleep(24 * time.Hour)
				}
				want["app.log"] = "x"
				ending := ""
				if namer != nil {
					ending = ".xz"
				}
				want["app.log.2000-01-03"+ending] = "x"
				wantFiles(t, dir, want)
			})
		})
	}
}

// By number, only those up to BackupCount go.
func TestNumbersBeyondTheCountStay(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	for _, name := range []string{"a.log.3", "a.log.4", "a.log.01", "a.log.+1", "a.log.1.gz", "a.log.2001-02-03", "a.log.-1", "a.log.0", "a.log.next"} {
		create(t, filepath.Join(dir, name), name)
		want[name] = name
	}
	w := newWriter(t, filepath.Join(dir, "a.log"), Options{MaxBytes: 1, BackupCount: 2})
	for i := range 6 {
		put(t, w, fmt.Sprint(i))
	}
	want["a.log"], want["a.log.1"], want["a.log.2"] = "5", "4", "3"
	wantFiles(t, dir, want)
}
