//go:build unix

package zmqqueue

import "syscall"

// private makes the file of a socket accessible to its owner alone, from the moment it exists where the system takes
// the mode of the file from that of the socket, as Linux does. The umask still counts.
func private(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = syscall.Fchmod(int(fd), 0o600)
	})
}

// hungUp reports whether the peer has closed the connection, or the system has given it up. It takes nothing out and
// does not wait.
func hungUp(c syscall.RawConn) bool {
	var n int
	var err error
	var b [1]byte
	ctlErr := c.Control(func(fd uintptr) {
		for {
			n, _, err = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			if err != syscall.EINTR { //nolint:errorlint // an Errno as it is
				return
			}
		}
	})
	switch {
	case ctlErr != nil: // closed by us
		return true
	case err == nil:
		return n == 0
	default:
		return err != syscall.EAGAIN //nolint:errorlint // an Errno as it is
	}
}
