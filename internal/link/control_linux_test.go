package link

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHostGone: of a host that is gone without a word, the system tells within half a minute, whether something is on its
// way or not.
func TestHostGone(t *testing.T) {
	srv := listen(t, "tcp", "localhost:0")
	s := newStream(t, Config{Network: "tcp", Address: srv.Addr().String(), OnError: noErrors(t)})
	if err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := s.conn.under.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(name string, level, option, want int) {
		t.Helper()
		if err := raw.Control(func(fd uintptr) {
			if got, err := syscall.GetsockoptInt(int(fd), level, option); err != nil || got != want {
				t.Errorf("%s is %d, %v, want %d", name, got, err, want)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	option("TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 30_000)
	option("SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	option("TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15)
	option("TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 5)
	option("TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3)
}
