package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Link makes the symbolic link at link point at path, unless it does. What is there and no symbolic link is left alone,
// which is an error. A link in the directory of path is relative, so that both can be moved.
func Link(link, path string) error {
	link, err := Abs(link)
	if err != nil {
		return err
	}
	target := path
	if filepath.Dir(link) == filepath.Dir(path) {
		target = filepath.Base(path)
	}
	info, err := os.Lstat(link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.Symlink(target, link)
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("%s is no symbolic link", link)
	}
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	// Nobody shall find no link at all.
	temporary := link + ".new"
	if info, err := os.Lstat(temporary); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		_ = os.Remove(temporary) // a crash has left it
	}
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, link); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}
