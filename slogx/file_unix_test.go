//go:build unix

package slogx_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func setUmask(t *testing.T, mask int) {
	old := syscall.Umask(mask) // of the process: no parallel tests here
	t.Cleanup(func() { syscall.Umask(old) })
}

func modeOf(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestFilePerm(t *testing.T) {
	for _, tt := range []struct {
		umask                    int
		perm, dirPerm, want, dir fs.FileMode
	}{
		{0o022, 0, 0, 0o600, 0o700},
		{0, 0, 0, 0o600, 0o700},
		{0o077, 0o644, 0o755, 0o644, 0o700}, // Perm is exact, DirPerm what the umask leaves
		{0o022, 0o664, 0o775, 0o664, 0o755},
		{0o027, 0o400, 0o750, 0o400, 0o750},
	} {
		dir := t.TempDir()
		setUmask(t, tt.umask)
		h, _ := newFile(t, filepath.Join(dir, "a", "b", "log"), slogx.FileOptions{Perm: tt.perm, DirPerm: tt.dirPerm})
		handle(t, h, "m")
		if got := modeOf(t, h.Name()); got != tt.want {
			t.Errorf("umask %o, Perm %o: the file has %o, want %o", tt.umask, tt.perm, got, tt.want)
		}
		for _, d := range []string{"a", "a/b"} {
			if got := modeOf(t, filepath.Join(dir, d)); got != tt.dir {
				t.Errorf("umask %o, DirPerm %o: %s has %o, want %o", tt.umask, tt.dirPerm, d, got, tt.dir)
			}
		}
	}
}

// TestFilePermOfExisting: the mode of a file that is there already is its owner's business.
func TestFilePermOfExisting(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, truncate := range []bool{false, true} {
		h, _ := newFile(t, name, slogx.FileOptions{Perm: 0o600, Truncate: truncate})
		handle(t, h, "m")
		if got := modeOf(t, name); got != 0o640 {
			t.Errorf("the mode became %o", got)
		}
	}
}

func TestFileSymlink(t *testing.T) {
	for _, dangling := range []bool{false, true} {
		dir := t.TempDir()
		target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
		if !dangling {
			if err := os.WriteFile(target, []byte("precious\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		h, errs := newFile(t, link, slogx.FileOptions{Truncate: true})
		if err := h.Handle(t.Context(), record("m")); err == nil || !strings.Contains(err.Error(), "FollowSymlink") {
			t.Errorf("a symbolic link: %v", err)
		}
		oneError(t, errs.Take(), nil)
		if _, err := slogx.OpenFileHandler(link, nil); err == nil {
			t.Error("OpenFileHandler followed a symbolic link")
		}
		if dangling {
			if exists(t, target) {
				t.Error("the target was made")
			}
		} else if got := readFile(t, target); got != "precious\n" {
			t.Errorf("the target holds %q", got)
		}

		follow, _ := newFile(t, link, slogx.FileOptions{FollowSymlink: true})
		handle(t, follow, "m")
		if got := readFile(t, target); !strings.HasSuffix(got, "level=INFO msg=m\n") || strings.HasPrefix(got, "precious") == dangling {
			t.Errorf("the target holds %q", got)
		}

		if err := os.Remove(link); err != nil { // and now what h met is gone
			t.Fatal(err)
		}
		handle(t, h, "m")
		if got := readFile(t, link); got != "level=INFO msg=m\n" {
			t.Errorf("the file in place of the link holds %q", got)
		}
	}
	// A link in the middle of the path is not refused.
	dir := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "d")); err != nil {
		t.Fatal(err)
	}
	h, _ := newFile(t, filepath.Join(dir, "d", "log"), slogx.FileOptions{})
	handle(t, h, "m")
}

// TestFileFull: a full disk is an error of each record, and nothing else.
func TestFileFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /dev/full")
	}
	h, errs := newFile(t, "/dev/full", slogx.FileOptions{Truncate: true})
	for range 3 {
		if err := h.Handle(t.Context(), record("m")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Handle: %v", err)
		}
		oneError(t, errs.Take(), syscall.ENOSPC)
	}
	if err := slogx.Close(h); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestFileOvercomesFull: a file size limit tears a record; when there is room again, the next has a line of its own.
func TestFileOvercomesFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("for Linux")
	}
	h, errs := newFile(t, filepath.Join(t.TempDir(), "log"), slogx.FileOptions{})
	handle(t, h, "first")
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := old
	limit.Cur = uint64(len("level=INFO msg=first\n") + 5)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	err, err2 := h.Handle(t.Context(), record("torn")), h.Handle(t.Context(), record("lost"))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) || !errors.Is(err2, syscall.EFBIG) || len(errs.Take()) != 2 {
		t.Errorf("at the limit: %v, %v", err, err2)
	}
	handle(t, h, "last")
	if got, want := readFile(t, h.Name()), "level=INFO msg=first\nlevel\nlevel=INFO msg=last\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFilePipe: a FIFO works, and nobody at its other end is an error, not a wait without end.
func TestFilePipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	r, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := newFile(t, name, slogx.FileOptions{Truncate: true})
	testkit.Within(t, func() {
		handle(t, h, "m")
		buf := make([]byte, 100)
		if n, err := r.Read(buf); err != nil || string(buf[:n]) != "level=INFO msg=m\n" {
			t.Errorf("read %q, %v", buf[:n], err)
		}
		if err := slogx.Close(h); err != nil {
			t.Error(err)
		}
	})
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
