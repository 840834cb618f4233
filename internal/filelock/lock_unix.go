//go:build unix && !linux

package filelock

import "golang.org/x/sys/unix"

// A lock of the process.
const setLock = unix.F_SETLK
