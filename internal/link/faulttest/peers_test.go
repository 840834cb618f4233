//go:build linux

package faulttest

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// dialTime is what a dial may take here, with the handshake of TLS on a busy machine.
const dialTime = 2 * time.Second

// TestNeverReads: a peer accepts connections and does not read from them, not even the handshake of TLS, until later.
func TestNeverReads(t *testing.T) {
	t.Parallel()
	for _, name := range names(streams) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			to := receive(t, streams[name], l, make(chan struct{}))
			r := newRemote(t, name, l.Addr().String(), order{DialTimeout: dialTime}, here)
			r.log(t, 10, 1000)
			to.begin()
			r.flows(t, to)
			r.close(t)
			to.stop()
			r.check(t, to)
		})
	}
}

// TestStuckForEver: a peer that never reads does not keep Close either, nor do those who go on logging.
func TestStuckForEver(t *testing.T) {
	t.Parallel()
	for _, name := range names(streams) {
		for _, amid := range []bool{false, true} {
			t.Run(name+map[bool]string{true: "/amid"}[amid], func(t *testing.T) {
				t.Parallel()
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				to := receive(t, streams[name], l, make(chan struct{}))
				r := newRemote(t, name, l.Addr().String(), order{DialTimeout: dialTime}, here)
				r.log(t, 10, 1000)
				if amid {
					r.closeAmid(t)
				} else {
					r.close(t)
				}
				to.stop()
				r.check(t, to)
			})
		}
	}
}

// TestBacklog: a listener whose backlog is full lets nobody in, until it accepts.
func TestBacklog(t *testing.T) {
	t.Parallel()
	for _, name := range names(streams) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, address := fullListener(t)
			r := newRemote(t, name, address, order{DialTimeout: dialTime}, here)
			if c := r.logAnd(t, order{Burst: 10, Paced: 2000, For: 2 * dialTime}).Counts; c.Sent > 0 || c.Dropped == 0 {
				t.Errorf("%+v", c)
			}
			to := receive(t, streams[name], l, nil)
			r.flows(t, to)
			r.close(t)
			to.stop()
			r.check(t, to)
		})
	}
}

// fullListener returns a listener on whose connections nobody has waited for so long that there is room for no more.
func fullListener(t *testing.T) (net.Listener, string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "listener")
	defer f.Close()
	err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	address := l.Addr().String()
	made := 0
	for failed := 0; failed < 3; { // one may fail because the machine is busy
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			failed++
			continue
		}
		t.Cleanup(func() { _ = c.Close() })
		if made++; made > 10 {
			t.Fatal("the backlog has no end")
		}
	}
	return l, address
}
