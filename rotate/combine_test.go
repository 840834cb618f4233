package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// inParallel runs f on several goroutines that start together, and fails if they take for ever.
func inParallel(t *testing.T, workers int, f func(worker int)) {
	t.Helper()
	within(t, 5*time.Minute, "this", func() {
		start := make(chan bool)
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				<-start
				f(worker)
			})
		}
		close(start)
		wg.Wait()
	})
}

// When Write returns the record is in the file, whole, whoever has written it.
func TestCombinedRecordIsInTheFileWhenWriteReturns(t *testing.T) {
	for name, opts := range map[string]Options{"plain": {}, "SyncEveryRecord": {Sync: SyncEveryRecord}, "Header": {Header: func() []byte { return []byte("header\n") }}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			w := newWriter(t, path, opts)
			inParallel(t, 8, func(worker int) {
				for n := range 60 {
					record := fmt.Sprintf("%d %d\n", worker, n)
					putNow(t, w, record)
					if all := "\n" + content(t, path); strings.Count(all, "\n"+record) != 1 {
						t.Errorf("%q is not there", record)
					}
				}
			})
			checkRecords(t, strings.TrimPrefix(read(t, path), "header\n"), 8, 60)
		})
	}
}

// Each file is as full as one writer alone makes it.
func TestCombinedRecordsAndRotation(t *testing.T) {
	const workers, records, maxBytes = 8, 200, 100
	for name, opts := range map[string]Options{
		"size": {}, "Header": {Header: func() []byte { return []byte("h\n") }}, "Namer": {Namer: func(name string) string { runtime.Gosched(); return name }},
		"a slow Header": {Header: func() []byte { runtime.Gosched(); return []byte("h\n") }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opts.MaxBytes, opts.BackupCount = maxBytes, workers*records
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			inParallel(t, workers, func(worker int) {
				for n := range records {
					putNow(t, w, fmt.Sprintf("%d %03d\n", worker, n))
				}
			})
			must(t, w.Close())
			files := listing(t, dir)
			checkRecords(t, strings.ReplaceAll(numberedRecords(files), "h\n", ""), workers, records)
			if name == "size" {
				for i := 1; i < len(files); i++ {
					if got := len(files[fmt.Sprintf("a.%d", i)]); got != maxBytes/6*6 {
						t.Errorf("a.%d has %d bytes", i, got)
					}
				}
			}
			s := w.Stats()
			checkBuffered(t, s, 0)
			if s.Written != workers*records || s.Bytes != workers*records*6 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Rotate meets records that rotate too, and Flush.
func TestRotateWhileOthersRotate(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 50, BackupCount: 2000})
	inParallel(t, 8, func(worker int) {
		for n := range 150 {
			putNow(t, w, fmt.Sprintf("%d %d\n", worker, n))
			switch {
			case worker == 0 && n%5 == 0:
				must(t, w.Rotate())
			case worker == 1 && n%5 == 0:
				must(t, w.Flush())
			}
		}
	})
	must(t, w.Close())
	checkRecords(t, numberedRecords(listing(t, dir)), 8, 150)
}

// Each record has an error of its own, and one report.
func TestCombinedRecordsThatFail(t *testing.T) {
	if !exists("/dev/full") {
		t.Skip("no /dev/full")
	}
	var got testkit.ErrorLog
	opts := Options{}
	opts.ErrorHandler = got.Handle
	w := newWriter(t, "/dev/full", opts)
	const workers, records = 8, 100
	inParallel(t, workers, func(int) {
		for range records {
			if n, err := io.WriteString(w, "record\n"); n != 0 || err == nil {
				t.Errorf("%d, %v", n, err)
			}
		}
	})
	if n := len(got.Take()); n != workers*records {
		t.Errorf("%d reports", n)
	}
	if s := w.Stats(); s != (Stats{Handled: workers * records, Failed: workers * records}) {
		t.Errorf("%+v", s)
	}
}

// Of records that meet Close some are written, and the others refused with ErrClosed.
func TestCombinedRecordsAndClose(t *testing.T) {
	for range 50 {
		path := filepath.Join(t.TempDir(), "a")
		opts := Options{}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := NewWriter(path, &opts)
		var written atomic.Int64
		inParallel(t, 5, func(worker int) {
			if worker == 0 {
				putNow(t, w, "record\n")
				written.Add(1)
				must(t, w.Close())
				return
			}
			for {
				_, err := io.WriteString(w, "record\n")
				if err != nil {
					if !errors.Is(err, slogx.ErrClosed) {
						t.Error(err)
					}
					return
				}
				written.Add(1)
			}
		})
		if got := strings.Count(read(t, path), "record\n"); int64(got) != written.Load() || w.Stats().Written != written.Load() || w.Stats().Failed != 4 {
			t.Fatalf("%d records, %d written, %+v", got, written.Load(), w.Stats())
		}
	}
}

// User code that logs does not wait for the group that is written.
func TestUserCodeThatLogsWithOthers(t *testing.T) {
	dir := t.TempDir()
	var w *Writer
	var calls, logged atomic.Int64
	log := func() {
		if calls.Add(1) < 50 {
			if _, err := io.WriteString(w, "user code\n"); err == nil { // the keeper may still be at it after Close
				logged.Add(1)
			}
		}
	}
	opts := Options{
		MaxBytes: 100, BackupCount: 2000, Header: func() []byte { log(); return nil }, OnRotate: func(string, string) { log() },
		Namer: func(name string) string { log(); return name },
	}
	opts.ErrorHandler = func(_ context.Context, _ slog.Record, err error) {
		if !errors.Is(err, slogx.ErrClosed) {
			t.Error(err)
		}
	}
	w = newWriter(t, filepath.Join(dir, "a"), opts)
	inParallel(t, 8, func(worker int) {
		for n := range 200 {
			putNow(t, w, fmt.Sprintf("%d %d\n", worker, n))
		}
	})
	must(t, w.Close())
	all := numberedRecords(listing(t, dir))
	if n := strings.Count(all, "user code\n"); n != int(logged.Load()) || n == 0 {
		t.Errorf("user code has logged %d times, %d are there", logged.Load(), n)
	}
	checkRecords(t, strings.ReplaceAll(all, "user code\n", ""), 8, 200)
}

// Groups are used again.
func TestCombinedAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	w := newWriter(t, os.DevNull, Options{})
	p := []byte("record\n")
	const workers, records = 4, 2000
	run := func() {
		inParallel(t, workers, func(int) {
			for range records {
				if _, err := w.Write(p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	run()
	if got := testing.AllocsPerRun(5, run); got > workers*records/50 {
		t.Errorf("%v allocations for %d records", got, workers*records)
	}
}
