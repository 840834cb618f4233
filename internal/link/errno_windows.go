package link

import (
	"errors"

	"golang.org/x/sys/windows"
)

// A datagram's port that is unreachable resets what sent it.
func isRefused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, windows.WSAECONNRESET)
}

func isTooLong(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }

// isFull reports whether there may be room a moment later.
func isFull(err error) bool { return errors.Is(err, windows.WSAENOBUFS) }
