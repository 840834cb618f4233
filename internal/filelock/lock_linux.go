package filelock

import "golang.org/x/sys/unix"

// A lock of the open file, not of the process.
const setLock = unix.F_OFD_SETLK
