package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

const noFollow = 0 // the check before opening must do

func lock(f *os.File, offset int64, mode Mode) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if mode == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, at(offset))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// convert: Windows knows no such thing. But who has locked a region exclusively can also share it, and of the two locks
// the first to be given up is the exclusive one.
func convert(f *os.File, offset int64, to Mode) (bool, error) {
	if to == Exclusive {
		if err := unlock(f, offset); err != nil {
			return false, err
		}
		return lock(f, offset, to)
	}
	ok, err := lock(f, offset, to)
	if err = errors.Join(err, unlock(f, offset)); err != nil {
		return false, err
	}
	return ok, nil
}

func unlock(f *os.File, offset int64) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, at(offset))
}

func at(offset int64) *windows.Overlapped {
	return &windows.Overlapped{Offset: uint32(offset), OffsetHigh: uint32(offset >> 32)}
}
