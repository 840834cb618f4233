package link

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// patience is for what comes soon, unless the machine is very busy.
const patience = time.Minute

// frame makes a record that a peer can tell from the next one.
func frame(format string, args ...any) []byte {
	text := fmt.Appendf(nil, format, args...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
}

// readFrames reads records until the connection ends. A cut one is left out.
func readFrames(r io.Reader, each func(string)) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		var head [4]byte
		if _, err := io.ReadFull(br, head[:]); err != nil {
			return
		}
		text := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(br, text); err != nil {
			return
		}
		each(string(text))
	}
}

// server is a peer that keeps what it gets.
type server struct {
	net.Listener
	got   chan string
	conns chan net.Conn
	deaf  chan struct{} // closed when it accepts no more
	wg    sync.WaitGroup
}

func listen(t *testing.T, network, address string) *server {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l)
}

func serve(t *testing.T, l net.Listener) *server {
	s := &server{Listener: l, got: make(chan string, 1<<16), conns: make(chan net.Conn, 1<<10), deaf: make(chan struct{})}
	s.wg.Go(func() {
		defer close(s.deaf)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns <- c
			s.wg.Go(func() { readFrames(c, func(text string) { s.got <- text }) })
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *server) stop() {
	_ = s.Close()
	<-s.deaf
	for len(s.conns) > 0 {
		_ = (<-s.conns).Close()
	}
	s.wg.Wait()
}

// next returns the next record.
func (s *server) next(t *testing.T) string {
	t.Helper()
	select {
	case text := <-s.got:
		return text
	case <-time.After(patience):
		t.Fatal("no record arrives")
		return ""
	}
}

// patient has a real network take as long as it does on a busy machine, unless the test says how long.
func patient(c Config) Config {
	if c.Dial == nil {
		c.DialTimeout, c.WriteTimeout = cmp.Or(c.DialTimeout, patience), cmp.Or(c.WriteTimeout, patience)
	}
	return c
}

func newStream(t *testing.T, c Config) *Stream {
	s := NewStream(patient(c))
	t.Cleanup(func() { closeNow(s) })
	return s
}

// closeNow closes what a test is done with.
func closeNow(s interface{ Close(context.Context) error }) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = s.Close(ctx)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func write(t *testing.T, w io.Writer, p []byte) {
	t.Helper()
	if n, err := w.Write(p); n != len(p) || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
}

// noErrors is an OnError where nothing may fail.
func noErrors(t *testing.T) func(error) { return func(err error) { t.Errorf("OnError: %v", err) } }

// wantStats compares, with what must always hold.
func wantStats(t *testing.T, got, want Stats) {
	t.Helper()
	if got.Handled != got.Sent+got.Dropped+got.Failed+got.Buffered {
		t.Errorf("%+v does not add up", got)
	}
	if got != want {
		t.Errorf("Stats = %+v, want %+v", got, want)
	}
}

var errBroken = errors.New("broken")

// fakeConn is a connection that breaks after so many bytes.
type fakeConn struct {
	net.Conn // nil
	left     int
	bytes    []byte
	closed   bool
	write    func(p []byte) // called first
}

func (c *fakeConn) Write(p []byte) (int, error) {
	if c.write != nil {
		c.write(p)
	}
	n := min(len(p), c.left)
	c.bytes = append(c.bytes, p[:n]...)
	c.left -= n
	if n < len(p) {
		return n, errBroken
	}
	return n, nil
}

func (c *fakeConn) Close() error {
	c.closed = true
	return nil
}

func (*fakeConn) SetWriteDeadline(time.Time) error { return nil }
