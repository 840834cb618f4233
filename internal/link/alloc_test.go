package link

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestAllocations: no allocation per record, whoever writes it.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	p := frame("a record")
	t.Run("stream", func(t *testing.T) {
		s := newStream(t, Config{Network: "tcp", Address: sinkhole(t), OnError: noErrors(t), WriteTimeout: patience})
		if err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := testing.AllocsPerRun(10000, func() { _, _ = s.Write(p) }); got != 0 {
			t.Errorf("%v allocations", got)
		}
		s.pace = pace{last: -time.Hour}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(1000, func() {
			s.pace.streak = 0 // alone
			_, _ = s.Write(p)
		})
		if got != 0 {
			t.Errorf("alone: %v allocations", got)
		}
	})
	t.Run("outage", func(t *testing.T) {
		s := newStream(t, Config{Dial: func(context.Context) (net.Conn, error) { return nil, errBroken }})
		write(t, s, p)
		_ = s.Flush(t.Context())
		if got := testing.AllocsPerRun(1000, func() { _, _ = s.Write(p) }); got != 0 {
			t.Errorf("%v allocations", got)
		}
	})
	t.Run("datagram", func(t *testing.T) {
		pc := listenPacket(t, "unixgram", filepath.Join(testkit.ShortDir(t), "s"))
		go func() {
			buf := make([]byte, 1000)
			for {
				if _, _, err := pc.ReadFrom(buf); err != nil {
					return
				}
			}
		}()
		d := newDatagram(t, Config{
			Network: "unixgram", Address: pc.LocalAddr().String(), OnError: noErrors(t),
			WriteTimeout: patience,
		})
		write(t, d, p)
		if got := testing.AllocsPerRun(1000, func() { _, _ = d.Write(p) }); got != 0 {
			t.Errorf("%v allocations", got)
		}
	})
}

// sinkhole returns the address of a server that reads one connection and allocates nothing, for all that this process
// allocates counts.
func sinkhole(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buf := make([]byte, 64<<10)
		for err == nil {
			_, err = c.Read(buf)
		}
	}()
	return l.Addr().String()
}
