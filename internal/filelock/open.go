package filelock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// Open opens the lock file at path, and creates it if need be: with exactly perm, whatever the umask; 0 is 0600. It
// accepts neither a symbolic link nor anything else that is no regular file.
func Open(path string, perm fs.FileMode) (*File, error) {
	for range 3 { // against others who create and remove it meanwhile
		f, err := openExisting(path)
		if errors.Is(err, fs.ErrNotExist) {
			f, err = create(path, perm)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		return &File{f: f, held: map[int64]Mode{}}, nil
	}
	return nil, fmt.Errorf("open %s: created and removed by somebody else again and again", path)
}

func openExisting(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(path, info); err != nil { // opening it might already do something, or wait
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat()
	if err == nil {
		err = regular(path, info) // still
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func regular(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("open %s: a lock file cannot be a symbolic link", path)
	default:
		return fmt.Errorf("open %s: a lock file must be a regular file", path)
	}
}

func create(path string, perm fs.FileMode) (*os.File, error) {
	if perm == 0 {
		perm = 0o600
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil || runtime.GOOS == "windows" {
		return f, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm() != perm.Perm() {
		err = f.Chmod(perm)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
