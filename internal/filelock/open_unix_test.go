//go:build unix

package filelock

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPerm(t *testing.T) {
	tests := []struct {
		name       string
		umask      int
		perm, want fs.FileMode
	}{
		{"default", 0o022, 0, 0o600},
		{"default, umask takes all", 0o777, 0, 0o600},
		{"no umask", 0, 0o660, 0o660},
		{"umask takes", 0o077, 0o666, 0o666},
		{"executable", 0o022, 0o711, 0o711},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			defer unix.Umask(unix.Umask(tt.umask))
			f, err := Open(path, tt.perm)
			must(t, err)
			defer f.Close()
			again, err := Open(path, 0o640)
			must(t, err)
			defer again.Close()
			info, err := os.Stat(path)
			must(t, err)
			if got := info.Mode(); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// Opening what is no file does not wait.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	must(t, unix.Mkfifo(path, 0o600))
	if f, err := Open(path, 0); err == nil {
		_ = f.Close()
		t.Error("no error")
	}
}
