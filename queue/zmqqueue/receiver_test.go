package zmqqueue

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// greeting is that of ZMTP 3.0 with NULL, and READY of a socket of this type.
func greeting(socketType string) []byte {
	g := make([]byte, 64)
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	body := append([]byte("\x05READY\x0bSocket-Type\x00\x00\x00"), byte(len(socketType)))
	return appendFrame(g, commandFlag, append(body, socketType...))
}

// dialRaw returns a connection with its handshake done, for a peer that does what no library would.
func dialRaw(t testing.TB, a net.Addr, socketType string) net.Conn {
	t.Helper()
	c, err := net.Dial(a.Network(), a.String())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(patience)))
	_, err = c.Write(greeting(socketType))
	must(t, err)
	_, err = io.ReadFull(c, make([]byte, 64))
	must(t, err)
	var h [2]byte
	_, err = io.ReadFull(c, h[:])
	must(t, err)
	_, err = io.ReadFull(c, make([]byte, h[1]))
	must(t, err)
	return c
}

const good = `{"v":1,"msg":"good","attrs":["n",1]}`

// A message that is no record is counted and reported, and the next one on the same connection comes.
func TestBadMessages(t *testing.T) {
	frame := func(flags byte, s string) string { return string(appendFrame(nil, flags, []byte(s))) }
	tests := map[string]struct {
		sent string
		want string // of the error; "": none
	}{
		"empty":               {frame(0, ""), "is no record"},
		"not JSON":            {frame(0, "hello"), "is no record"},
		"JSON, but no record": {frame(0, `{"a":1}`), "without msg"},
		"a list":              {frame(0, `[1]`), "is no record"},
		"a later version":     {frame(0, `{"v":2,"msg":"x"}`), "version 2"},
		"half a record":       {frame(0, good[:20]), "is no record"},
		"deep":                {frame(0, `{"msg":"x","a":`+strings.Repeat("[", 5000)), "is no record"},
		"too long":            {frame(0, strings.Repeat("x", 5001)), "5001 bytes, more than MaxMessageBytes, 5000"},
		"many long frames":    {strings.Repeat(frame(moreFlag, strings.Repeat("x", 3000)), 9) + frame(0, good), "27036 bytes"},
		"three frames":        {frame(moreFlag, "a") + frame(moreFlag, "b") + frame(0, good), "3 frames"},
		"many empty frames":   {strings.Repeat(frame(moreFlag, ""), 9000) + frame(0, good), "9001 frames"},
		"a command":           {frame(commandFlag, "\x04NOPE"), ""},
		"a flawed record":     {frame(0, `{"msg":"n","n":1,"levelno":"high"}`), "levelno"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var told testkit.ErrorLog
			q, err := OpenPull("tcp://127.0.0.1:*", &ReceiveOptions{Options: Options{
				Bind: true, ErrorHandler: told.Handle, MaxMessageBytes: 5000,
			}})
			must(t, err)
			defer q.Close() //nolint:errcheck // for a test that fails
			c := dialRaw(t, q.Addr(), "PUSH")
			_, err = c.Write([]byte(tt.sent + frame(moreFlag, "topic") + frame(0, good)))
			must(t, err)
			flawed := name == "a flawed record"
			if flawed {
				collect(t, q, 1)
			}
			if r := collect(t, q, 1)[0]; r.Message != "good" || number(r) != 1 {
				t.Errorf("%v comes", r)
			}
			must(t, c.Close())
			must(t, q.Close())
			errs := told.All()
			if tt.want == "" && len(errs) > 0 || tt.want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), tt.want)) {
				t.Errorf("told %v, want %q", errs, tt.want)
			}
			st := q.Stats()
			if bad := tt.want != "" && !flawed; bad != (st.Rejected == 1) || st.Received != st.Delivered+st.Rejected {
				t.Errorf("%+v", st)
			}
		})
	}
}

// A peer that does not speak ZMTP is disconnected, and others are not.
func TestBadPeers(t *testing.T) {
	hello := string(greeting("PUSH"))
	unhex := func(s string) string {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		must(t, err)
		return string(b)
	}
	tests := map[string]string{
		"HTTP":                          "GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("x", 64),
		"ZMTP 2":                        strings.Replace(hello, "\x03\x00NULL", "\x01\x00NULL", 1),
		"CURVE":                         strings.Replace(hello, "NULL\x00", "CURVE", 1),
		"another socket":                string(greeting("REQ")),
		"an unknown socket":             string(greeting("NONE")),
		"a property beyond the end":     hello[:64] + unhex("04 08 05") + "READY" + unhex("ff 00"),
		"a long value of a property":    hello[:64] + unhex("04 0c 05") + "READY" + unhex("01 41 ff ff ff ff"),
		"a long handshake":              hello[:64] + unhex("06 7f ff ff ff ff ff ff ff"),
		"an endless handshake":          hello[:64] + unhex("06 ff ff ff ff ff ff ff ff"),
		"no command":                    hello[:64] + unhex("04 00"),
		"a frame of 8 EiB":              hello + unhex("02 7f ff ff ff ff ff ff ff"),
		"a frame longer than there are": hello + unhex("02 ff ff ff ff ff ff ff ff"),
		"a long command":                hello + unhex("06 00 00 00 00 00 01 00 00"),
		"unknown flags":                 hello + unhex("08 00"),
	}
	var told testkit.ErrorLog
	q, err := OpenPull("tcp://127.0.0.1:*", &ReceiveOptions{Options: Options{Bind: true, ErrorHandler: told.Handle}})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	witness := dialRaw(t, q.Addr(), "PUSH")
	for name, sent := range tests {
		before := len(told.All())
		c, err := net.Dial("tcp", q.Addr().String())
		must(t, err)
		_, err = c.Write([]byte(sent))
		must(t, err)
		must(t, c.SetReadDeadline(time.Now().Add(patience)))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: not disconnected", name)
		}
		must(t, c.Close())
		testkit.Eventually(t, name+" is reported", func() bool { return len(told.All()) == before+1 })
	}
	_, err = witness.Write(appendFrame(nil, 0, []byte(good)))
	must(t, err)
	collect(t, q, 1)
}

// PING is answered with PONG and its context, between messages and within them.
func TestPing(t *testing.T) {
	q, err := OpenPull("tcp://127.0.0.1:*", &ReceiveOptions{Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t)}})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	c := dialRaw(t, q.Addr(), "PUSH")
	_, err = c.Write(appendFrame(appendFrame(nil, commandFlag, []byte("\x04PING\x00\x0actx")), 0, []byte(good)))
	must(t, err)
	want := string(appendFrame(nil, commandFlag, []byte("\x04PONGctx")))
	got := make([]byte, len(want))
	_, err = io.ReadFull(c, got)
	must(t, err)
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
	collect(t, q, 1)
	must(t, c.Close())
}

// More than MaxPeers are turned away, and one that does not finish its handshake is not waited for.
func TestMaxPeers(t *testing.T) {
	var told testkit.ErrorLog
	q, err := OpenPull("tcp://127.0.0.1:*", &ReceiveOptions{Options: Options{
		Bind: true, ErrorHandler: told.Handle, MaxPeers: 2,
	}})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	silent, err := net.Dial("tcp", q.Addr().String())
	must(t, err)
	defer silent.Close() //nolint:errcheck // nothing is written
	c := dialRaw(t, q.Addr(), "PUSH")
	third, err := net.Dial("tcp", q.Addr().String())
	must(t, err)
	defer third.Close() //nolint:errcheck // nothing is written
	must(t, third.SetReadDeadline(time.Now().Add(patience)))
	if _, err := third.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the third peer is not turned away: %v", err)
	}
	_, err = c.Write(appendFrame(nil, 0, []byte(good)))
	must(t, err)
	collect(t, q, 1)
	if st := q.Stats(); st.Refused != 1 || st.Peers != 1 || len(told.All()) != 1 {
		t.Errorf("%+v; told %v", st, told.All())
	}
	must(t, c.Close())
}

// A Receiver that is closed tells its peers, so that all that was sent comes out, and the rest waits with the Sender.
func TestCloseReceiver(t *testing.T) {
	for transport, endpoint := range endpoints(t) {
		t.Run(transport, func(t *testing.T) {
			s, q := pair(t, "PUSH", endpoint, false, SendOptions{})
			s.socket.opts.CloseTimeout = time.Millisecond
			q.socket.opts.CloseTimeout = patience
			ctx, stop := context.WithCancel(t.Context())
			logged := make(chan struct{})
			go func() {
				defer close(logged)
				for n := 0; ctx.Err() == nil; n++ {
					_ = s.Enqueue(ctx, numbered(n))
				}
			}()
			collect(t, q, 3000)
			closed := make(chan error)
			go func() { closed <- q.Close() }()
			next := 3000
			for {
				r, err := q.Dequeue(t.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				must(t, err)
				if number(r) != next {
					t.Fatalf("record %d comes instead of %d", number(r), next)
				}
				next++
			}
			must(t, <-closed)
			stop()
			<-logged
			if err := s.Close(); err == nil {
				t.Error("Close of the Sender says nothing of the rest")
			}
			if st := s.Stats(); st.Sent != int64(next) || st.Dropped == 0 {
				t.Errorf("%d came of %+v", next, st)
			}
			wantBalance(t, s)
			if err := q.Enqueue(t.Context(), numbered(0)); !errors.Is(err, slogx.ErrClosed) {
				t.Errorf("Enqueue says %v", err)
			}
		})
	}
}

// Nobody takes records out: no more are read than there is room for, and Close says how many are lost.
func TestNobodyDequeues(t *testing.T) {
	q, err := OpenPull("tcp://127.0.0.1:*", &ReceiveOptions{
		Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t), CloseTimeout: 50 * time.Millisecond}, Capacity: 10,
	})
	must(t, err)
	if err := q.Enqueue(t.Context(), numbered(0)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Enqueue says %v", err)
	}
	c := dialRaw(t, q.Addr(), "PUSH")
	for range 20 {
		_, err := c.Write(appendFrame(nil, 0, []byte(good)))
		must(t, err)
	}
	testkit.Eventually(t, "eleven have come", func() bool { return q.Stats().Received == 11 })
	if err := q.Close(); err == nil || !strings.Contains(err.Error(), "1 records were not taken out") {
		t.Errorf("Close says %v", err)
	}
	must(t, q.Close())
	if got := len(collect(t, q, 10)); got != 10 {
		t.Error(got)
	}
	if st := q.Stats(); st.Dropped != 1 || st.Delivered != 10 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

// With a context that is done Dequeue gives what is there.
func TestDequeueDone(t *testing.T) {
	s, q := pair(t, "PUSH", "tcp://127.0.0.1:*", true, SendOptions{})
	must(t, s.Enqueue(t.Context(), numbered(0)))
	testkit.Eventually(t, "a record", func() bool { return q.Stats().Waiting == 1 })
	if r, err := q.Dequeue(over); err != nil || number(r) != 0 {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := q.Dequeue(over); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEndpoints(t *testing.T) {
	tests := map[string]endpoint{
		"tcp://127.0.0.1:5556": {"tcp", "127.0.0.1:5556"},
		"tcp://*:5556":         {"tcp", ":5556"},
		"tcp://*:*":            {"tcp", ":0"},
		"tcp://[::1]:5556":     {"tcp", "[::1]:5556"},
		"ipc:///run/log":       {"unix", "/run/log"},
		"ipc://log":            {"unix", "log"},
		"ipc://@log":           {"unix", "@log"},
		"":                     {}, "tcp://": {}, "tcp://host": {}, "tcp://host:": {}, "ipc://": {}, "ipc://*": {},
		"inproc://x":        {},
		"udp://127.0.0.1:1": {}, "127.0.0.1:5556": {},
	}
	for s, want := range tests {
		got, err := parseEndpoint(s)
		if got != want || (err == nil) != (want != endpoint{}) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if _, err := OpenPull("nonsense", nil); err == nil {
		t.Error("OpenPull knows nonsense")
	}
	s, q := NewPush("nonsense", nil), NewSub("nonsense", nil)
	if err := s.Enqueue(t.Context(), numbered(0)); err == nil {
		t.Error("Enqueue does")
	}
	if _, err := q.Dequeue(t.Context()); err == nil {
		t.Error("Dequeue does")
	}
	must(t, s.Close())
	must(t, q.Close())
	if _, err := q.Dequeue(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("Dequeue after Close: %v", err)
	}
	if _, err := OpenPush(freeEndpoint(t, "tcp"), nil); err == nil {
		t.Error("OpenPush connects to nobody")
	}
}

// The file of a socket is private; one that a killed process left is replaced, and no other.
func TestSocketFile(t *testing.T) {
	path := socketPath(t)
	bind := &ReceiveOptions{Options: Options{Bind: true}}
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	stale.SetUnlinkOnClose(false)
	must(t, stale.Close())
	q, err := OpenPull("ipc://"+path, bind)
	must(t, err)
	info, err := os.Lstat(path)
	must(t, err)
	if runtime.GOOS == "linux" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := OpenPull("ipc://"+path, bind); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("bound twice: %v", err)
	}
	must(t, q.Close())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
	must(t, os.WriteFile(path, []byte("precious"), 0o600))
	if _, err := OpenPull("ipc://"+path, bind); err == nil {
		t.Error("a file is replaced")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
		t.Errorf("%q, %v", b, err)
	}
}

// What is given is what comes out, kind by kind.
func TestKinds(t *testing.T) {
	s, q := pair(t, "PUSH", "tcp://127.0.0.1:*", true, SendOptions{AddSource: true})
	at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.FixedZone("", 7200))
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := slog.NewRecord(at, slog.Level(7), "kinds", pcs[0])
	r.AddAttrs(slog.String("s", "x"), slog.Int("i", -1), slog.Uint64("u", 1<<63), slog.Float64("f", 3), slog.Bool("b", true),
		slog.Duration("d", time.Second), slog.Time("t", at), slog.Group("g", "a", 1, slog.Group("h", "a", 2)),
		slog.String("s", "again"))
	must(t, s.Enqueue(t.Context(), r))
	got := collect(t, q, 1)[0]
	var have, want []string
	attrs := func(to *[]string) func(slog.Attr) bool {
		return func(a slog.Attr) bool {
			if a.Key != slog.SourceKey {
				*to = append(*to, fmt.Sprint(a.Value.Kind(), a))
			} else if src := a.Value.Any().(*slog.Source); *src != *r.Source() {
				t.Errorf("source %v, want %v", src, r.Source())
			}
			return true
		}
	}
	got.Attrs(attrs(&have))
	r.Attrs(attrs(&want))
	if strings.Join(have, "\n") != strings.Join(want, "\n") || got.NumAttrs() != r.NumAttrs()+1 {
		t.Errorf("%q, want %q", have, want)
	}
	if !got.Time.Equal(at) || got.Level != 7 || got.Message != "kinds" {
		t.Errorf("%v", got)
	}
}
