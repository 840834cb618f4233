package rotate

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// putTogether has w write records together, and returns how many were written.
func putTogether(w *Writer, all ...string) (int, error) {
	var p []byte
	var ends []int
	for _, r := range all {
		p = append(p, r...)
		ends = append(ends, len(p))
	}
	return unreported{w}.WriteRecords(p, ends)
}

// Records that are written together end up in the files in which they would be if they were written one by one.
func TestWriteRecordsIsAsWrite(t *testing.T) {
	var all []string
	for n := range 128 {
		all = append(all, fmt.Sprint(n, strings.Repeat("x", n*n%37), "\n"))
	}
	all[50], all[51], all[127] = strings.Repeat("y", 300)+"\n", strings.Repeat("z", 300)+"\n", strings.Repeat("y", 300)+"\n"
	for name, opts := range map[string]Options{
		"plain":           {},
		"size":            {MaxBytes: 100, BackupCount: 300},
		"few backups":     {MaxBytes: 100, BackupCount: 3},
		"Header":          {MaxBytes: 150, BackupCount: 300, Header: func() []byte { return []byte("header\n") }},
		"SyncEveryRecord": {MaxBytes: 1000, BackupCount: 300, Sync: SyncEveryRecord},
		"Shared":          {MaxBytes: 500, BackupCount: 300, Shared: true},
		"by time, too":    {MaxBytes: 300, When: Monday, Location: time.UTC},
	} {
		for _, together := range []int{7, 1, 128} {
			if testing.Short() && together != 7 {
				continue
			}
			oneByOne, inBatches := t.TempDir(), t.TempDir()
			a, b := newWriter(t, filepath.Join(oneByOne, "a"), opts), newWriter(t, filepath.Join(inBatches, "a"), opts)
			for batch := range slices.Chunk(all, together) {
				for _, r := range batch {
					putNow(t, a, r)
				}
				if n, err := putTogether(b, batch...); n != len(batch) || err != nil {
					t.Fatalf("%s, %d together: %d, %v", name, together, n, err)
				}
			}
			must(t, a.Close())
			must(t, b.Close())
			want, got := listing(t, oneByOne), listing(t, inBatches)
			delete(want, "a.lock")
			delete(got, "a.lock")
			for file := range want {
				if got[file] != want[file] {
					t.Errorf("%s, %d together: %s has %q, want %q", name, together, file, got[file], want[file])
				}
			}
			counts := a.Stats()
			counts.Rotations = b.Stats().Rotations // how many backups of too many have been made before they go
			if len(got) != len(want) || b.Stats() != counts {
				t.Errorf("%s, %d together: %d files, want %d; %+v, want %+v", name, together, len(got), len(want), b.Stats(), counts)
			}
		}
	}
}

func TestWriteRecordsThatFail(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		w := newWriter(t, filepath.Join(t.TempDir(), "a"), Options{})
		must(t, w.Close())
		if n, err := putTogether(w, "1\n", "2\n"); n != 0 || !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("%d, %v", n, err)
		}
		if s := w.Stats(); s != (Stats{Handled: 2, Failed: 2}) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("invalid", func(t *testing.T) {
		w := newWriter(t, "", Options{})
		if n, err := putTogether(w, "1\n"); n != 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
	})
	t.Run("full", func(t *testing.T) {
		if !exists("/dev/full") {
			t.Skip("no /dev/full")
		}
		w := newWriter(t, "/dev/full", Options{}) // the report is left to the Handler
		if n, err := putTogether(w, "1\n", "2\n", "3\n"); n != 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
		if s := w.Stats(); s != (Stats{Handled: 3, Failed: 3}) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a Namer that panics", func(t *testing.T) {
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 10, BackupCount: 1, Namer: func(string) string { panic("Namer") }}
		opts.ErrorHandler = got.Handle
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, opts)
		if n, err := putTogether(w, "1234567\n", "2234567\n", "3234567\n"); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if got := read(t, path); got != "1234567\n2234567\n3234567\n" { // a rotation that fails costs no record
			t.Errorf("%q", got)
		}
		got.Want(t, "Namer")
	})
}

// With BufferSize records go into the buffer one by one, and what has no room there is written.
func TestWriteRecordsIntoABuffer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{BufferSize: 10, FlushInterval: time.Hour})
	large := strings.Repeat("x", 50) + "\n"
	if n, err := putTogether(w, "1234\n", "2234\n", "3234\n", large, "5234\n"); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got := read(t, path); got != "1234\n2234\n3234\n"+large {
		t.Errorf("%q", got)
	}
	checkBuffered(t, w.Stats(), 1)
	must(t, w.Drain())
	if got := read(t, path); got != "1234\n2234\n3234\n"+large+"5234\n" {
		t.Errorf("%q", got)
	}
	must(t, w.Close())
	if n, err := putTogether(w, "late\n"); n != 0 || !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("%d, %v", n, err)
	}
}

// Batches, single records, Rotate and Close at a time: every record that was said to be written is there, once.
func TestWriteRecordsWithOthers(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 200, BackupCount: 10_000})
	const workers, records = 8, 60
	inParallel(t, workers, func(worker int) {
		for n := 0; n < records; {
			if worker%2 == 0 {
				putNow(t, w, fmt.Sprintf("%d %d\n", worker, n))
				n++
				continue
			}
			var batch []string
			for range min(n%9+1, records-n) {
				batch = append(batch, fmt.Sprintf("%d %d\n", worker, n))
				n++
			}
			if written, err := putTogether(w, batch...); written != len(batch) || err != nil {
				t.Errorf("%d, %v", written, err)
			}
			if worker == 1 {
				must(t, w.Rotate())
			}
		}
	})
	must(t, w.Close())
	checkRecords(t, numberedRecords(listing(t, dir)), workers, records)
	checkBuffered(t, w.Stats(), 0)
}

func TestWriteRecordsMeetsClose(t *testing.T) {
	for range 50 {
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, Options{})
		var written atomic.Int64
		inParallel(t, 4, func(worker int) {
			for {
				n, err := putTogether(w, "record\n", "record\n", "record\n")
				if written.Add(int64(n)); err != nil {
					if !errors.Is(err, slogx.ErrClosed) {
						t.Error(err)
					}
					return
				}
				if worker == 0 {
					must(t, w.Close())
				}
				runtime.Gosched()
			}
		})
		if got := strings.Count(read(t, path), "record\n"); int64(got) != written.Load() || w.Stats().Written != written.Load() {
			t.Fatalf("%d records, %d written, %+v", got, written.Load(), w.Stats())
		}
	}
}

// Drain writes the buffer, of derived handlers, too; without a buffer it does nothing.
func TestDrain(t *testing.T) {
	dir := t.TempDir()
	var o slogx.Options
	o.ErrorHandler = testkit.NoErrors(t)
	h := NewHandler(filepath.Join(dir, "a"), &Options{Options: o, BufferSize: 1 << 20, FlushInterval: time.Hour})
	must(t, h.Drain()) // there is no file yet
	must(t, h.Handle(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, "1", 0)))
	must(t, h.WithGroup("g").(*Handler).Drain())
	if got := read(t, filepath.Join(dir, "a")); got != "level=INFO msg=1\n" {
		t.Errorf("%q", got)
	}
	must(t, h.Close())
	must(t, h.Drain())
	watched := NewWatchedHandler(filepath.Join(dir, "b"), &WatchedOptions{Options: o})
	must(t, watched.Handle(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, "1", 0)))
	must(t, watched.Drain())
	must(t, slogx.Drain(slogx.Fanout(watched, NewHandler(filepath.Join(dir, "c"), &Options{Options: o}))))
	must(t, watched.Close())
}
