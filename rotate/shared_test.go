//go:build linux

package rotate

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// peers are several Writers on one file, as in several processes.
func peers(t *testing.T, path string, n int, opts Options) []*Writer {
	t.Helper()
	opts.Shared = true
	var all []*Writer
	for range n {
		all = append(all, newWriter(t, path, opts))
	}
	return all
}

// withoutLock is the listing without the lock file, which must be there.
func withoutLock(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := listing(t, dir)
	if _, ok := files["a.lock"]; !ok {
		t.Errorf("no lock file: %q", files)
	}
	delete(files, "a.lock")
	return files
}

func wantShared(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := withoutLock(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// In turn, peers make the files that one Writer would.
func TestSharedFilesAreThoseOfOneWriter(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 0))
		opts := Options{MaxBytes: 1 + r.Int64N(100), BackupCount: 1 + r.IntN(60)}
		if r.IntN(2) == 0 {
			opts.Header = func() []byte { return []byte("header\n") }
		}
		records := randomRecords(r, 50, int(opts.MaxBytes))
		dir := t.TempDir()
		all := peers(t, filepath.Join(dir, "a"), 3, opts)
		for _, record := range records {
			put(t, all[r.IntN(3)], record)
		}
		var sum Stats
		for _, w := range all {
			must(t, w.Close())
			s := w.Stats()
			checkBuffered(t, s, 0)
			sum.Written += s.Written
			sum.Rotations += s.Rotations
		}
		alone := t.TempDir()
		w := newWriter(t, filepath.Join(alone, "a"), opts)
		for _, record := range records {
			put(t, w, record)
		}
		must(t, w.Close())
		wantShared(t, dir, listing(t, alone))
		if s := w.Stats(); s.Written != sum.Written || s.Rotations != sum.Rotations {
			t.Errorf("%+v, alone %+v", sum, s)
		}
	}
}

func TestConcurrentShared(t *testing.T) {
	const workers, records, maxBytes = 6, 300, 500
	for name, size := range map[string]int{"unbuffered": 0, "buffered": 100} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opts := Options{MaxBytes: maxBytes, BackupCount: 1000, BufferSize: size, FlushInterval: time.Millisecond}
			all := peers(t, filepath.Join(dir, "a"), 3, opts)
			inParallel(t, workers, func(worker int) {
				w := all[worker%len(all)]
				for n := range records {
					putNow(t, w, fmt.Sprintf("%d %d\n", worker, n))
				}
			})
			rotations := 0
			for _, w := range all {
				must(t, w.Close())
				rotations += int(w.Stats().Rotations)
			}
			files := withoutLock(t, dir)
			checkRecords(t, numberedRecords(files), workers, records)
			if len(files) != rotations+1 {
				t.Errorf("%d files, %d rotations", len(files), rotations)
			}
			for name, content := range files {
				if len(content) >= maxBytes {
					t.Errorf("%s has %d bytes", name, len(content))
				}
			}
		})
	}
}

// Whoever comes first in a new period rotates, once. (Locks that are free take no time, so a bubble's clock will do.)
func TestSharedTimedRotation(t *testing.T) {
	for name, size := range map[string]int{"unbuffered": 0, "buffered": 100} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				all := peers(t, filepath.Join(dir, "a"), 3, Options{When: Midnight, Location: time.UTC, BackupCount: 9, BufferSize: size, FlushInterval: time.Second})
				for i := range 6 {
					put(t, all[i%3], fmt.Sprintf("%d first\n", i))
					time.Sleep(2 * time.Hour)
					put(t, all[(i+1)%3], fmt.Sprintf("%d second\n", i))
					time.Sleep(22 * time.Hour)
				}
				for _, w := range all {
					must(t, w.Close())
				}
				want := map[string]string{"a": "5 first\n5 second\n"}
				for i := range 5 {
					want[fmt.Sprintf("a.2000-01-%02d", 1+i)] = fmt.Sprintf("%d first\n%[1]d second\n", i)
				}
				wantShared(t, dir, want)
			})
		})
	}
}

func TestLockFile(t *testing.T) {
	for _, tt := range []struct{ perm, want fs.FileMode }{{0, 0o600}, {0o640, 0o640}, {0o666, 0o666}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		all := peers(t, path, 2, Options{Perm: tt.perm, MaxBytes: 1, BackupCount: 2})
		if got := names(t, dir); len(got) != 0 {
			t.Errorf("made before the first record: %q", got)
		}
		for i := range 4 {
			put(t, all[i%2], fmt.Sprint(i))
		}
		before, err := os.Stat(path + ".lock")
		must(t, err)
		for _, w := range all {
			must(t, w.Close())
		}
		after, err := os.Stat(path + ".lock")
		must(t, err)
		if !os.SameFile(before, after) || after.Mode() != tt.want {
			t.Errorf("%v, want %v", after.Mode(), tt.want)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"a", "a.1", "a.2", "a.lock"}) {
			t.Errorf("%q", got)
		}
	}
}

// Who comes with other options than those who are there is told, once, and goes on.
func TestSharedOptionsThatDiffer(t *testing.T) {
	base := Options{MaxBytes: 100, BackupCount: 3}
	for name, tt := range map[string]struct {
		change func(o *Options)
		told   string
	}{
		"none":            {func(*Options) {}, ""},
		"no matter":       {func(o *Options) { o.Perm, o.BufferSize, o.Sync, o.Interval = 0o640, 10, SyncOnRotate, 1 }, ""},
		"the local clock": {func(o *Options) { o.Location = time.Local }, ""},
		"MaxBytes":        {func(o *Options) { o.MaxBytes = 200 }, "MaxBytes=200"},
		"BackupCount":     {func(o *Options) { o.BackupCount = 4 }, "BackupCount=4"},
		"When":            {func(o *Options) { o.When = Hour }, "When=H"},
		"Interval":        {func(o *Options) { o.When, o.Interval = Hour, 2 }, "Interval=2"},
		"AtTime":          {func(o *Options) { o.When, o.AtTime = Midnight, At(1, 2, 3) }, "AtTime="},
		"Location":        {func(o *Options) { o.When, o.Location = Hour, time.UTC }, "Location=UTC"},
		"Compressor":      {func(o *Options) { o.Compressor = Gzip }, "Compressor=.gz"},
		"MaxAge":          {func(o *Options) { o.MaxAge = time.Hour }, "MaxAge=1h0m0s"},
		"MaxTotalBytes":   {func(o *Options) { o.MaxTotalBytes = 12345 }, "MaxTotalBytes=12345"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			first := peers(t, path, 1, base)[0]
			put(t, first, "1\n")
			opts := base
			tt.change(&opts)
			var got testkit.ErrorLog
			opts.ErrorHandler = got.Handle
			second := peers(t, path, 1, opts)[0]
			put(t, second, "2\n")
			put(t, second, "3\n")
			must(t, second.Flush())
			if tt.told == "" {
				got.WantNone(t)
			} else {
				got.Want(t, tt.told)
			}
			wantContent(t, path, "1\n2\n3\n")
			must(t, first.Close())
			must(t, second.Close())
			put(t, peers(t, path, 1, opts)[0], "4\n") // who is alone now
			got.WantNone(t)
		})
	}
}

func TestSharedConflicts(t *testing.T) {
	dir := t.TempDir()
	for text, opts := range map[string]Options{"Rotator": {Rotator: os.Rename}, "Truncate": {Truncate: true}} {
		opts.Shared, opts.ErrorHandler = true, slogx.IgnoreErrors
		for _, size := range []int{0, 100} {
			opts.BufferSize = size
			if w, err := OpenWriter(filepath.Join(dir, "a"), &opts); w != nil || err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", text, err)
			}
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			if _, err := w.Write([]byte("x")); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", text, err)
			}
			must(t, w.Close())
		}
	}
	wantFiles(t, dir, map[string]string{})
}

// A file that somebody else has moved or deleted is made again, with the next record of any peer.
func TestSharedFileThatIsGone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	all := peers(t, path, 2, Options{MaxBytes: 1000, BackupCount: 2, Header: func() []byte { return []byte("header\n") }})
	put(t, all[0], "1\n")
	put(t, all[1], "2\n")
	must(t, os.Chmod(path, 0o644))
	must(t, os.Rename(path, path+".moved"))
	put(t, all[1], "3\n")
	put(t, all[0], "4\n")
	wantShared(t, dir, map[string]string{"a": "header\n3\n4\n", "a.moved": "header\n1\n2\n"})
	must(t, os.Remove(path))
	for i := range 50 { // however often
		put(t, all[i%2], "5\n")
		if got := read(t, path); got != "header\n5\n" || mode(t, path) != 0o644 {
			t.Errorf("%q, %v", got, mode(t, path))
		}
		must(t, os.Remove(path))
	}
	put(t, all[0], "6\n")
	must(t, os.Truncate(path, 0))
	put(t, all[1], "7\n") // which finds it empty
	wantShared(t, dir, map[string]string{"a": "header\n7\n", "a.moved": "header\n1\n2\n"})
}

// What a peer has left that died in the middle of a record is ended by the next record of another.
func TestSharedTornRecord(t *testing.T) {
	for name, size := range map[string]int{"unbuffered": 0, "buffered": 100} {
		for _, lines := range []bool{false, true} { // what is written surely are
			t.Run(fmt.Sprint(name, lines), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a")
				all := peers(t, path, 2, Options{BufferSize: size})
				write := func(w *Writer, record string) {
					w.lines = lines
					put(t, w, record)
					must(t, w.Flush())
				}
				write(all[0], "first\n")
				write(all[1], "second\n")
				f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
				must(t, err)
				defer f.Close()
				_, err = f.WriteString("thi")
				must(t, err)
				write(all[0], "fourth\n")
				write(all[1], "fifth\n")
				_, err = f.WriteString("sixth, whole\n")
				must(t, err)
				write(all[1], "seventh\n")
				write(all[0], "eighth\n")
				wantContent(t, path, "first\nsecond\nthi\nfourth\nfifth\nsixth, whole\nseventh\neighth\n")
			})
		}
	}
}

// Close of one leaves the others their lock, and the link.
func TestCloseOfAPeer(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(t.TempDir(), "link")
	all := peers(t, path, 3, Options{MaxBytes: 10, BackupCount: 1000, Symlink: link})
	for _, w := range all {
		put(t, w, "0 0\n")
	}
	must(t, all[0].Close())
	must(t, all[0].Close())
	must(t, os.Truncate(path, 0))
	inParallel(t, 2, func(worker int) {
		for n := range 100 {
			putNow(t, all[1+worker], fmt.Sprintf("%d %d\n", worker, n))
		}
	})
	must(t, all[1].Close())
	must(t, all[2].Close())
	files := withoutLock(t, dir)
	text := strings.TrimPrefix(numberedRecords(files), "0 0\n0 0\n")
	checkRecords(t, text, 2, 100)
	if target, err := os.Readlink(link); err != nil || filepath.Join(filepath.Dir(link), target) != path && target != path {
		t.Errorf("%q, %v", target, err)
	}
}

// Backups are compressed once, by whichever peer.
func TestSharedCompressor(t *testing.T) {
	dir := t.TempDir()
	all := peers(t, filepath.Join(dir, "a"), 3, Options{MaxBytes: 40, BackupCount: 100, Compressor: Gzip})
	inParallel(t, 3, func(worker int) {
		for n := range 30 {
			putNow(t, all[worker], fmt.Sprintf("%d %d\n", worker, n))
		}
	})
	var wg sync.WaitGroup
	compressed := 0
	for _, w := range all {
		wg.Go(func() { must(t, w.Close()) })
	}
	wg.Wait()
	for _, w := range all {
		compressed += int(w.Stats().Compressed)
	}
	files := withoutLock(t, dir)
	var text strings.Builder
	for i := len(files) - 1; i > 0; i-- {
		text.WriteString(gunzip(t, filepath.Join(dir, fmt.Sprintf("a.%d.gz", i))))
	}
	checkRecords(t, text.String()+files["a"], 3, 30)
	if compressed != len(files)-1 {
		t.Errorf("%d files, %d compressed", len(files), compressed)
	}
}
