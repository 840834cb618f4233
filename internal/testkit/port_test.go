package testkit

import (
	"net"
	"strconv"
	"testing"
)

// TestFreePort: a program can listen there, and no system hands the port out to others.
func TestFreePort(t *testing.T) {
	for range 20 {
		port := FreePort(t)
		if n, err := strconv.Atoi(port); err != nil || n < 1024 || n >= 32_768 {
			t.Errorf("port %s, %v", port, err)
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue // others may look for one too
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
