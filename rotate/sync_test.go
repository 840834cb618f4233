package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever is committed to disk, and when: the files are the same.
func TestSyncPolicies(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncNever, SyncOnRotate, SyncEveryRecord} {
		for _, when := range []When{Never, Midnight} {
			for _, rotator := range []func(string, string) error{nil, os.Rename} {
				for _, size := range []int{0, 100} {
					t.Run(fmt.Sprintf("%d, %v, Rotator %v, BufferSize %d", policy, when, rotator != nil, size), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							dir := t.TempDir()
							w := newWriter(t, filepath.Join(dir, "a"), Options{
								Sync: policy, When: when, Location: time.UTC, MaxBytes: 1, BackupCount: 9, Rotator: rotator, BufferSize: size,
							})
							for i := range 3 {
								putNow(t, w, fmt.Sprint(i))
								must(t, w.Flush())
								w.wait()
							}
							must(t, w.Close())
							want := map[string]string{"a": "2", "a.1": "1", "a.2": "0"}
							if when != Never {
								want = map[string]string{"a": "2", "a.2000-01-01": "0", "a.2000-01-01.1": "1"}
							}
							wantFiles(t, dir, want)
							if s := w.Stats(); s.Written != 3 || s.Failed != 0 || s.Errors != 0 {
								t.Errorf("%+v", s)
							}
						})
					})
				}
			}
		}
	}
}

func TestSyncFileAndDir(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	create(t, path, "content")
	must(t, syncFile(path))
	must(t, syncDir(dir))
	if got := read(t, path); got != "content" {
		t.Errorf("%q", got)
	}
	if err := syncFile(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if exists(filepath.Join(dir, "missing")) {
		t.Error("syncFile makes a file")
	}
}
