package rotate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// checkRecords checks that text has the lines "worker number" of all workers exactly once each and in order.
func checkRecords(t *testing.T, text string, workers, records int) {
	t.Helper()
	next := make([]int, workers)
	for line := range strings.Lines(text) {
		var worker, n int
		if _, err := fmt.Sscanf(line, "%d %d\n", &worker, &n); err != nil || worker >= workers {
			t.Fatalf("%q: %v", line, err)
		}
		if next[worker] != n {
			t.Fatalf("%d: record %d after %d", worker, n, next[worker]-1)
		}
		next[worker]++
	}
	for worker, n := range next {
		if n != records {
			t.Errorf("%d: %d records", worker, n)
		}
	}
}

func TestConcurrentSizeRotation(t *testing.T) {
	const workers, records, maxBytes, count = 8, 1000, 1024, 200
	for name, rotator := range map[string]func(string, string) error{"rename": nil, "Rotator": os.Rename} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: maxBytes, BackupCount: count, Rotator: rotator})
			var wg sync.WaitGroup
			for worker := range workers {
				wg.Go(func() {
					for n := range records {
						if _, err := fmt.Fprintf(w, "%d %d\n", worker, n); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			must(t, w.Close())
			var all strings.Builder
			files := listing(t, dir)
			for i := count; i > 0; i-- {
				all.WriteString(files[fmt.Sprintf("a.%d", i)])
			}
			all.WriteString(files["a"])
			checkRecords(t, all.String(), workers, records)
			for name, content := range files {
				if len(content) >= maxBytes && rotator == nil {
					t.Errorf("%s has %d bytes", name, len(content))
				}
			}
			if s := w.Stats(); s.Written != workers*records || s.Bytes != int64(all.Len()) || int(s.Rotations) != len(files)-1 {
				t.Errorf("%+v, %d files", s, len(files))
			}
		})
	}
}

func TestConcurrentTimedRotation(t *testing.T) {
	const workers, records = 8, 400
	for name, opts := range map[string]Options{
		"time": {}, "time and size": {MaxBytes: 500}, "Rotator and Namer": {
			MaxBytes: 500, Rotator: os.Rename, Namer: func(name string) string { return name + ".x" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts.When, opts.Location = Second, time.UTC
				w := newWriter(t, filepath.Join(t.TempDir(), "a"), opts)
				var wg sync.WaitGroup
				for worker := range workers {
					wg.Go(func() {
						r := rand.New(rand.NewPCG(uint64(worker), 0))
						for n := range records {
							if _, err := fmt.Fprintf(w, "%d %d\n", worker, n); err != nil {
								t.Error(err)
							}
							time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
						}
					})
				}
				wg.Wait()
				must(t, w.Close())
				checkRecords(t, concatenate(t, w), workers, records)
				if s := w.Stats(); s.Rotations < 3 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// While user code runs, whose time others use, nothing is written twice.
func TestConcurrentRotationWithSlowUserCode(t *testing.T) {
	const workers, records = 8, 300
	for name, opts := range map[string]Options{
		"Header": {Header: func() []byte { return slowly([]byte("header\n")) }},
		"Namer":  {Namer: func(name string) string { return slowly(name) }},
		"both and a Rotator": {
			Header: func() []byte { return slowly([]byte("header\n")) }, Rotator: func(source, dest string) error { return slowly(os.Rename(source, dest)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			opts.MaxBytes, opts.BackupCount = 2000, 100
			dir := t.TempDir()
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			var wg sync.WaitGroup
			for worker := range workers {
				wg.Go(func() {
					for n := range records {
						putNow(t, w, fmt.Sprintf("%d %d\n", worker, n))
					}
				})
			}
			wg.Wait()
			must(t, w.Close())
			var all strings.Builder
			files := listing(t, dir)
			for i := len(files) - 1; i > 0; i-- {
				all.WriteString(files[fmt.Sprintf("a.%d", i)])
			}
			all.WriteString(files["a"])
			checkRecords(t, strings.ReplaceAll(all.String(), "header\n", ""), workers, records)
			if s := w.Stats(); s.Written != workers*records || s.Errors != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// slowly lets others run before it answers.
func slowly[T any](answer T) T {
	for range 100 {
		runtime.Gosched()
	}
	return answer
}

// Two Writers on one file do not corrupt each other's lines, and what one has rotated the other leaves. (Which of their
// backups overwrites which is a matter for one of them alone.)
func TestTwoWritersOnOneFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("wine, where these tests run, finds the end of a file and writes there in two steps")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	lines := map[string]bool{}
	var wg sync.WaitGroup
	const records = 2000
	for worker := range 2 {
		w := newWriter(t, path, Options{})
		for n := range records {
			lines[fmt.Sprintf("%d %d\n", worker, n)] = true
		}
		wg.Go(func() {
			for n := range records {
				if _, err := fmt.Fprintf(w, "%d %d\n", worker, n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := map[string]bool{}
	for line := range strings.Lines(read(t, path)) {
		got[line] = true
	}
	if !maps.Equal(got, lines) {
		t.Errorf("%d lines, want %d", len(got), len(lines))
	}
}

// However due and the timer meet, presence is never left without looks and without a timer that brings some.
func TestPresenceIsAlwaysRefilled(t *testing.T) {
	const rounds = 50_000
	var p presence
	p.timer = time.AfterFunc(time.Hour, func() {})
	defer p.stop()
	var turn, done atomic.Int32
	go func() {
		for i := int32(1); i <= rounds; i++ {
			for turn.Load() < i {
				runtime.Gosched()
			}
			p.refill() // as if the timer had fired
			done.Store(i)
		}
	}()
	lost := 0
	// Where the two do not run at the same time a round takes as long as the system lets one of them spin.
	for i, began := int32(1), time.Now(); i <= rounds && time.Since(began) < 10*time.Second; i++ {
		p.looks.Store(1 + i%3)
		p.running.Store(true)
		for turn.Store(i); done.Load() < i; runtime.Gosched() {
			p.due()
		}
		if p.looks.Load() == 0 && !p.running.Load() {
			lost++
		}
	}
	for turn.Store(rounds); done.Load() < rounds; {
		runtime.Gosched()
	}
	if lost > 0 {
		t.Errorf("in %d of %d rounds nobody will ever look again", lost, rounds)
	}
}
