//go:build !unix

package zmqqueue

import "syscall"

func private(string, string, syscall.RawConn) error { return nil }

// hungUp cannot be known here before the goroutine that reads finds out.
func hungUp(syscall.RawConn) bool { return false }
