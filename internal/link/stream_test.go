package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestStreamMany: what many goroutines write arrives whole, once, and each one's in order.
func TestStreamMany(t *testing.T) {
	const writers, each = 8, 3000
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "localhost:0"
			if network == "unix" {
				address = filepath.Join(testkit.ShortDir(t), "s")
			}
			srv := listen(t, network, address)
			s := newStream(t, Config{Network: network, Address: srv.Addr().String(), OnError: noErrors(t), WriteTimeout: patience})
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := range each {
						write(t, s, frame("%d %d %s", w, i, strings.Repeat("x", i%300)))
					}
				})
			}
			wg.Wait()
			if err := s.Flush(within(t, patience)); err != nil {
				t.Error(err)
			}
			if err := s.Close(within(t, patience)); err != nil {
				t.Error(err)
			}
			var next [writers]int
			for range writers * each {
				var w, i int
				if _, err := fmt.Sscanf(srv.next(t), "%d %d", &w, &i); err != nil || i != next[w] {
					t.Fatalf("record %d of %d, want %d (%v)", i, w, next[w], err)
				}
				next[w]++
			}
			stats := s.Stats()
			wantStats(t, stats, Stats{Handled: writers * each, Sent: writers * each, Bytes: stats.Bytes})
		})
	}
}

// TestStreamAlone: a record that comes alone is written before Write returns, by the caller.
func TestStreamAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &fakeConn{left: 1 << 20}
		s := newStream(t, Config{Dial: func(context.Context) (net.Conn, error) { return c, nil }, OnError: noErrors(t)})
		if err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		var want []byte
		for i := range 100 {
			time.Sleep(time.Millisecond)
			write(t, s, frame("%d", i))
			want = append(want, frame("%d", i)...)
			if !bytes.Equal(c.bytes, want) {
				t.Fatalf("%d records are not written when Write returns", i)
			}
		}
	})
}

// TestStreamTogether: records in quick succession share their writes, and none waits for long.
func TestStreamTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		writes := 0
		c := &fakeConn{left: 1 << 20, write: func([]byte) { writes++ }}
		s := newStream(t, Config{Dial: func(context.Context) (net.Conn, error) { return c, nil }, OnError: noErrors(t)})
		for i := range n { // at the same time
			write(t, s, frame("%d", i))
		}
		time.Sleep(2 * gathering)
		synctest.Wait()
		wantStats(t, s.Stats(), Stats{Handled: n, Sent: n, Bytes: int64(len(c.bytes))})
		if writes > n/10 {
			t.Errorf("%d writes for %d records", writes, n)
		}
		writes = 0
		for i := range 10 { // alone again
			time.Sleep(time.Millisecond)
			write(t, s, frame("%d", i))
		}
		if writes != 10 {
			t.Errorf("%d of 10 records are written when Write returns", writes)
		}
	})
}

// TestStreamCut: wherever a connection breaks, the next begins with the record that was cut, and nothing is lost.
func TestStreamCut(t *testing.T) {
	records := [][]byte{frame("one"), frame("second"), frame("the third"), frame("")}
	all := bytes.Join(records, nil)
	for cut := range len(all) + 1 {
		synctest.Test(t, func(t *testing.T) {
			conns := []*fakeConn{{left: cut}, {left: 1 << 20}}
			var used []*fakeConn
			var log testkit.ErrorLog
			s := newStream(t, Config{OnError: log.Add, Dial: func(context.Context) (net.Conn, error) {
				c := conns[len(used)]
				used = append(used, c)
				return c, nil
			}})
			for _, p := range records {
				write(t, s, p)
			}
			time.Sleep(2 * time.Second)
			if err := s.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			var whole int
			readFrames(bytes.NewReader(used[0].bytes), func(string) { whole++ })
			rest := bytes.Join(records[whole:], nil)
			if len(used) == 1 {
				rest, cut = nil, len(all)
			}
			if !bytes.Equal(conns[0].bytes, all[:cut]) || !bytes.Equal(conns[1].bytes, rest) {
				t.Errorf("cut at %d: %q, then %q", cut, conns[0].bytes, conns[1].bytes)
			}
			stats := s.Stats()
			if stats.Sent != 4 || stats.Dropped != 0 || stats.Bytes != int64(len(all)) || stats.Reconnects != int64(len(used)-1) {
				t.Errorf("cut at %d: %+v", cut, stats)
			}
			if errs := log.Take(); len(errs) != len(used)-1 || len(errs) > 0 && !errors.Is(errs[0], errBroken) {
				t.Errorf("cut at %d: OnError was told %v", cut, errs)
			}
		})
	}
}

// TestOutage: without a buffer records are refused, counted, and told of twice.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		c := &fakeConn{left: 1 << 20}
		var log testkit.ErrorLog
		s := newStream(t, Config{Network: "tcp", Address: "a:1", OnError: log.Add, Dial: func(context.Context) (net.Conn, error) {
			if !up.Load() {
				return nil, syscall.ECONNREFUSED
			}
			return c, nil
		}})
		write(t, s, frame("first")) // accepted in the hope that the attempt will succeed
		synctest.Wait()
		if errs := log.Take(); len(errs) != 1 || !errors.Is(errs[0], syscall.ECONNREFUSED) ||
			errs[0].Error() != "tcp a:1: connection refused" {
			t.Errorf("OnError was told %v", errs)
		}
		for range 100 {
			n, err := s.Write(frame("lost"))
			if n != 0 || !errors.Is(err, ErrDown) || !errors.Is(err, syscall.ECONNREFUSED) || reported.Rest(err) != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
		}
		wantStats(t, s.Stats(), Stats{Handled: 101, Dropped: 101})
		up.Store(true)
		time.Sleep(time.Second)
		write(t, s, frame("after"))
		synctest.Wait()
		wantStats(t, s.Stats(), Stats{Handled: 102, Dropped: 101, Sent: 1, Bytes: 9})
		if errs := log.Take(); len(errs) != 1 || errs[0].Error() != "tcp a:1: down for 1s: 101 records lost" {
			t.Errorf("OnError was told %v", errs)
		}
	})
}

// TestOutageBuffer: with a buffer its records are kept in order, come first, and one goroutine waits for the peer.
func TestOutageBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		written := make(chan struct{})
		c := &fakeConn{left: 1 << 20}
		var log testkit.ErrorLog
		s := newStream(t, Config{
			Network: "tcp", Address: "a:1", OnError: log.Add, Buffer: 100,
			Dial: func(context.Context) (net.Conn, error) {
				<-written
				if !up.Load() {
					return nil, syscall.ECONNREFUSED
				}
				return c, nil
			},
		})
		for i := range 20 { // all are accepted before the first attempt fails; 10 can be kept
			write(t, s, frame("%06d", i))
		}
		close(written)
		synctest.Wait()
		wantStats(t, s.Stats(), Stats{Handled: 20, Dropped: 10, Buffered: 10})
		if _, err := s.Write(frame("no room")); !errors.Is(err, ErrDown) {
			t.Errorf("Write = %v", err)
		}
		time.Sleep(4 * time.Second) // attempts at 0, 1 and 3 s
		synctest.Wait()
		up.Store(true)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		var got []string
		readFrames(bytes.NewReader(c.bytes), func(text string) { got = append(got, text) })
		want := []string{"000000", "000001", "000002", "000003", "000004", "000005", "000006", "000007", "000008", "000009"}
		if !slices.Equal(got, want) {
			t.Errorf("arrived: %q", got)
		}
		wantStats(t, s.Stats(), Stats{Handled: 21, Dropped: 11, Sent: 10, Bytes: 100})
		if errs := log.Take(); len(errs) != 2 || errs[1].Error() != "tcp a:1: down for 7s: 11 records lost" {
			t.Errorf("OnError was told %v", errs)
		}
	})
}

// TestFlapping: a peer that hangs up at once is not called again at once for ever.
func TestFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		s := newStream(t, Config{Buffer: 1000, Dial: func(context.Context) (net.Conn, error) {
			dials++
			return &fakeConn{}, nil
		}})
		write(t, s, frame("x"))
		time.Sleep(62 * time.Second)
		synctest.Wait()
		if dials != 7 { // at 0, 1, 3, 7, 15, 31 and 61 s
			t.Errorf("%d dials in 62 s", dials)
		}
		wantStats(t, s.Stats(), Stats{Handled: 1, Buffered: 1, Retried: int64(dials), Reconnects: int64(dials - 1)})
	})
}

// TestFlappingHoldsNobody: while the next attempt is further away than a record may wait, one for which there is no room is
// refused at once, as in any outage.
func TestFlappingHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		var left atomic.Int64
		s := newStream(t, Config{OnError: log.Add, Dial: func(context.Context) (net.Conn, error) {
			return &fakeConn{left: int(left.Load())}, nil
		}})
		write(t, s, frame("x"))
		time.Sleep(5 * time.Second) // the next attempt is 7 s after the first
		p := make([]byte, window/4)
		for range 3 {
			write(t, s, p)
		}
		start := time.Now()
		for range 10 {
			if _, err := s.Write(p); !errors.Is(err, ErrDown) || reported.Rest(err) != nil {
				t.Errorf("Write = %v", err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("10 records took %v", took)
		}
		time.Sleep(1500 * time.Millisecond)
		left.Store(1 << 20)
		write(t, s, p) // it is worth the wait
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		stats := s.Stats()
		wantStats(t, stats, Stats{Handled: 15, Sent: 5, Dropped: 10, Bytes: 4*window/4 + 5, Retried: stats.Retried, Reconnects: 3})
		if errs := log.Take(); len(errs) != 2 || !errors.Is(errs[0], errBroken) || !strings.HasSuffix(errs[1].Error(), "10 records lost") {
			t.Errorf("OnError was told %v", errs)
		}
	})
}

// TestDialHangs: Write returns at once while a dial hangs, and within WriteTimeout when nothing more can wait.
func TestDialHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream(t, Config{DialTimeout: time.Minute, WriteTimeout: 3 * time.Second, Dial: hang})
		start := time.Now()
		p := bytes.Repeat([]byte("x"), window/4)
		for range 4 {
			write(t, s, p)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Write took %v", took)
		}
		if _, err := s.Write(p); !errors.Is(err, ErrBusy) {
			t.Errorf("Write = %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("Write took %v", took)
		}
		err := s.Close(within(t, time.Second))
		if took := time.Since(start); took != 4*time.Second || err == nil || !strings.Contains(err.Error(), "4 records lost") {
			t.Errorf("Close = %v after %v", err, took)
		}
		wantStats(t, s.Stats(), Stats{Handled: 5, Failed: 1, Dropped: 4})
	})
}

func hang(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestSlowReader: the buffer is bounded, and who cannot wait any longer is told so.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, peer := net.Pipe()
		defer peer.Close()
		var log testkit.ErrorLog
		s := newStream(t, Config{WriteTimeout: time.Second, OnError: log.Add, Dial: func(context.Context) (net.Conn,
			error,
		) {
			return client, nil
		}})
		start := time.Now()
		p := bytes.Repeat([]byte("x"), window/8)
		for range 8 {
			write(t, s, p)
		}
		var pace sync.WaitGroup
		pace.Go(func() {
			buf := make([]byte, len(p))
			for range 12 {
				time.Sleep(100 * time.Millisecond)
				_, _ = io.ReadFull(peer, buf)
			}
		})
		for range 4 {
			write(t, s, p) // waits for room
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("Write took %v", took)
		}
		pace.Wait()
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		wantStats(t, s.Stats(), Stats{Handled: 12, Sent: 12, Bytes: int64(12 * len(p))})
		if errs := log.Take(); errs != nil {
			t.Errorf("OnError was told %v", errs)
		}
	})
}

func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		c := &fakeConn{left: 1 << 20}
		s := newStream(t, Config{Buffer: 1000, Dial: func(context.Context) (net.Conn, error) {
			if !up.Load() {
				return nil, syscall.ECONNREFUSED
			}
			return c, nil
		}})
		if err := s.Flush(t.Context()); err != nil {
			t.Errorf("of nothing: %v", err)
		}
		write(t, s, frame("x"))
		if err := s.Flush(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("in an outage: %v", err)
		}
		up.Store(true)
		start := time.Now()
		if err := s.Flush(t.Context()); err != nil || time.Since(start) != 0 || len(c.bytes) != 5 {
			t.Errorf("afterwards: %v after %v, %q", err, time.Since(start), c.bytes)
		}
		hung := newStream(t, Config{Dial: hang, DialTimeout: time.Hour})
		write(t, hung, frame("x"))
		if err := hung.Flush(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a deadline: %v", err)
		}
	})
}

// TestDrain: what waits for a connection is waited for, but an outage is left alone, and its attempts come when they are due.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		c := &fakeConn{left: 1 << 20}
		minute := backoff.Schedule{Start: time.Minute, Max: time.Minute}
		s := newStream(t, Config{Buffer: 1000, Retry: minute, Dial: func(context.Context) (net.Conn, error) {
			time.Sleep(100 * time.Millisecond)
			if dials.Add(1) == 1 {
				return nil, syscall.ECONNREFUSED
			}
			return c, nil
		}})
		write(t, s, frame("x"))
		if err := s.Drain(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("during the first attempt: %v", err)
		}
		start := time.Now()
		for range 3 {
			write(t, s, frame("x"))
			if err := s.Drain(t.Context()); err != nil || time.Since(start) != 0 || dials.Load() != 1 {
				t.Errorf("in an outage: %v after %v, %d dials", err, time.Since(start), dials.Load())
			}
		}
		time.Sleep(61 * time.Second)
		if err := s.Drain(t.Context()); err != nil || len(c.bytes) != 4*len(frame("x")) || dials.Load() != 2 {
			t.Errorf("afterwards: %v, %q, %d dials", err, c.bytes, dials.Load())
		}
		write(t, s, frame("y"))
		if err := s.Drain(t.Context()); err != nil || len(c.bytes) != 5*len(frame("x")) {
			t.Errorf("over a connection: %v, %q", err, c.bytes)
		}
	})
}
