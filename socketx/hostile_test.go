package socketx

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestHostileOracle: each hostile packet costs its sender the connection, within 10 ms and 16 MiB, and nobody else
// anything.
func TestHostileOracle(t *testing.T) {
	file, err := os.ReadFile("../testdata/oracle/pickle.json")
	if err != nil {
		t.Fatal(err)
	}
	var oracle struct {
		Hostile []struct {
			Label  string
			Packet []byte
		}
	}
	if err := json.Unmarshal(file, &oracle); err != nil {
		t.Fatal(err)
	}
	if len(oracle.Hostile) != 37 {
		t.Fatalf("%d packets", len(oracle.Hostile))
	}
	limit := 10 * time.Millisecond
	if testkit.Race {
		limit *= 20
	}
	r := newReceiver()
	errs := new(errorLog)
	s := &Server{Handler: r, ErrorHandler: errs.Handle}
	address := serve(t, s, "tcp")
	good := dial(t, "tcp", address)
	refused := int64(0)
	for i, h := range oracle.Hostile {
		best := time.Hour
		for deadline := time.Now().Add(soon); best > limit && time.Now().Before(deadline); { // others may have the machine
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			bad := dial(t, "tcp", address)
			_, _ = bad.Write(h.Packet) // it may be refused before it is read
			if len(h.Packet) < lengthBytes {
				_ = bad.Close() // nothing else is wrong with it
			} else {
				wantClosed(t, bad)
			}
			errs.want(t, "socketx: from ")
			best = min(best, time.Since(start))
			refused++
			runtime.ReadMemStats(&after)
			if size := after.TotalAlloc - before.TotalAlloc; size > 16<<20 {
				t.Errorf("%s: %d bytes allocated", h.Label, size)
			}
		}
		if best > limit {
			t.Errorf("%s: %v", h.Label, best)
		}
		send(t, good, pickled("good"))
		r.want(t, "good")
		settled(t, s, ServerStats{Received: refused + int64(i+1), Handled: int64(i + 1), Refused: refused})
	}
	errs.WantNone(t)
	r.wantNone(t)
}

// TestHostileDatagrams: they are errors.
func TestHostileDatagrams(t *testing.T) {
	r := newReceiver()
	errs := new(errorLog)
	s := &Server{Handler: r, ErrorHandler: errs.Handle, MaxRecordBytes: 100}
	c := dial(t, "udp", serve(t, s, "udp"))
	for _, tc := range []struct {
		data  []byte
		words string
	}{
		{nil, "neither a line of JSON nor a length and a pickle"},
		{[]byte("<13>hello"), "neither a line of JSON nor a length and a pickle"},
		{append(line("x"), line("x")...), "slogkit: wire: "},
		{pickled("x")[:9], "a datagram of 9 bytes with another length in it"},
		{append([]byte{'{'}, make([]byte, 200)...), "a record of 201 bytes, more than 100"},
		{sized(nil), "nothing in it"},
		{sized([]byte("(c")), "pickle: byte 1: GLOBAL"},
	} {
		send(t, c, tc.data)
		errs.want(t, tc.words)
	}
	send(t, c, line("good"))
	r.want(t, "good")
	settled(t, s, ServerStats{Received: 8, Handled: 1, Refused: 7})
	errs.WantNone(t)
}

// FuzzServer: noise over a connection and in a datagram never brings the Server down, nor costs another sender anything.
func FuzzServer(f *testing.F) {
	for _, data := range [][]byte{
		line("x"), pickled("x"), sized(line("x")), append(line("x"), pickled("y")...), pickled("x")[:30], line("x")[:9],
		{0, 0, 0},
		[]byte("GET / HTTP/1.1\r\n\r\n"), []byte("\x00\x00\x00\x02}."), []byte("{\"v\":1,\"attrs\":[\"k\",{\"g\":[]}]}\n\n"),
		[]byte("\x16\x03\x01\x00\xa5\x01\x00"),
	} {
		f.Add(data)
	}
	r := newReceiver()
	r.hook = func(_ context.Context, rec slog.Record) error {
		if rec.Message == "good" {
			return nil
		}
		return errNoise
	}
	s := &Server{Handler: r, ErrorHandler: slogx.IgnoreErrors}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	serving.Go(func() { _ = s.ServePacket(p) })
	f.Cleanup(func() {
		_ = s.Close()
		serving.Wait()
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		good := dial(t, "tcp", l.Addr().String())
		send(t, good, line("good")[:5])
		bad := dial(t, "tcp", l.Addr().String())
		_, _ = bad.Write(data)
		_ = bad.(*net.TCPConn).CloseWrite()
		if len(data) < 60_000 {
			send(t, dial(t, "udp", p.LocalAddr().String()), data)
		}
		wantClosed(t, bad)
		send(t, good, line("good")[5:])
		r.want(t, "good")
	})
}

var errNoise = errors.New("noise")
