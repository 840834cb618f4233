//go:build unix

package filelock

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const noFollow = unix.O_NOFOLLOW

func lock(f *os.File, offset int64, mode Mode) (bool, error) {
	lk := unix.Flock_t{Type: unix.F_WRLCK, Start: offset, Len: 1}
	if mode == Shared {
		lk.Type = unix.F_RDLCK
	}
	switch err := fcntl(f, &lk); err {
	case nil:
		return true, nil
	case unix.EAGAIN, unix.EACCES: // POSIX leaves the choice
		return false, nil
	default:
		return false, err
	}
}

// convert gives up what f still holds if it fails, as it is on Windows; nor do two who share the region, and both want
// it for themselves, wait for each other then.
func convert(f *os.File, offset int64, to Mode) (bool, error) {
	ok, err := lock(f, offset, to)
	if !ok {
		err = errors.Join(err, unlock(f, offset))
	}
	return ok, err
}

func unlock(f *os.File, offset int64) error {
	return fcntl(f, &unix.Flock_t{Type: unix.F_UNLCK, Start: offset, Len: 1})
}

// fcntl: Fd changes nothing about a regular file, which is in blocking mode anyway.
func fcntl(f *os.File, lk *unix.Flock_t) error {
	for {
		err := unix.FcntlFlock(f.Fd(), setLock, lk)
		runtime.KeepAlive(f)
		if err != unix.EINTR {
			return err
		}
	}
}
