package rotate

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// A file that may be written and not read is written: nobody can know how it ends. One that may only be read is refused.
func TestTornTailAndPermissions(t *testing.T) {
	for _, tt := range []struct {
		perm fs.FileMode
		want string // "": refused
	}{{0o600, "whole\ntorn\nlevel=INFO msg=m\n"}, {0o200, "whole\ntornlevel=INFO msg=m\n"}, {0o400, ""}, {0, ""}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		create(t, path, "whole\ntorn")
		must(t, os.Chmod(path, tt.perm))
		if syscall.Getuid() == 0 {
			must(t, os.Chown(path, nobody, -1))
			must(t, os.Chmod(filepath.Dir(dir), 0o711))
		}
		asNobody(t, func() {
			h, err := Open(path, nil)
			if tt.want == "" {
				if err == nil {
					t.Errorf("%o: no error", tt.perm)
					must(t, h.Close())
				}
				return
			}
			must(t, err)
			log(t, h)
			must(t, h.Close())
		})
		must(t, os.Chmod(path, 0o600))
		if got := read(t, path); tt.want != "" && got != tt.want {
			t.Errorf("%o: %q", tt.perm, got)
		}
	}
}

// A pipe has no end to look at.
func TestNoTearInAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	r, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer r.Close()
	_, err = r.WriteString("torn")
	must(t, err)
	h := NewHandler(path, &Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, MaxBytes: 1, BackupCount: 1})
	log(t, h)
	must(t, h.Close())
	buf := make([]byte, 100)
	n, err := r.Read(buf)
	must(t, err)
	if got := string(buf[:n]); got != "tornlevel=INFO msg=m\n" {
		t.Errorf("%q", got)
	}
}

const nobody = 65534

// asNobody runs f without the permissions of root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if syscall.Getuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread() // which alone becomes nobody
	defer runtime.UnlockOSThread()
	must(t, syscall.Setfsuid(nobody))
	defer func() { must(t, syscall.Setfsuid(0)) }()
	f()
}
