package syslogx

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// patience is for what comes soon, unless the machine is very busy.
const patience = time.Minute

// patient has a network take as long as it does on a busy machine, unless the test says how long.
func patient(o Options) Options {
	o.DialTimeout = cmp.Or(o.DialTimeout, patience)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, patience)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, patience)
	return o
}

// Somebody in particular, so that messages are the same everywhere.
func someone(o Options) *Options {
	o = patient(o)
	o.AppName, o.Hostname, o.ProcID = "app", "host.example", "42"
	return &o
}

var noon = time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)

// record makes a record at noon.
func record(level slog.Level, msg string, args ...any) slog.Record {
	r := slog.NewRecord(noon, level, msg, 0)
	r.Add(args...)
	return r
}

// render returns what h would send for r.
func render(t testing.TB, h slog.Handler, r slog.Record) string {
	t.Helper()
	f := h.(*Handler).format
	m := messages.Get().(*message)
	defer m.free()
	if err := f.append(context.Background(), m, &r); err != nil {
		t.Error(err)
	}
	return string(f.frame(m))
}

// packets is a daemon that gets datagrams.
type packets struct {
	net.PacketConn
	buf []byte
}

func listenPackets(t testing.TB, network string) *packets {
	t.Helper()
	address := loopback(network)
	if network == "unixgram" {
		address = filepath.Join(testkit.ShortDir(t), "log")
	}
	return listenPacketsAt(t, network, address)
}

// loopback is a free address of this machine.
func loopback(network string) string {
	if strings.HasSuffix(network, "6") {
		return "[::1]:0"
	}
	return "127.0.0.1:0"
}

// skipWithoutIPv6 is for an error of a listener.
func skipWithoutIPv6(t testing.TB, network string, err error) {
	t.Helper()
	if err != nil && strings.HasSuffix(network, "6") {
		t.Skip(err)
	}
}

func listenPacketsAt(t testing.TB, network, address string) *packets {
	t.Helper()
	if network == "unixgram" {
		_ = os.Remove(address) // of another that was closed
	}
	pc, err := net.ListenPacket(network, address)
	skipWithoutIPv6(t, network, err)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	return &packets{pc, make([]byte, 1<<17)}
}

func (p *packets) next(t testing.TB) string {
	t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(patience))
	n, _, err := p.ReadFrom(p.buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(p.buf[:n])
}

// none fails the test if there is another datagram.
func (p *packets) none(t testing.TB) {
	t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, _, err := p.ReadFrom(p.buf); err == nil {
		t.Errorf("one more arrives: %q", p.buf[:n])
	}
}

// daemon is a daemon that gets connections. Its messages are as they come, framing taken off.
type daemon struct {
	net.Listener
	got   chan string
	mu    sync.Mutex
	conns []net.Conn
	wg    sync.WaitGroup
}

func serve(t testing.TB, l net.Listener, framing Framing) *daemon {
	d := &daemon{Listener: l, got: make(chan string, 1<<17)}
	d.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.conns = append(d.conns, c)
			d.mu.Unlock()
			d.wg.Go(func() { d.read(c, framing) })
		}
	})
	t.Cleanup(d.stop)
	return d
}

func listen(t testing.TB, network, address string, framing Framing) *daemon {
	t.Helper()
	l, err := net.Listen(network, address)
	skipWithoutIPv6(t, network, err)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, framing)
}

func (d *daemon) read(c net.Conn, framing Framing) {
	r := bufio.NewReader(c)
	for {
		switch framing {
		case OctetCounting:
			head, err := r.ReadString(' ')
			n, bad := strconv.Atoi(strings.TrimSuffix(head, " "))
			if err != nil || bad != nil {
				return
			}
			text := make([]byte, n)
			if _, err := io.ReadFull(r, text); err != nil {
				return
			}
			d.got <- string(text)
		default:
			end := byte('\n')
			if framing == NUL {
				end = 0
			}
			text, err := r.ReadString(end)
			if err != nil {
				return
			}
			d.got <- text[:len(text)-1]
		}
	}
}

func (d *daemon) stop() {
	_ = d.Close()
	d.mu.Lock()
	for _, c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.wg.Wait()
}

func (d *daemon) next(t testing.TB) string {
	t.Helper()
	select {
	case text := <-d.got:
		return text
	case <-time.After(patience):
		t.Fatal("nothing arrives")
		return ""
	}
}

// closing closes h when the test is done.
func closing(t testing.TB, h *Handler) *Handler {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = h.Shutdown(ctx)
	})
	return h
}
