package rotate

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// unsyncable is a file that takes every write and cannot be committed to any disk: the name of this program's first
// thread, which is given back in the end.
func unsyncable(t *testing.T) string {
	const path = "/proc/self/comm"
	before := read(t, path)
	t.Cleanup(func() { create(t, path, strings.TrimSpace(before)) })
	return path
}

// With SyncEveryRecord a record that was written is an error if it was not committed; without, nobody asks.
func TestSyncThatFails(t *testing.T) {
	path := unsyncable(t)
	for policy, fails := range map[SyncPolicy]bool{SyncNever: false, SyncOnRotate: false, SyncEveryRecord: true} {
		var got testkit.ErrorLog
		opts := Options{Sync: policy}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		n, err := w.Write([]byte("record"))
		if n != 6 || errors.Is(err, syscall.EINVAL) != fails {
			t.Errorf("%v: Write = %d, %v", policy, n, err)
		}
		if errs := got.Take(); (len(errs) == 1) != fails {
			t.Errorf("%v: reported %q", policy, errs)
		}
		if err := w.Flush(); !errors.Is(err, syscall.EINVAL) { // which always asks
			t.Errorf("%v: Flush: %v", policy, err)
		}
		s := w.Stats()
		if checkStats(t, s); (s.Failed == 1) != fails {
			t.Errorf("%+v", s)
		}
	}
}

// The same of records in a buffer: it is reported, and they are not written again.
func TestSyncOfABufferThatFails(t *testing.T) {
	path := unsyncable(t)
	var got testkit.ErrorLog
	opts := Options{Sync: SyncEveryRecord, BufferSize: 100}
	opts.ErrorHandler = got.Handle
	w := newWriter(t, path, opts)
	putNow(t, w, "record")
	must(t, w.Drain())
	if errs := got.Take(); len(errs) != 1 || !errors.Is(errs[0], syscall.EINVAL) {
		t.Errorf("%q", errs)
	}
	if s := w.Stats(); s.Written != 1 || s.Buffered != 0 || s.Errors != 1 {
		t.Errorf("%+v", s)
	}
	must(t, w.Close())
}

// A file that cannot be committed does not become a backup.
func TestSyncOfABackupThatFails(t *testing.T) {
	w := newWriter(t, filepath.Join(t.TempDir(), "a"), Options{BackupCount: 1, Sync: SyncOnRotate})
	if err := w.archiveAll([]asideFile{{path: unsyncable(t)}}); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	w.config.Sync = SyncNever // the renaming fails next
	if err := w.archiveAll([]asideFile{{path: unsyncable(t)}}); err == nil || errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
}
