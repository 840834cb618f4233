package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// Files that a crash has left aside become backups at the next start, the oldest first, be the options what they are.
func TestFilesLeftAside(t *testing.T) {
	// Far apart, for their difference is no int on every machine.
	const first, second, third = "1700000000000000000", "1700000009000000000", "1700000020000000000"
	numbers := map[string]string{"a.rotating." + first: "1", "a.rotating." + second: "2", "a.rotating." + third: "3", "a.1": "0"}
	days := map[string]string{
		"a.rotating." + first + ".2024-05-06": "1", "a.rotating." + second + ".2024-05-06": "2", "a.rotating." + third + ".2024-05-07": "3",
		"a.2024-05-06": "0",
	}
	hours := map[string]string{"a.rotating." + first + ".2024-05-06_07": "1"}
	for _, tt := range []struct {
		name      string
		pre       map[string]string
		opts      Options
		want      map[string]string
		rotations int64
	}{
		{"numbers", numbers, Options{BackupCount: 9}, map[string]string{"a.1": "3", "a.2": "2", "a.3": "1", "a.4": "0"}, 3},
		{"fewer numbers", numbers, Options{BackupCount: 2}, map[string]string{"a.1": "3", "a.2": "2"}, 2},
		{"any numbers", numbers, Options{MaxAge: time.Hour}, map[string]string{"a.1": "3", "a.2": "2", "a.3": "1", "a.4": "0"}, 3},
		{"compressed", numbers, Options{BackupCount: 3, Compressor: Gzip}, map[string]string{"a.1.gz": "3", "a.2.gz": "2", "a.3.gz": "1"}, 3},
		{"dates", days, Options{When: Midnight}, map[string]string{
			"a.2024-05-06": "0", "a.2024-05-06.1": "1", "a.2024-05-06.2": "2", "a.2024-05-07": "3",
		}, 3},
		{"fewer dates", days, Options{When: Midnight, BackupCount: 2}, map[string]string{"a.2024-05-06.2": "2", "a.2024-05-07": "3"}, 3},
		{"numbers, then dates", numbers, Options{When: Day}, map[string]string{
			"a.1": "0", "a.2023-11-14": "1", "a.2023-11-14.1": "2", "a.2023-11-14.2": "3",
		}, 3},
		{"dates, then numbers", days, Options{BackupCount: 2}, map[string]string{"a.1": "3", "a.2": "2", "a.2024-05-06": "0"}, 2},
		{"hours, then days", hours, Options{When: Day}, map[string]string{"a.2023-11-14": "1"}, 1},
		{"days, then hours", days, Options{When: Hour, BackupCount: 2}, map[string]string{
			"a.2024-05-06": "0", "a.2023-11-14_22.1": "2", "a.2023-11-14_22.2": "3",
		}, 3},
		{"with a Rotator", numbers, Options{BackupCount: 9, Rotator: os.Rename}, map[string]string{"a.1": "3", "a.2": "2", "a.3": "1", "a.4": "0"}, 3},
		// A run that keeps no backups, for a look, leaves them to the next.
		{"no backups", numbers, Options{}, numbers, 0},
		{"no backups by size", numbers, Options{MaxBytes: 1}, numbers, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			foreign := map[string]string{"a.rotating.": "f", "a.rotating.x": "f", "a.rotating.007": "f", "a.rotating.7.": "f", "b.rotating.7": "f"}
			onlyNames(foreign)
			want := maps.Clone(foreign)
			maps.Copy(want, tt.want)
			maps.Copy(foreign, tt.pre)
			for name, content := range foreign {
				create(t, filepath.Join(dir, name), content)
			}
			opts := tt.opts
			opts.Location, opts.ErrorHandler = time.UTC, testkit.NoErrors(t)
			w, err := OpenWriter(filepath.Join(dir, "a"), &opts)
			must(t, err)
			must(t, w.Close())
			want["a"] = ""
			wantUnzipped(t, dir, want)
			if s := w.Stats(); s.Rotations != tt.rotations || s.Pending != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// What was left aside precedes what is moved aside now.
func TestFilesLeftAsideComeFirst(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		create(t, filepath.Join(dir, "a.rotating.5"), "left")
		w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1, BackupCount: 9})
		for i := range 4 {
			putNow(t, w, fmt.Sprint(i))
		}
		must(t, w.Close())
		wantFiles(t, dir, map[string]string{"a": "3", "a.1": "2", "a.2": "1", "a.3": "0", "a.4": "left"})
	}
}

// A Namer that stops giving names keeps one file aside; the next waits until it gives some again.
func TestNamerThatStartsToFail(t *testing.T) {
	for _, when := range []When{Never, Day} {
		for what, broken := range map[string]func(string) string{
			"panic": func(string) string { panic("no name") }, "empty": func(string) string { return "" },
			"nowhere": func(name string) string { return filepath.Join(name, "\x00") },
		} {
			t.Run(fmt.Sprint(when, what), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "a")
					working := func(name string) string { return name + ".old" }
					var namer atomic.Value
					namer.Store(working)
					var got testkit.ErrorLog
					opts := Options{MaxBytes: 2, BackupCount: 9, When: when, Location: time.UTC, Namer: func(name string) string { return namer.Load().(func(string) string)(name) }}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, path, opts)
					put(t, w, "0")
					put(t, w, "1")
					namer.Store(broken)
					start := time.Now()
					put(t, w, "2")
					wantReport := func() { // and perhaps another, of the deletion of old backups
						t.Helper()
						if errs := got.Take(); len(errs) == 0 || len(errs) > 2 || !strings.HasPrefix(errs[0].Error(), "rotate "+path) {
							t.Errorf("reported: %q", errs)
						}
					}
					for _, wait := range []int{1, 2, 4, 8} {
						wantReport()
						put(t, w, "+")
						if s := w.Stats(); s.Pending != 1 {
							t.Errorf("%+v", s)
						}
						if err := w.Flush(); err == nil {
							t.Error("Flush says that all is well")
						}
						time.Sleep(time.Duration(wait) * time.Second)
						synctest.Wait()
					}
					wantReport()
					if d := time.Since(start); d != 15*time.Second {
						t.Error(d)
					}
					var aside string
					for _, name := range names(t, dir) {
						if strings.HasPrefix(name, "a.rotating.") {
							aside = name
						}
					}
					files := listing(t, dir)
					if len(files) != 3 || files["a"] != "2++++" || files[aside] != "1" {
						t.Errorf("%q", files)
					}
					namer.Store(working)
					time.Sleep(16 * time.Second)
					synctest.Wait()
					must(t, w.Flush())
					put(t, w, "3")
					got.WantNone(t)
					want := map[string]string{"a": "3", "a.3.old": "0", "a.2.old": "1", "a.1.old": "2++++"}
					if when != Never {
						want = map[string]string{"a": "3", "a.2000-01-01.old": "0", "a.2000-01-01.1.old": "1", "a.2000-01-01.2.old": "2++++"}
					}
					wantFiles(t, dir, want)
					if s := w.Stats(); s.Pending != 0 || s.Rotations != 3 || s.Failed != 0 || s.Errors < 5 {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// What cannot become a backup before Close does so at the next start.
func TestCloseLeavesAFileAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		failing := false
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 1, BackupCount: 3, Namer: func(name string) string {
			if failing {
				panic("no name")
			}
			return name
		}}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		put(t, w, "0")
		put(t, w, "1")
		failing = true
		put(t, w, "2")
		start := time.Now()
		must(t, w.Close())
		if d := time.Since(start); d != 0 {
			t.Errorf("Close took %v", d)
		}
		if errs := got.Take(); len(errs) != 2 { // of the rotation, and of the attempt of Close
			t.Errorf("%q", errs)
		}
		time.Sleep(time.Minute) // and no further attempt
		got.WantNone(t)
		failing = false
		again, err := OpenWriter(path, &opts)
		must(t, err)
		must(t, again.Close())
		wantFiles(t, dir, map[string]string{"a": "2", "a.1": "1", "a.2": "0"})
	})
}

// Rotate returns why a file is no backup.
func TestRotateReturnsWhatTheKeeperSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	cause := errors.New("no name now")
	var failing atomic.Bool
	opts := Options{BackupCount: 1, Namer: func(name string) string {
		if failing.Load() {
			panic(cause)
		}
		return name
	}}
	opts.ErrorHandler = func(context.Context, slog.Record, error) {}
	w := newWriter(t, path, opts)
	must(t, w.Rotate())
	failing.Store(true)
	if err := w.Rotate(); !errors.Is(err, cause) {
		t.Error(err)
	}
	failing.Store(false)
	must(t, w.Rotate())
}

// Trying the Namer's names destroys no backup that the keeper, or that of another process, makes meanwhile.
func TestTryNamesOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{BackupCount: 1, Namer: func(name string) string { return name }})
	aside, dest := filepath.Join(dir, "aside"), filepath.Join(dir, "a.1")
	for range 500 {
		create(t, aside, "precious")
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := w.tryNames(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if err := os.Rename(aside, dest); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		wantFiles(t, dir, map[string]string{"a.1": "precious"})
		if t.Failed() {
			return
		}
		must(t, os.Remove(dest))
	}
}
