//go:build unix

package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const NoFollow = syscall.O_NOFOLLOW

// A pipe without a reader is given this long for one to come.
const readerWait = time.Second

// openFile opens an existing file of the given type.
func openFile(path string, flag int, mode fs.FileMode) (*os.File, error) {
	if mode&fs.ModeNamedPipe != 0 {
		return openPipe(path, flag)
	}
	f, err := os.OpenFile(path, flag, 0)
	if errors.Is(err, syscall.ELOOP) && flag&NoFollow != 0 {
		return nil, fmt.Errorf("open %s: %w", path, ErrSymlink)
	}
	return f, err
}

// openPipe does not wait for ever for a reader, as a plain open would.
func openPipe(path string, flag int) (*os.File, error) {
	for deadline := time.Now().Add(readerWait); ; time.Sleep(5 * time.Millisecond) {
		f, err := os.OpenFile(path, flag|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return f, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("open %s: nobody reads from this pipe: %w", path, err)
		}
	}
}

// deleted reports whether f has no name any more.
func deleted(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
