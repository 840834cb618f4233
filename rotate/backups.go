package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// backups knows the names of one file's backups, and which of them exist.
type backups struct {
	path   string              // of the current file, absolute
	namer  func(string) string // nil: default names
	layout string              // of the date in names; "": they have numbers
	ext    string              // what the Compressor appends; "": none
}

// name returns the path of the backup with this suffix, before it is compressed.
func (b *backups) name(suffix string) (string, error) {
	name := b.path + "." + suffix
	if b.namer == nil {
		return name, nil
	}
	named := b.namer(name)
	if named == "" || filepath.Clean(named) == b.path {
		return "", fmt.Errorf("rotate: Namer(%q) is %q, which cannot be a backup", name, named)
	}
	return filepath.Clean(named), nil
}

// backup is one that exists, as it was written, compressed, or both.
type backup struct {
	path          string // before it is compressed
	plain, packed bool
}

// files returns the files it consists of.
func (x *backup) files(ext string) []string {
	var files []string
	if x.plain {
		files = append(files, x.path)
	}
	if x.packed {
		files = append(files, x.path+ext)
	}
	return files
}

func (x *backup) exists() bool { return x.plain || x.packed }

// list returns all backups, the oldest first. Those with dates are looked for in dir only.
func (b *backups) list(dir string, count int) ([]backup, error) {
	var all []backup
	if b.layout != "" {
		found, err := b.dated(dir)
		for _, d := range found {
			all = append(all, d.backup)
		}
		return all, err
	}
	slots, err := b.slots(count, 0)
	for i := len(slots) - 1; i >= 0; i-- {
		if slots[i].exists() {
			all = append(all, slots[i])
		}
	}
	return all, err
}

// readDir is os.ReadDir without sorting, and empty for a directory that does not exist.
func readDir(dir string) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
