//go:build linux

package faulttest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/socketx"
)

// serverSubject is a socketx.Server under test, in a process of its own.
type serverSubject struct {
	socketx.Server
	before  resources
	serving sync.WaitGroup
	told    atomic.Int64
}

// serverOrder is what its process is told. The first has MaxConns.
type serverOrder struct {
	MaxConns, MaxRecordBytes int
	ReadTimeout, IdleTimeout time.Duration
	TLS                      bool
	Close                    bool
}

// serverReport is what it answers, to an order with nothing in it, too.
type serverReport struct {
	Address string
	CA      []byte // whom to trust
	Stats   socketx.ServerStats
	Usage   usage
	Told    int64
	Err     string
	Left    string // after Close
}

func (s *serverSubject) do(o serverOrder) (r serverReport) {
	var err error
	switch {
	case o.MaxConns > 0:
		r.Address, err = s.serve(&o)
		if o.TLS {
			ca, _ := identity()
			r.CA = ca.PEM()
		}
	case o.Close:
		err = s.Shutdown(context.Background())
		s.serving.Wait()
		r.Left = s.before.left()
	}
	if err != nil {
		r.Err = err.Error()
	}
	r.Stats, r.Usage, r.Told = s.Stats(), s.before.now(), s.told.Load()
	return r
}

func (s *serverSubject) serve(o *serverOrder) (string, error) {
	if o.TLS {
		_, cert := identity()
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	s.before = before()
	s.Handler = slog.NewJSONHandler(io.Discard, nil)
	s.ErrorHandler = func(context.Context, slog.Record, error) { s.told.Add(1) }
	s.MaxConns, s.MaxRecordBytes, s.ReadTimeout, s.IdleTimeout = o.MaxConns, o.MaxRecordBytes, o.ReadTimeout, o.IdleTimeout
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.serving.Go(func() { _ = s.Serve(l) })
	return l.Addr().String(), nil
}

const (
	maxConns    = 40
	manyConns   = 8 * maxConns
	maxReceived = 64 << 10 // bytes of a record

	// mostConns is how many may be there at once: those that are evicted take a moment to end.
	mostConns = manyConns / 2

	// mostHeap is MaxConns buffers, each while it grows, and what TLS needs.
	mostHeap = maxConns*(3*maxReceived+64<<10) + heapRoom

	readTimeout = 5 * time.Second // a good sender's handshake takes less, on a busy machine too

	// idleTimeout is what a good sender does not reach between two records, however busy the machine.
	idleTimeout = 20 * time.Second
)

// crowded reports whether there is more in use than may be for longer than a moment.
func (r *serverReport) crowded() bool {
	return max(r.Usage.Descriptors, r.Usage.Goroutines) > mostConns || r.Usage.Heap > mostHeap
}

// slow are senders that want to hold the Server up. Each sends something and then no more, or only now and then.
var slow = map[string]struct {
	sends []byte
	drips bool
	tls   bool
}{
	"silent":          {},
	"line begun":      {sends: []byte(`{"v":1,`)},
	"line drips":      {sends: []byte(`{"v":1,"msg":"`), drips: true},
	"line that grows": {sends: append([]byte(`{"v":1,"msg":"`), bytes.Repeat([]byte("x"), maxReceived-100)...)},
	"pickle begun":    {sends: []byte{0, 0}},
	"pickle drips":    {sends: []byte{0, 0, 0xff, 0}, drips: true},
	"no handshake":    {tls: true},
	"handshake drips": {sends: []byte{0x16, 3, 1, 2, 0}, drips: true, tls: true},
}

// TestSlowClients: many slow clients hold no more than MaxConns connections, each with its buffer, and none for longer than
// the Server's limits. A sender that was there before them does not notice, and in the end nothing is left.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	for name, s := range slow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := spawn(t, "server", here)
			do := func(o serverOrder) (r serverReport) {
				t.Helper()
				c.order(t, o, &r)
				if r.Err != "" {
					t.Fatal(r.Err)
				}
				if r.Stats.Conns > maxConns {
					t.Errorf("%+v", r)
				}
				if r.crowded() { // on a busy machine those that are evicted may not have come to their end
					testkit.Eventually(t, "there is no more in use than may be", func() bool {
						var again serverReport
						c.order(t, serverOrder{}, &again)
						return !again.crowded()
					})
				}
				return r
			}
			server := do(serverOrder{
				MaxConns: maxConns, MaxRecordBytes: maxReceived, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, TLS: s.tls,
			})

			good := newGood(t, server.Address, server.CA)
			testkit.Eventually(t, "a good sender is served", func() bool { return do(serverOrder{}).Stats.Handled == 1 })
			over := attack(t, server.Address, s.sends, s.drips)
			poll(over, func() {
				do(serverOrder{})
				good.log(t)
			})
			if r := do(serverOrder{}); r.Stats.Accepted != manyConns+1 || r.Stats.Failed > 0 {
				t.Errorf("%+v", r)
			}
			good.close(t)
			testkit.Eventually(t, "what a good sender has sent arrives", func() bool { return do(serverOrder{}).Stats.Handled == good.logged })
			if r := do(serverOrder{Close: true}); r.Left != "" || r.Stats.Conns != 0 {
				t.Errorf("after Close there are %+v", r)
			}
		})
	}
}

// attack makes slow connections, and closes the channel when the Server is rid of them all.
func attack(t *testing.T, address string, sends []byte, drips bool) (over <-chan struct{}) {
	t.Helper()
	var attackers sync.WaitGroup
	for range manyConns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		attackers.Go(func() { hold(t, conn, sends, drips) })
	}
	done := make(chan struct{})
	go func() {
		attackers.Wait()
		close(done)
	}()
	return done
}

// hold keeps a connection as long as it can.
func hold(t *testing.T, conn net.Conn, sends []byte, drips bool) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Error(err)
	}
	_, _ = conn.Write(sends) // the Server may have closed it already
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a slow client is still connected")
		}
	}()
	if drips {
		poll(closed, func() { _, _ = conn.Write([]byte{'x'}) })
	}
	<-closed
}

// poll calls f now and then, until done.
func poll(done <-chan struct{}, f func()) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			f()
		}
	}
}

// good is a sender that was there before the slow ones, and logs now and then.
type good struct {
	handler
	logged int64
}

func newGood(t *testing.T, address string, ca []byte) *good {
	t.Helper()
	o := options{writeTimeout: patience, dialTimeout: patience, onError: testkit.NoErrors(t)}
	if ca != nil {
		o.tls = trust(ca)
	}
	g := &good{handler: streams["JSON"].open(address, o)}
	g.log(t)
	return g
}

func (g *good) log(t *testing.T) {
	t.Helper()
	g.logged++
	if err := g.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "good", 0)); err != nil {
		t.Error(err)
	}
}

func (g *good) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := g.handler.close(ctx); err != nil {
		t.Error(err)
	}
	if c := g.stats(); c.Sent != g.logged || c.Reconnects > 0 {
		t.Errorf("a good sender has %+v", c)
	}
}
