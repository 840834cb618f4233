package rotate

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// numberedRecords is the content of all files of a Writer that rotates by size, the oldest first.
func numberedRecords(files map[string]string) string {
	var all strings.Builder
	for i := len(files) - 1; i > 0; i-- {
		all.WriteString(files[fmt.Sprintf("a.%d", i)])
	}
	return all.String() + files["a"]
}

// Several goroutines log, while others flush, rotate, reopen and count; one closes at last.
func TestConcurrentBuffer(t *testing.T) {
	const workers, records = 8, 2000
	for name, opts := range map[string]Options{
		"small":                 {BufferSize: 50, MaxBytes: 2000},
		"large":                 {BufferSize: 5000, MaxBytes: 2000},
		"smaller than a record": {BufferSize: 1, MaxBytes: 5000},
		"Header":                {BufferSize: 300, MaxBytes: 2000, Header: func() []byte { return []byte("header\n") }},
		"Namer":                 {BufferSize: 300, MaxBytes: 2000, Namer: func(name string) string { return name }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opts.BackupCount, opts.FlushInterval = 3000, time.Millisecond
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			var writers, others sync.WaitGroup
			for worker := range workers {
				writers.Go(func() {
					for n := range records {
						if _, err := fmt.Fprintf(w, "%d %d\n", worker, n); err != nil {
							t.Error(err)
						}
					}
				})
			}
			stop := make(chan bool)
			for what, do := range map[string]func() error{
				"Flush": w.Flush, "Reopen": w.Reopen, "Rotate": w.Rotate,
				"Stats": func() error {
					if s := w.Stats(); s.Handled != s.Written+s.Failed+s.Buffered || s.Failed != 0 || s.Buffered < 0 {
						t.Errorf("%+v", s)
					}
					return nil
				},
			} {
				others.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						case <-time.After(time.Millisecond):
						}
						if err := do(); err != nil {
							t.Errorf("%s: %v", what, err)
						}
					}
				})
			}
			writers.Wait()
			close(stop)
			others.Wait()
			must(t, w.Close())
			checkRecords(t, strings.ReplaceAll(numberedRecords(listing(t, dir)), "header\n", ""), workers, records)
			checkBuffered(t, w.Stats(), 0)
			if s := w.Stats(); s.Written != workers*records {
				t.Errorf("%+v", s)
			}
		})
	}
}

// What was accepted before Close is in the files, whoever flushes, rotates or reopens meanwhile.
func TestConcurrentBufferAndClose(t *testing.T) {
	for range 30 {
		dir := t.TempDir()
		opts := Options{BufferSize: 100, MaxBytes: 500, BackupCount: 3000, FlushInterval: time.Millisecond}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := NewWriter(filepath.Join(dir, "a"), &opts)
		var accepted [4]int
		var wg sync.WaitGroup
		for worker := range accepted {
			wg.Go(func() {
				for accepted[worker] = 0; ; accepted[worker]++ {
					if _, err := fmt.Fprintf(w, "%d %d\n", worker, accepted[worker]); err != nil {
						return
					}
				}
			})
		}
		wg.Go(func() { _ = w.Flush() })
		wg.Go(func() { _ = w.Rotate() })
		wg.Go(func() { _ = w.Reopen() })
		for range 2 {
			wg.Go(func() { must(t, w.Close()) })
		}
		wg.Wait()
		all := numberedRecords(listing(t, dir))
		want := 0
		for _, n := range accepted {
			want += n
		}
		if got := strings.Count(all, "\n"); got != want || w.Stats().Written != int64(want) {
			t.Fatalf("%d lines, %d accepted, %+v", got, want, w.Stats())
		}
	}
}
