//go:build !linux

package logfile

import (
	"errors"
	"io/fs"
	"os"
)

// place asks whether a path names a certain file.
type place struct{ path string }

func newPlace(path string) (*place, error) { return &place{path}, nil }

func (p *place) holds(info fs.FileInfo) (bool, error) {
	now, err := os.Stat(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(info, now), err
}
