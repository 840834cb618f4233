package filelock

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// exclusions: what one holds of region 1, and what another gets.
var exclusions = []struct {
	name   string
	held   Mode
	region int64
	mode   Mode
	want   bool
}{
	{"exclusive, exclusive", Exclusive, 1, Exclusive, false},
	{"exclusive, shared", Exclusive, 1, Shared, false},
	{"shared, exclusive", Shared, 1, Exclusive, false},
	{"shared, shared", Shared, 1, Shared, true},
	{"the region before", Exclusive, 0, Exclusive, true},
	{"the region behind", Exclusive, 2, Exclusive, true},
	{"the last region", Exclusive, base - 1, Exclusive, true},
}

func TestFiles(t *testing.T) {
	ownLocks(t)
	for _, tt := range exclusions {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			a, b := open(t, path), open(t, path)
			want(t, a, 1, tt.held, true)
			want(t, b, tt.region, tt.mode, tt.want)
			must(t, b.Unlock(tt.region))
			want(t, a, 1, tt.held, true)
			must(t, a.Unlock(1))
			want(t, b, tt.region, tt.mode, true)
			want(t, b, 1, Exclusive, true)
			must(t, b.Close())
			want(t, a, 1, Exclusive, true)
		})
	}
}

func TestProcesses(t *testing.T) {
	for _, tt := range exclusions {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			f := open(t, path)
			holder := hold(t, path, 1, tt.held)
			want(t, f, tt.region, tt.mode, tt.want)
			holder.finish()
			want(t, f, 1, Exclusive, true)
		})
	}
}

func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f := open(t, path)
	holder := hold(t, path, 0, Exclusive)
	want(t, f, 0, Shared, false)
	holder.kill()
	must(t, f.Lock(0, Exclusive, patience)) // Windows does not promise it at once
}

// What was asked for last holds, once.
func TestConversion(t *testing.T) {
	ownLocks(t)
	tests := []struct {
		name              string
		modes             []Mode
		shared, exclusive bool // what another gets
	}{
		{"down", []Mode{Exclusive, Shared}, true, false},
		{"up", []Mode{Shared, Exclusive}, false, false},
		{"exclusive twice", []Mode{Exclusive, Exclusive}, false, false},
		{"shared twice", []Mode{Shared, Shared}, true, false},
		{"up and down", []Mode{Shared, Exclusive, Shared}, true, false},
		{"down and up", []Mode{Exclusive, Shared, Exclusive}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			a, b := open(t, path), open(t, path)
			for _, mode := range tt.modes {
				want(t, a, 0, mode, true)
			}
			want(t, b, 0, Shared, tt.shared)
			must(t, b.Unlock(0))
			want(t, b, 0, Exclusive, tt.exclusive)
			must(t, a.Unlock(0))
			must(t, a.Unlock(0)) // does not hold it: no error
			want(t, b, 0, Exclusive, true)
		})
	}
}

// Who cannot have a shared region alone loses its share: the other one, who wants the same, gets it.
func TestFailedConversion(t *testing.T) {
	ownLocks(t)
	path := filepath.Join(t.TempDir(), "lock")
	a, b := open(t, path), open(t, path)
	want(t, a, 0, Shared, true)
	want(t, b, 0, Shared, true)
	want(t, a, 0, Exclusive, false)
	want(t, b, 0, Exclusive, true)
	want(t, a, 0, Shared, false)
}

// Who shares and wants the region alone does not wait for another who does so too.
func TestBothConvert(t *testing.T) {
	ownLocks(t)
	path := filepath.Join(t.TempDir(), "lock")
	files := []*File{open(t, path), open(t, path)}
	for _, f := range files {
		want(t, f, 0, Shared, true)
	}
	errs := make(chan error)
	for _, f := range files {
		go func() { errs <- errors.Join(f.Lock(0, Exclusive, patience), f.Unlock(0)) }()
	}
	for range files {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestTimeout(t *testing.T) {
	ownLocks(t)
	path := filepath.Join(t.TempDir(), "lock")
	a, b := open(t, path), open(t, path)
	want(t, a, 0, Exclusive, true)
	for _, timeout := range []time.Duration{-1, 0, 1, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			err := b.Lock(0, Shared, timeout)
			if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v: %v", timeout, err)
			}
			if took := time.Since(began); took != max(timeout, 0) {
				t.Errorf("%v: gave up after %v", timeout, took)
			}
		})
	}
}

// Who waits gets what another gives up, soon.
func TestWaiting(t *testing.T) {
	ownLocks(t)
	path := filepath.Join(t.TempDir(), "lock")
	a, b := open(t, path), open(t, path)
	want(t, a, 0, Exclusive, true)
	synctest.Test(t, func(t *testing.T) {
		const held = time.Second
		began := time.Now()
		time.AfterFunc(held, func() { must(t, a.Unlock(0)) })
		must(t, b.Lock(0, Exclusive, patience))
		if took := time.Since(began); took < held || took > held+longest {
			t.Errorf("after %v", took)
		}
	})
}

func TestClosed(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "lock"))
	must(t, f.Close())
	if ok, err := f.Try(0, Shared); ok || !errors.Is(err, os.ErrClosed) {
		t.Error(ok, err)
	}
	_, err := f.Read()
	for _, err := range []error{err, f.Lock(0, Shared, patience), f.Replace(nil), f.Close()} {
		if !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	}
	must(t, f.Unlock(0))
}

// total checks that nobody's additions were lost.
func total(t *testing.T, path string, want uint64) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	if got := binary.LittleEndian.Uint64(b); got != want {
		t.Errorf("counted to %d, want %d", got, want)
	}
}

const (
	counters = 4
	each     = 2000
)

func TestManyProcesses(t *testing.T) {
	dir := t.TempDir()
	counter := filepath.Join(dir, "counter")
	must(t, os.WriteFile(counter, make([]byte, 8), 0o600))
	var all []*process
	for range counters {
		all = append(all, start(t, "count", filepath.Join(dir, "lock"), counter, strconv.Itoa(each)))
	}
	for _, p := range all {
		must(t, p.stdin.Close())
	}
	for _, p := range all {
		must(t, p.cmd.Wait())
	}
	total(t, counter, counters*each)
}

func TestManyFiles(t *testing.T) {
	ownLocks(t)
	dir := t.TempDir()
	counter := filepath.Join(dir, "counter")
	must(t, os.WriteFile(counter, make([]byte, 8), 0o600))
	errs := make(chan error)
	for range counters {
		f := open(t, filepath.Join(dir, "lock"))
		go func() { errs <- count(f, counter, each) }()
	}
	for range counters {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	total(t, counter, counters*each)
}

func BenchmarkLock(b *testing.B) {
	f := open(b, filepath.Join(b.TempDir(), "lock"))
	for b.Loop() {
		if err := f.Lock(0, Exclusive, patience); err != nil { // must would take longer
			b.Fatal(err)
		}
		if err := f.Unlock(0); err != nil {
			b.Fatal(err)
		}
	}
}
