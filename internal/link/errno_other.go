//go:build !windows

package link

import (
	"errors"
	"syscall"
)

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
func isTooLong(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

// isFull reports whether there may be room a moment later.
func isFull(err error) bool { return errors.Is(err, syscall.ENOBUFS) }
