package socketx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestBothEncodings(t *testing.T) {
	for _, network := range []string{"tcp", "tcp6", "unix", "udp", "udp6", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			r := newReceiver()
			s := &Server{Handler: r, ErrorHandler: testkit.NoErrors(t)}
			c := dial(t, network, serve(t, s, network))
			json := bytes.TrimSuffix(line("two"), []byte("\n"))
			for _, data := range [][]byte{pickled("one"), line("two"), pickled("three"), sized(json)} {
				send(t, c, data)
			}
			r.want(t, "one", "two", "three", "two")
			send(t, c, line("peer"))
			want := c.LocalAddr().String()
			if strings.HasPrefix(network, "unix") {
				want = "an unnamed socket"
			}
			if got := r.next(t).peer; got == nil || got.TLS != nil || got.String() != want {
				t.Errorf("from %v, want %s", got, want)
			}
			settled(t, s, ServerStats{Received: 5, Handled: 5})
		})
	}
}

// settled waits for the counts, of which want says those that matter.
func settled(t *testing.T, s *Server, want ServerStats) {
	t.Helper()
	var got ServerStats
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); {
		got = s.Stats()
		if got.Received == want.Received && got.Handled == want.Handled && got.Filtered == want.Filtered &&
			got.Failed == want.Failed && got.Refused == want.Refused && got.Evicted == want.Evicted {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%+v, want %+v", got, want)
}

// TestBroken: who sends something else loses the connection, and nobody else does.
func TestBroken(t *testing.T) {
	r := newReceiver()
	errs := new(errorLog)
	s := &Server{Handler: r, ErrorHandler: errs.Handle, MaxRecordBytes: 1000}
	address := serve(t, s, "tcp")
	good := dial(t, "tcp", address)
	for i, tc := range []struct{ data, words string }{
		{"GET / HTTP/1.1\r\n\r\n", "neither a line of JSON nor a length and a pickle"},
		{"{}\n", `slogkit: wire: `},
		{"{\"v\":2}\n", "slogkit: wire: "},
		{"\x00\x00\x10\x00", "a record of 4096 bytes, more than 1000"},
		{"{" + strings.Repeat(" ", 1000), "a record of 1001 bytes, more than 1000"},
		{"\x00\x00\x00\x02N.", "slogkit: pickle: not a dict"},
		{"\x00\x00\x00\x0ecos\nsystem\n)R.", `slogkit: pickle: byte 0: GLOBAL of "os.system": only data is read`},
	} {
		bad := dial(t, "tcp", address)
		send(t, bad, append(line(fmt.Sprint("before ", i)), tc.data...))
		r.want(t, fmt.Sprint("before ", i))
		wantClosed(t, bad)
		errs.want(t, "from "+bad.LocalAddr().String()+": "+tc.words)
		send(t, good, line(fmt.Sprint(i)))
		r.want(t, fmt.Sprint(i))
		settled(t, s, ServerStats{Received: int64(3 * (i + 1)), Handled: int64(2 * (i + 1)), Refused: int64(i + 1)})
	}
	errs.WantNone(t)
}

// TestCut: a record that is cut is an error, unless it was none yet.
func TestCut(t *testing.T) {
	r := newReceiver()
	errs := new(errorLog)
	s := &Server{Handler: r, ErrorHandler: errs.Handle}
	address := serve(t, s, "tcp")
	for _, data := range [][]byte{pickled("x")[:3], pickled("x")[:20], line("x")[:10]} {
		c := dial(t, "tcp", address)
		send(t, c, data)
		_ = c.Close()
		errs.want(t, "a record was cut by the end of the connection")
	}
	c := dial(t, "tcp", address)
	send(t, c, line("whole"))
	_ = c.Close()
	r.want(t, "whole")
	settled(t, s, ServerStats{Received: 4, Handled: 1, Refused: 3})
	errs.WantNone(t)
}

// TestFaults: what makes no sense in a record is an error, and costs nothing else.
func TestFaults(t *testing.T) {
	r := newReceiver()
	errs, about := new(errorLog), make(chan string, 1)
	address := serve(t, &Server{Handler: r, ErrorHandler: func(ctx context.Context, r slog.Record, err error) {
		errs.Handle(ctx, r, err)
		about <- r.Message
	}}, "tcp")
	c := dial(t, "tcp", address)
	send(t, c, sized([]byte("}(U\x03msgU\x01xU\x07levelnoU\x01yu.")))
	errs.want(t, `record key "levelno"`)
	if got := r.next(t); got.Message != "x" || attrsOf(got.Record)["levelno"] != "y" {
		t.Errorf("%v", got)
	}
	if got := <-about; got != "x" {
		t.Errorf("the error is about %q", got)
	}
	send(t, c, line("next"))
	r.want(t, "next")
}

// TestHandlerOfServer: levels, errors and panics of the Handler.
func TestHandlerOfServer(t *testing.T) {
	r := newReceiver()
	r.level = slog.LevelWarn
	mine := errors.New("disk full")
	var told sync.WaitGroup
	told.Add(1)
	inner := slogx.NewStreamHandler(failing{mine}, &slogx.StreamOptions{
		Options: slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) { told.Done() }},
	})
	r.hook = func(ctx context.Context, rec slog.Record) error {
		switch rec.Message {
		case "error":
			return mine
		case "panic":
			panic(mine)
		case "reported":
			return inner.Handle(ctx, rec)
		}
		return nil
	}
	errs := new(errorLog)
	s := &Server{Handler: r, ErrorHandler: errs.Handle}
	c := dial(t, "tcp", serve(t, s, "tcp"))
	e := newEncoder(&Options{}, true)
	for _, msg := range []string{"error", "panic", "reported", "fine", "too low"} {
		rec := record(msg)
		if msg != "too low" {
			rec.Level = slog.LevelWarn
		}
		b, err := e.append(nil, &rec)
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, b)
	}
	errs.want(t, "disk full")
	errs.want(t, "panic: disk full")
	told.Wait()
	r.want(t, "fine")
	settled(t, s, ServerStats{Received: 5, Handled: 1, Filtered: 1, Failed: 3})
	errs.WantNone(t)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestServerErrors(t *testing.T) {
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if err := new(Server).Serve(listen()); err == nil || err.Error() != "socketx: a Server without a Handler" {
		t.Error(err)
	}
	s := &Server{Handler: newReceiver()}
	l := listen()
	_ = l.Close()
	if err := s.Serve(l); !errors.Is(err, net.ErrClosed) || errors.Is(err, slogx.ErrClosed) {
		t.Error(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	l = listen()
	if err := s.Serve(l); !errors.Is(err, slogx.ErrClosed) {
		t.Error(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is open: %v", err)
	}
	if err := new(Server).Close(); err != nil {
		t.Error(err)
	}
	if PeerOf(t.Context()) != nil {
		t.Error("a Peer of nobody")
	}
}

func (pipeAddr) Network() string { return "pipe" }

func (pipeAddr) String() string { return "pipe" }
