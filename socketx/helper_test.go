package socketx

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// soon is for what comes soon, unless the machine is very busy.
const soon = 30 * time.Second

// receiver is a Server's Handler: it remembers what it was given, and from whom.
type receiver struct {
	records chan received
	level   slog.Level
	hook    func(context.Context, slog.Record) error // nil: takes all
}

type received struct {
	slog.Record
	peer *Peer
}

func newReceiver() *receiver { return &receiver{records: make(chan received, 1<<16)} }

func (r *receiver) Enabled(_ context.Context, level slog.Level) bool { return level >= r.level }
func (r *receiver) WithAttrs([]slog.Attr) slog.Handler               { return r }
func (r *receiver) WithGroup(string) slog.Handler                    { return r }

func (r *receiver) Handle(ctx context.Context, rec slog.Record) error {
	if r.hook != nil {
		if err := r.hook(ctx, rec); err != nil {
			return err
		}
	}
	r.records <- received{rec, PeerOf(ctx)}
	return nil
}

// next waits for a record.
func (r *receiver) next(t *testing.T) received {
	t.Helper()
	select {
	case rec := <-r.records:
		return rec
	case <-time.After(soon):
		t.Fatal("no record")
		panic("not reached")
	}
}

// want waits for records with these messages, one after the other.
func (r *receiver) want(t *testing.T, messages ...string) {
	t.Helper()
	for _, want := range messages {
		if got := r.next(t).Message; got != want {
			t.Errorf("got %.100q, want %q", got, want)
		}
	}
}

func (r *receiver) wantNone(t *testing.T) {
	t.Helper()
	select {
	case rec := <-r.records:
		t.Errorf("got %q", rec.Message)
	default:
	}
}

// errorLog is an ErrorHandler that remembers.
type errorLog struct{ testkit.ErrorLog }

// want waits for an error with these words.
func (l *errorLog) want(t *testing.T, words string) {
	t.Helper()
	if err := l.Next(t); !strings.HasPrefix(err.Error(), "socketx: ") || !strings.Contains(err.Error(), words) {
		t.Errorf("error %q, want %q", err, words)
	}
}

// isPacket reports whether a network has datagrams.
func isPacket(network string) bool { return strings.HasPrefix(network, "udp") || network == "unixgram" }

// serve has s serve a network at a free address, until the end of the test, and returns the address.
func serve(t *testing.T, s *Server, network string) string {
	t.Helper()
	address := "127.0.0.1:0"
	switch {
	case strings.HasPrefix(network, "unix"):
		address = filepath.Join(testkit.ShortDir(t), "s")
	case strings.HasSuffix(network, "6"):
		address = "[::1]:0"
	}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	run := func(f func() error) {
		serving.Go(func() {
			if err := f(); !errors.Is(err, slogx.ErrClosed) {
				t.Errorf("serving %s ended with %v", network, err)
			}
		})
	}
	if isPacket(network) {
		p, err := net.ListenPacket(network, address)
		if err != nil {
			skipWithoutIPv6(t, network, err)
			t.Fatal(err)
		}
		run(func() error { return s.ServePacket(p) })
		return p.LocalAddr().String()
	}
	l, err := net.Listen(network, address)
	if err != nil {
		skipWithoutIPv6(t, network, err)
		t.Fatal(err)
	}
	run(func() error { return s.Serve(l) })
	return l.Addr().String()
}

func skipWithoutIPv6(t *testing.T, network string, err error) {
	if strings.HasSuffix(network, "6") {
		t.Skip(err)
	}
}

// newHandler returns a handler of the kind that the network wants, which is closed at the end of the test.
func newHandler(t *testing.T, network, address string, opts Options) interface {
	slog.Handler
	Close() error
	Stats() Stats
	Sink() any
} {
	t.Helper()
	if opts.DialTimeout == 0 {
		opts.DialTimeout, opts.WriteTimeout = soon, soon
	}
	if isPacket(network) {
		h := NewDatagramHandler(network, address, &opts)
		t.Cleanup(func() { _ = h.Close() })
		return h
	}
	h := NewHandler(network, address, &opts)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// dial connects to a Server, for the length of the test.
func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, w io.Writer, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Error(err)
	}
}

// wantClosed waits until the other side has closed the connection.
func wantClosed(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("not closed: %d, %v", n, err)
	}
}

// record is a record without time or source.
func record(msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, msg, 0)
	r.AddAttrs(attrs...)
	return r
}

// handle hands h a record with nothing but a message.
func handle(t *testing.T, h slog.Handler, messages ...string) {
	t.Helper()
	for _, msg := range messages {
		if err := h.Handle(t.Context(), record(msg)); err != nil {
			t.Errorf("Handle(%q): %v", msg, err)
		}
	}
}

// line is a record as a line of JSON.
func line(msg string) []byte {
	r := record(msg)
	return append(new(wire.Encoder).Append(nil, &r), '\n')
}

// sized puts the length before a record.
func sized(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

// pickled is a record as Python sends it.
func pickled(msg string) []byte {
	r := record(msg)
	var o Options
	o.Encoding = Pickle
	e := newEncoder(&o, true)
	b, err := e.append(nil, &r)
	if err != nil {
		panic(err)
	}
	return b
}

func attrsOf(r slog.Record) map[string]any {
	attrs := map[string]any{}
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Any()
		return true
	})
	return attrs
}

// printed is what slogx.JSON prints of a record.
func printed(t *testing.T, r slog.Record) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := slogx.JSON(&b, &slog.HandlerOptions{AddSource: true, Level: slog.LevelDebug}).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
