//go:build unix

package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// lumberjack 56, 205, 219.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	for i := range 20 {
		h := NewHandler(filepath.Join(t.TempDir(), "a"), &Options{MaxBytes: 10, BackupCount: 2, When: Second})
		slog.New(h).Info("m")
		slog.New(h).Info("m")
		must(t, h.Close())
		if i == 0 {
			wh := NewWatchedHandler(filepath.Join(t.TempDir(), "a"), nil)
			slog.New(wh).Info("m")
			must(t, wh.Close())
		}
	}
	if err := testkit.Leaks(ignore); err != nil {
		t.Error(err)
	}
}

// lumberjack 121: a deleted file comes back with the next record of a slow writer, and soon with those of a fast one.
func TestDeletedFileIsMadeAgain(t *testing.T) {
	for name, opts := range map[string]Options{
		"plain": {}, "size": {MaxBytes: 1 << 20, BackupCount: 1}, "time": {When: Midnight}, "Rotator": {When: Midnight, Rotator: os.Rename},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			w := newWriter(t, path, opts)
			for i := range 5 {
				record := fmt.Sprintln(i)
				put(t, w, record)
				if got := read(t, path); got != record {
					t.Errorf("%q", got)
				}
				must(t, os.Remove(path))
			}
			if s := w.Stats(); s.Reopened != 4 {
				t.Errorf("%+v", s)
			}
			for range 100 {
				put(t, w, "fast\n")
			}
			for range 3 {
				_ = os.Remove(path)
				testkit.Eventually(t, "the file is back", func() bool {
					put(t, w, "fast\n")
					put(t, w, "fast\n")
					return exists(path)
				})
			}
		})
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	return info.Mode().Perm()
}

// lumberjack 164, caddy 6295 and 7613.
func TestModes(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077, 0o177} {
		for _, tt := range []struct{ perm, want fs.FileMode }{{0, 0o600}, {0o644, 0o644}, {0o640, 0o640}, {0o666, 0o666}, {0o400, 0o400}} {
			for _, rotator := range []func(string, string) error{nil, os.Rename} {
				func() {
					defer syscall.Umask(syscall.Umask(umask))
					dir := t.TempDir()
					path := filepath.Join(dir, "new", "dirs", "a")
					must(t, os.Chmod(dir, 0o755))
					w := newWriter(t, path, Options{MaxBytes: 1, BackupCount: 3, Perm: tt.perm, Rotator: rotator})
					put(t, w, "1")
					put(t, w, "2")
					must(t, os.Remove(path))
					put(t, w, "3")
					must(t, w.Rotate())
					must(t, w.Close())
					for _, name := range []string{path, path + ".1", path + ".2"} {
						if got := mode(t, name); got != tt.want {
							t.Errorf("umask %o, Perm %o: %s has %o", umask, tt.perm, filepath.Base(name), got)
						}
					}
					if a, b := mode(t, filepath.Dir(path)), mode(t, filepath.Join(dir, "new")); a != 0o700&^fs.FileMode(umask) || b != a {
						t.Errorf("umask %o: directories have %o, %o", umask, a, b)
					}
				}()
			}
		}
	}
}

// What the administrator has made of the mode the next file keeps, be it after a rotation, a move or a deletion.
func TestModeOfTheAdministratorIsKept(t *testing.T) {
	for _, rotator := range []func(string, string) error{nil, os.Rename} {
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, Options{MaxBytes: 100, BackupCount: 3, Rotator: rotator})
		put(t, w, "1")
		must(t, os.Chmod(path, 0o664))
		for what, gone := range map[string]func() error{
			"Rotate": w.Rotate,
			"size":   func() error { put(t, w, strings.Repeat("x", 200)); return nil },
			"delete": func() error { return os.Remove(path) },
			"move":   func() error { return errors.Join(os.Rename(path, path+".moved"), w.Reopen()) },
		} {
			must(t, gone())
			put(t, w, "2")
			if got := mode(t, path); got != 0o664 {
				t.Errorf("after %s: %o", what, got)
			}
		}
	}
}

// A directory that vanishes is not made again, for it may be a file system that is not mounted now. Until it is back
// each record is an error.
func TestDirectoryIsRemovedAndComesBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	path := filepath.Join(dir, "a")
	var got testkit.ErrorLog
	opts := Options{MaxBytes: 1000, BackupCount: 1, When: Midnight, Perm: 0o640}
	opts.ErrorHandler = got.Handle
	w := newWriter(t, path, opts)
	put(t, w, "1")
	must(t, os.RemoveAll(dir))
	for range 50 {
		if _, err := w.Write([]byte("lost")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
	}
	if n := len(got.Take()); n != 50 {
		t.Errorf("%d errors reported", n)
	}
	must(t, os.Mkdir(dir, 0o700))
	put(t, w, "2")
	wantFiles(t, dir, map[string]string{"a": "2"})
	got.WantNone(t)
	if s := w.Stats(); s.Written != 2 || s.Failed != 50 {
		t.Errorf("%+v", s)
	}
}

// A directory that was moved away goes on to have the records, and that is reported, but not for each.
func TestDirectoryIsMovedAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent := t.TempDir()
		dir, moved := filepath.Join(parent, "logs"), filepath.Join(parent, "moved")
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 4, BackupCount: 1}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, filepath.Join(dir, "a"), opts)
		put(t, w, "1")
		must(t, os.Rename(dir, moved))
		for range 8 {
			put(t, w, "2")
		}
		got.Want(t, "is gone")
		wantFiles(t, moved, map[string]string{"a": "122222222"})
		must(t, os.Mkdir(dir, 0o700))
		put(t, w, "3")
		wantFiles(t, dir, map[string]string{"a": "3"})
		got.WantNone(t)
	})
}

// SIGHUP: what logrotate has moved is complete, and the next record is in the new file.
func TestMoveAndReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	h := NewHandler(path, &Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t), Format: messageOnly}})
	slog.New(h).Info("1")
	must(t, os.Rename(path, path+".old"))
	must(t, h.Reopen())
	slog.New(h).Info("2")
	must(t, h.Close())
	wantFiles(t, dir, map[string]string{"a": "2\n", "a.old": "1\n"})
}

// CVE-2024-45339: no link is followed unless that is asked for; what it points at is not touched.
func TestSymlinksAreRefused(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "a"), filepath.Join(dir, "target")
	create(t, target, "precious")
	for _, to := range []string{target, "dangling", "a"} {
		must(t, os.Symlink(to, path))
		opts := &Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, MaxBytes: 1, BackupCount: 1, Truncate: true}
		if _, err := Open(path, opts); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("%s: %v", to, err)
		}
		w := newWriter(t, path, *opts)
		if _, err := w.Write([]byte("x")); err == nil {
			t.Errorf("%s: no error", to)
		}
		must(t, os.Remove(path))
		put(t, w, "x") // the cause is gone
		must(t, os.Remove(path))
	}
	wantFiles(t, dir, map[string]string{"target": "precious"})
}

// A link that is put in the place of the file at run time is neither written through nor rotated.
func TestSymlinkInPlaceOfTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path, target := filepath.Join(dir, "a"), filepath.Join(dir, "target")
		create(t, target, "precious")
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 4, BackupCount: 2}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		put(t, w, "1")
		must(t, os.Rename(path, path+".moved"))
		must(t, os.Symlink(target, path))
		for range 6 {
			put(t, w, "2")
		}
		got.Want(t, "symbolic link")
		if err := os.Remove(path + ".moved"); err != nil {
			t.Error(err)
		}
		if _, err := w.Write([]byte("nowhere")); err == nil {
			t.Error("no error")
		}
		got.Want(t, "symbolic link")
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 || read(t, target) != "precious" || len(names(t, dir)) != 2 {
			t.Errorf("%q", listing(t, dir))
		}
		must(t, os.Remove(path))
		put(t, w, "3")
		wantFiles(t, dir, map[string]string{"a": "3", "target": "precious"})
	})
}

func TestFollowSymlink(t *testing.T) {
	for name, existing := range map[string]bool{"existing": true, "dangling": false} {
		t.Run(name, func(t *testing.T) {
			defer syscall.Umask(syscall.Umask(0o077))
			dir := t.TempDir()
			path, target := filepath.Join(dir, "a"), filepath.Join(dir, "target")
			if existing {
				create(t, target, "old ")
				must(t, os.Chmod(target, 0o644))
			}
			must(t, os.Symlink("target", path))
			w := newWriter(t, path, Options{FollowSymlink: true, MaxBytes: 1, BackupCount: 2, When: Second, Perm: 0o644})
			put(t, w, "1")
			w.rollAt = time.Time{}
			put(t, w, "2")
			must(t, w.Rotate())
			put(t, w, "3")
			want := "123"
			if existing {
				want = "old 123"
			}
			wantFiles(t, dir, map[string]string{"a": want, "target": want})
			if info, _ := os.Lstat(path); info.Mode()&fs.ModeSymlink == 0 {
				t.Error("the link was replaced")
			}
			if got := mode(t, target); got != 0o644 {
				t.Errorf("mode %o", got)
			}
			if s := w.Stats(); s.Rotations != 0 || s.Errors != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "a")
	must(t, os.Symlink(filepath.Join("missing", "target"), path))
	if _, err := Open(path, &Options{FollowSymlink: true}); err == nil {
		t.Error("a directory was made for the target of a link")
	}
}

// Without its parent being a directory no backup can be made: the records go on.
func TestRotationThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		create(t, filepath.Join(dir, "file"), "")
		ok := false
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 2, BackupCount: 2, Namer: func(name string) string {
			if ok {
				return name
			}
			return filepath.Join(dir, "file", filepath.Base(name))
		}}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		for range 20 {
			put(t, w, "x")
		}
		got.Want(t, "not a directory")
		if s := w.Stats(); s != (Stats{Handled: 20, Written: 20, Bytes: 20, Errors: 1}) {
			t.Errorf("%+v", s)
		}
		ok = true
		must(t, w.Rotate())
		wantFiles(t, dir, map[string]string{"file": "", "a": "", "a.1": strings.Repeat("x", 20)})
	})
}
