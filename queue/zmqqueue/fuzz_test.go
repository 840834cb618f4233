package zmqqueue

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// FuzzDecode: what a peer sends is a record that can be printed and sent on, or an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(" { \"v\" : 1 }"))
	f.Add([]byte(`{"name":"root","msg":"%s of %d","args":["a",1],"levelno":30,"created":1.5,"pathname":"/a.py","x":NaN}`))
	f.Add([]byte(`{"name":"root","msg":"%(a)s","args":[{"a":1}],"levelno":1e99,"created":-1e300}`))
	f.Add([]byte(`{"msg":null,"":{"":[]}}`))
	d := newDecoder(1 << 20)
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, _, err := d.decode(message{frames: 1, size: int64(len(payload)), payload: payload})
		if err != nil {
			return
		}
		if err := slogx.JSON(io.Discard, &slog.HandlerOptions{Level: slog.Level(-1 << 62)}).Handle(t.Context(), r); err != nil {
			t.Errorf("cannot be printed: %v", err)
		}
		for _, e := range []Encoding{Wire, Python} {
			again := newEncoder(&SendOptions{Encoding: e}, "").append(nil, &r)
			r2, _, err := d.decode(message{frames: 1, size: int64(len(again)), payload: again})
			if len(again) < 1<<20 && (err != nil || e == Wire && r2.Message != r.Message) {
				t.Errorf("%s: %v, %v", again, r2, err)
			}
		}
	})
}

// stream is a connection from which data come, and to which everything goes.
type stream struct {
	net.Conn
	io.Reader
}

func (s stream) Read(p []byte) (int, error)       { return s.Reader.Read(p) }
func (s stream) Write(p []byte) (int, error)      { return len(p), nil }
func (s stream) SetWriteDeadline(time.Time) error { return nil }

// FuzzReceive: whatever bytes a peer sends, messages are not longer than the limit, and there is an end.
func FuzzReceive(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, moreFlag, []byte("topic")), 0, []byte(good)))
	f.Add(appendFrame(nil, commandFlag, []byte("\x04PING\x00\x01context")))
	f.Add(appendFrame(nil, 0, bytes.Repeat([]byte("x"), 2000)))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	const limit = 1000
	f.Fuzz(func(t *testing.T, data []byte) {
		s := stream{Reader: bytes.NewReader(data)}
		c := &conn{raw: s, in: bufio.NewReader(s)}
		sum := 0
		for {
			m, err := c.receive(limit)
			if err != nil {
				break
			}
			if sum += int(m.size) + 2*m.frames; sum > len(data) || m.tooLong != (m.size > limit) || len(m.payload) > limit {
				t.Fatalf("%+v, after %d bytes of %d", m, sum, len(data))
			}
		}
	})
}

// FuzzHandshake: the library may panic, and does, but no more than that.
func FuzzHandshake(f *testing.F) {
	f.Add(greeting("PUSH"))
	f.Add(greeting("NONE"))
	f.Add(append(greeting("PUSH")[:64], "\x04\x0c\x05READY\x01A\xff\xff\xff\xff"...))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := stream{Reader: bytes.NewReader(data)}
		g := &greeter{Conn: s, in: bufio.NewReader(s)}
		if err := greet(g, "PULL", true); err == nil && len(data) < 64 {
			t.Error("shook hands with nobody")
		}
	})
}
