//go:build unix

package link

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// watched is a Config whose connections are remembered, so that a test can wait until they have something to read.
func watched(c Config) (Config, <-chan net.Conn) {
	c = patient(c)
	conns := make(chan net.Conn, 100)
	network, address := c.Network, c.Address
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err == nil {
			conns <- conn
		}
		return conn, err
	}
	return c, conns
}

// awaitReadable waits until an error or something to read has arrived at c.
func awaitReadable(t *testing.T, c net.Conn) { awaitEvent(t, c, unix.POLLIN) }

// awaitHangUp waits until the peer's hanging up has arrived at c, behind all else, where the system says so.
func awaitHangUp(t *testing.T, c net.Conn) {
	const linuxRDHUP = 0x2000
	if runtime.GOOS == "linux" {
		awaitEvent(t, c, linuxRDHUP)
	} else {
		awaitEvent(t, c, unix.POLLIN)
	}
}

func awaitEvent(t *testing.T, c net.Conn, event int16) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if err := raw.Read(func(fd uintptr) bool {
		n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: event}}, 0)
		return n > 0
	}); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

// TestHangUp: however a peer hangs up, it is noticed before the next record is written, which goes to the next
// connection.
func TestHangUp(t *testing.T) {
	for name, c := range map[string]struct {
		hangUp func(*net.TCPConn)
		silent bool
	}{
		"close":                 {func(c *net.TCPConn) { _ = c.Close() }, true},
		"half":                  {func(c *net.TCPConn) { _ = c.CloseWrite() }, true},
		"words before, and end": {func(c *net.TCPConn) { _, _ = c.Write(make([]byte, 2000)); _ = c.CloseWrite() }, true},
		"reset":                 {func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			srv := listen(t, "tcp", "localhost:0")
			var log testkit.ErrorLog
			config, conns := watched(Config{
				Network: "tcp", Address: srv.Addr().String(), OnError: log.Add,
				Retry: backoff.Schedule{Start: time.Nanosecond},
			})
			s := newStream(t, config)
			for _, text := range []string{"one", "two", "three"} {
				write(t, s, frame("%s", text))
				if got := srv.next(t); got != text {
					t.Fatalf("%q arrives, want %q", got, text)
				}
				peer := srv.conn(t).(*net.TCPConn)
				c.hangUp(peer)
				awaitHangUp(t, <-conns)
			}
			if err := s.Flush(within(t, patience)); err != nil {
				t.Error(err)
			}
			wantStats(t, s.Stats(), Stats{Handled: 3, Sent: 3, Retried: 2, Reconnects: 2, Bytes: 4*3 + 11})
			if c.silent {
				if errs := log.Take(); errs != nil {
					t.Errorf("OnError was told %v", errs)
				}
			} else if errs := log.Await(t); len(errs) == 0 || len(errs) > 2 {
				t.Errorf("OnError was told %v", errs)
			}
		})
	}
}

// conn returns the next connection.
func (s *server) conn(t *testing.T) net.Conn {
	t.Helper()
	select {
	case c := <-s.conns:
		t.Cleanup(func() { _ = c.Close() })
		return c
	case <-time.After(patience):
		t.Fatal("nobody connects")
		return nil
	}
}

// TestNeverReads: a peer that accepts and never reads holds nobody longer than WriteTimeout, and costs no more memory
// than the window.
func TestNeverReads(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var log testkit.ErrorLog
	const timeout = 100 * time.Millisecond
	s := newStream(t, Config{
		Network: "tcp", Address: l.Addr().String(), OnError: log.Add, WriteTimeout: timeout, Retry: backoff.Schedule{Start: time.Hour, Max: time.Hour},
	})
	p := make([]byte, 32<<10)
	var refused int
	for range 2000 {
		start := time.Now()
		_, err := s.Write(p)
		if took := time.Since(start); took > timeout+30*time.Second {
			t.Fatalf("Write took %v", took)
		}
		if stats := s.Stats(); stats.Buffered > window/int64(len(p))+2 {
			t.Fatalf("%+v", stats)
		}
		if err != nil {
			if refused++; refused == 3 {
				break
			}
		}
	}
	if refused < 3 {
		t.Error("no record is refused")
	}
	start := time.Now()
	err = s.Close(within(t, timeout))
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("Close = %v after %v", err, took)
	}
	if stats := s.Stats(); stats.Buffered != 0 {
		t.Errorf("%+v", stats)
	}
	if errs := log.Await(t); len(errs) == 0 || !errors.Is(errs[0], os.ErrDeadlineExceeded) {
		t.Errorf("OnError was told %v", errs)
	}
}

// TestBlackhole: a listener whose backlog is full answers nobody.
func TestBlackhole(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere a full backlog refuses")
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd,
		0)); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*syscall.SockaddrInet4).Port}
	const timeout = 100 * time.Millisecond
	for failed := 0; failed < 3; { // fill the backlog; one may fail because the machine is busy
		c, err := net.DialTimeout("tcp", address.String(), timeout)
		if err != nil {
			failed++
			continue
		}
		defer c.Close()
	}
	var log testkit.ErrorLog
	s := newStream(t, Config{
		Network: "tcp", Address: address.String(), OnError: log.Add, DialTimeout: timeout,
		Retry: backoff.Schedule{Start: time.Hour},
	})
	start := time.Now()
	write(t, s, frame("x"))
	if err := s.Flush(within(t, patience)); !errors.Is(err, ErrDown) {
		t.Errorf("Flush = %v", err)
	}
	if _, err := s.Write(frame("x")); !errors.Is(err, ErrDown) {
		t.Errorf("Write = %v", err)
	}
	if took := time.Since(start); took > timeout+30*time.Second {
		t.Errorf("it took %v", took)
	}
	var timedOut net.Error
	if errs := log.Await(t); len(errs) != 1 || !errors.As(errs[0], &timedOut) || !timedOut.Timeout() {
		t.Errorf("OnError was told %v", errs)
	}
}

// own is an address for a port that is given up for a while and has to be free afterwards: the ports of 127.0.0.1 go to
// whoever asks, and all of 127.0.0.0/8 is this machine only on Linux.
func own() string {
	if runtime.GOOS == "linux" {
		return "127.76.73.78:0"
	}
	return "127.0.0.1:0"
}

// TestRestarts: a server that is killed and comes back, many times, under load. Whatever the system took over counts as
// sent; all else arrives.
func TestRestarts(t *testing.T) {
	srv := listen(t, "tcp", own())
	address := srv.Addr().String()
	var log testkit.ErrorLog
	s := newStream(t, Config{
		Network: "tcp", Address: address, OnError: log.Add, Buffer: 1 << 20, WriteTimeout: patience,
		Retry: backoff.Schedule{Start: time.Millisecond, Max: 10 * time.Millisecond},
	})
	text := strings.Repeat("x", 100)
	for range 5 {
		for range 2000 {
			write(t, s, frame("%s", text))
		}
		srv.next(t)
		srv.stop()
		for range 500 {
			write(t, s, frame("%s", text))
		}
		srv = listen(t, "tcp", address)
	}
	write(t, s, frame("end"))
	if err := s.Close(within(t, patience)); err != nil {
		t.Error(err)
	}
	for srv.next(t) == text {
	}
	stats := s.Stats()
	wantStats(t, stats, Stats{Handled: 12501, Sent: 12501, Bytes: stats.Bytes, Retried: stats.Retried, Reconnects: 5})
}

// TestShrink: what an outage has made large does not stay.
func TestShrink(t *testing.T) {
	var r records
	r.add(bytes.Repeat([]byte("x"), 1000))
	r.shrink(100)
	if cap(r.bytes) < 1000 {
		t.Error("what waits is gone")
	}
	r.finish(1)
	r.shrink(100)
	if cap(r.bytes) != 0 {
		t.Error("the buffer stays")
	}
}
