package logfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// place asks whether a path names a certain file. It does so for every record of a watched file, hence statx rather than
// os.Stat, which allocates.
type place struct {
	path []byte // ends with NUL
	stat unix.Statx_t
	size int64 // of the file that was there when holds was asked last
}

func newPlace(path string) (*place, error) {
	b, err := unix.ByteSliceFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return &place{path: b}, nil
}

func (p *place) holds(info fs.FileInfo) (bool, error) {
	dirfd := unix.AT_FDCWD
	_, _, errno := syscall.Syscall6(unix.SYS_STATX, uintptr(dirfd), uintptr(unsafe.Pointer(&p.path[0])),
		0, unix.STATX_INO|unix.STATX_SIZE, uintptr(unsafe.Pointer(&p.stat)), 0)
	switch {
	case errno == 0:
		p.size = int64(p.stat.Size)
		old := info.Sys().(*syscall.Stat_t)
		return p.stat.Ino == old.Ino && unix.Mkdev(p.stat.Dev_major, p.stat.Dev_minor) == old.Dev, nil
	case errno == unix.ENOENT:
		return false, nil
	case errno == unix.ENOSYS || errno == unix.EPERM: // an old kernel, or an old sandbox
		return p.statHolds(info)
	default:
		return false, &fs.PathError{Op: "stat", Path: p.name(), Err: errno}
	}
}

func (p *place) name() string { return string(p.path[:len(p.path)-1]) }

func (p *place) statHolds(info fs.FileInfo) (bool, error) {
	now, err := os.Stat(p.name())
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return false, err
	}
	p.size = now.Size()
	return os.SameFile(info, now), nil
}
