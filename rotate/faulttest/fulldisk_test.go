//go:build linux

package faulttest

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// fullModes are the modes that a full disk is tried with.
var fullModes = []string{"size", "timedAndSize", "copyingRotator", "gzip", "headerAndSymlink", "buffer", "shared", "everything"}

// A disk of 1 MiB, nearly all of it taken by something else, gets full; then that is deleted.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("faulttest", dir, "tmpfs", 0, "size=1m"); err != nil {
		missing(t, "tmpfs cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error("unmount:", err)
			_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		}
	})
	for _, name := range fullModes {
		t.Run(name, func(t *testing.T) {
			m := modeOf(t, name)
			m.maxBytes = 8 << 10
			m.refused = true // all but the newline may have found room
			path := filepath.Join(dir, name)
			r := newRun(t, m, path, path)
			synctest.Test(t, func(t *testing.T) { r.fillAndFree(t, filepath.Join(dir, "ballast")) })
			if len(r.bad) > 0 {
				t.Error(r.story(nil))
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// modeOf returns the mode with this name.
func modeOf(t *testing.T, name string) mode {
	t.Helper()
	for _, m := range modes {
		if m.name == name {
			return m
		}
	}
	t.Fatal("no mode", name)
	return mode{}
}

func (r *run) fillAndFree(t *testing.T, ballast string) {
	const room, enough = 100 << 10, 300
	fill(t, ballast, room)
	r.open()
	for failed := 0; failed < enough && len(r.lines) < 10_000; {
		if r.log() != nil {
			failed++
		}
		time.Sleep(20 * time.Millisecond) // now and then what failed is tried again
	}
	failed := len(r.refusals())
	if failed < enough {
		r.wrong("the disk was not full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.resume()
	r.close()
	t.Logf("%d records, %d refused, %d rotations", len(r.lines), failed, r.rotations())
	if r.rotations() < 3 {
		r.wrong("%d rotations only", r.rotations())
	}
	r.faults = len(r.reported())
	r.checkAccounts()
	r.checkFiles(r.faults, false)
	if len(r.bad) == 0 {
		r.again()
		r.checkAccounts()
		r.checkFiles(r.faults, true)
	}
	r.checkClosed()
}

// fill writes a file that leaves so much room.
func fill(t *testing.T, path string, room int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := io.Copy(f, endless{}) // until the disk is full
	if err == nil || size < room {
		t.Fatalf("%d bytes, %v", size, err)
	}
	if err := f.Truncate(size - room); err != nil {
		t.Fatal(err)
	}
}

// endless is a reader of zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
