package link

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

func listenPacket(t *testing.T, network, address string) net.PacketConn {
	t.Helper()
	if network == "unixgram" {
		_ = os.Remove(address) // of another that was closed
	}
	pc, err := net.ListenPacket(network, address)
	if network == "udp6" && err != nil {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	return pc
}

func newDatagram(t *testing.T, c Config) *Datagram {
	d := NewDatagram(patient(c))
	t.Cleanup(func() { closeNow(d) })
	return d
}

// receive returns the next datagram.
func receive(t *testing.T, pc net.PacketConn) string {
	t.Helper()
	buf := make([]byte, 1<<16)
	_ = pc.SetReadDeadline(time.Now().Add(patience))
	n, _, err := pc.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestDatagram(t *testing.T) {
	for network, address := range map[string]string{
		"udp": "127.0.0.1:0", "udp6": "[::1]:0", "unixgram": filepath.Join(testkit.ShortDir(t), "s"),
	} {
		t.Run(network, func(t *testing.T) {
			pc := listenPacket(t, network, address)
			d := newDatagram(t, Config{Network: network, Address: pc.LocalAddr().String(), OnError: noErrors(t)})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 2 { // a unixgram socket holds ten
						write(t, d, []byte("hello\nworld"))
					}
				})
			}
			wg.Wait()
			for range 8 {
				if got := receive(t, pc); got != "hello\nworld" {
					t.Errorf("arrived: %q", got)
				}
			}
			var tooLong *TooLongError
			if _, err := d.Write(make([]byte, 1<<20)); !errors.As(err, &tooLong) || tooLong.Size != 1<<20 {
				t.Errorf("Write of a MiB = %v", err)
			}
			write(t, d, []byte("after"))
			if got := receive(t, pc); got != "after" {
				t.Errorf("arrived: %q", got)
			}
			for range 2 {
				if err := d.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if _, err := d.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Write after Close = %v", err)
			}
			if err := d.Connect(t.Context()); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Connect after Close = %v", err)
			}
			wantStats(t, d.Stats(), Stats{Handled: 11, Sent: 9, Failed: 2, Bytes: 8*11 + 5})
		})
	}
}

// TestDatagramRestart: a daemon that has made its socket anew costs nothing; while it is away all is counted.
func TestDatagramRestart(t *testing.T) {
	path := filepath.Join(testkit.ShortDir(t), "s")
	pc := listenPacket(t, "unixgram", path)
	var log testkit.ErrorLog
	d := newDatagram(t, Config{Network: "unixgram", Address: path, OnError: log.Add, Retry: backoff.Schedule{
		Start: time.Hour,
		Max:   time.Hour,
	}})
	write(t, d, []byte("one"))
	receive(t, pc)
	_ = pc.Close()
	pc = listenPacket(t, "unixgram", path)
	write(t, d, []byte("two"))
	if got := receive(t, pc); got != "two" {
		t.Errorf("arrived: %q", got)
	}
	if errs := log.Take(); errs != nil {
		t.Errorf("OnError was told %v", errs)
	}
	_ = pc.Close()
	for range 10 {
		if _, err := d.Write([]byte("lost")); !errors.Is(err, ErrDown) || reported.Rest(err) != nil {
			t.Errorf("Write = %v", err)
		}
	}
	pc = listenPacket(t, "unixgram", path)
	d.mu.Lock()
	d.retryAt = time.Time{} // an hour later
	d.mu.Unlock()
	write(t, d, []byte("three"))
	if got := receive(t, pc); got != "three" {
		t.Errorf("arrived: %q", got)
	}
	wantStats(t, d.Stats(), Stats{Handled: 13, Sent: 3, Dropped: 10, Retried: 1, Reconnects: 2, Bytes: 3 + 3 + 5})
	if errs := log.Take(); len(errs) != 2 || !strings.HasSuffix(errs[1].Error(), "10 records lost") {
		t.Errorf("OnError was told %v", errs)
	}
}

// TestDatagramAbsent: where nobody listens from the start, attempts keep Retry's distance.
func TestDatagramAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		var attempts []time.Duration
		start := time.Now()
		d := newDatagram(t, Config{
			Network: "unixgram", Address: "/a", OnError: log.Add,
			Dial: func(context.Context) (net.Conn, error) {
				attempts = append(attempts, time.Since(start))
				return nil, os.ErrNotExist
			},
		})
		for range 160 {
			if n, err := d.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrNotExist) || !errors.Is(err, ErrDown) {
				t.Fatalf("Write = %d, %v", n, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if len(attempts) != 5 || attempts[4] != 15*time.Second {
			t.Errorf("attempts at %v", attempts)
		}
		if err := d.Connect(t.Context()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Connect = %v", err)
		}
		_ = d.Close(t.Context())
		if errs := log.Take(); len(errs) != 2 || errs[1].Error() != "unixgram /a: down for 16s: 160 records lost" {
			t.Errorf("OnError was told %v", errs)
		}
	})
}

// TestDatagramStalled: a daemon that does not read costs one WriteTimeout, not one for each record.
func TestDatagramStalled(t *testing.T) {
	pc := listenPacket(t, "unixgram", filepath.Join(testkit.ShortDir(t), "s"))
	d := newDatagram(t, Config{
		Network: "unixgram", Address: pc.LocalAddr().String(), WriteTimeout: 50 * time.Millisecond, Retry: backoff.Schedule{Start: time.Hour},
	})
	p := make([]byte, 1000)
	var err error
	for range 100_000 {
		if _, err = d.Write(p); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrDown) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Write = %v", err)
	}
	start := time.Now()
	for range 1000 {
		_, _ = d.Write(p)
	}
	if took := time.Since(start); took > 40*time.Second { // 1000 timeouts are 50 s
		t.Errorf("1000 records took %v", took)
	}
	if stats := d.Stats(); stats.Dropped != 1001 {
		t.Errorf("%+v", stats)
	}
}

// slowDeadline is a socket whose deadline takes a while to be set, as may happen to a thread that is interrupted.
type slowDeadline struct {
	fakeConn
	setting, set chan bool
	mu           sync.Mutex
	deadline     time.Time
}

func (c *slowDeadline) SetWriteDeadline(deadline time.Time) error {
	c.setting <- true
	<-c.set
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = deadline
	return nil
}

func (c *slowDeadline) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !time.Now().Before(c.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	return len(p), nil
}

// TestDatagramDeadline: of records that come together after a pause, none meets the deadline of those before it.
func TestDatagramDeadline(t *testing.T) {
	c := &slowDeadline{setting: make(chan bool), set: make(chan bool)}
	d := newDatagram(t, Config{WriteTimeout: time.Hour, OnError: noErrors(t), Dial: func(context.Context) (net.Conn, error) { return c, nil }})
	if err := d.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	writing.Go(func() { write(t, d, []byte("one")) })
	<-c.setting
	another := make(chan bool)
	writing.Go(func() {
		defer close(another)
		write(t, d, []byte("another"))
	})
	select {
	case <-another: // too early
	case <-time.After(20 * time.Millisecond): // it waits
	}
	close(c.set)
	writing.Wait()
	wantStats(t, d.Stats(), Stats{Handled: 2, Sent: 2, Bytes: 10})
}
