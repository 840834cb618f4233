package syslogx

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
	"unicode/utf8"

	"github.com/leodido/go-syslog/v4/rfc5424"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestSlogtest: slog's contract, with what arrives taken apart by somebody else's parser.
func TestSlogtest(t *testing.T) {
	for _, network := range []string{"udp", "unixgram", "tcp"} {
		t.Run(network, func(t *testing.T) {
			var next func() string
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				var address string
				if network == "tcp" {
					d := listen(t, "tcp", "localhost:0", OctetCounting)
					address, next = d.Addr().String(), func() string { return d.next(t) }
				} else {
					p := listenPackets(t, network)
					address, next = p.LocalAddr().String(), func() string { return p.next(t) }
				}
				return closing(t, NewHandler(network, address, someone(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})))
			}, func(t *testing.T) map[string]any {
				text := next()
				parsed, err := rfc5424.NewParser().Parse([]byte(text))
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				m := parsed.(*rfc5424.SyslogMessage)
				out := map[string]any{slog.LevelKey: *m.SeverityLevel()}
				if m.Message != nil {
					out[slog.MessageKey] = *m.Message
				}
				if m.Timestamp != nil {
					out[slog.TimeKey] = *m.Timestamp
				}
				if m.StructuredData != nil {
					for key, value := range (*m.StructuredData)[defaultID] {
						testkit.Nest(t, out, key, value)
					}
				}
				return out
			})
		})
	}
}

// TestNetworks: every network there is, and the same address written in every way.
func TestNetworks(t *testing.T) {
	dir := testkit.ShortDir(t)
	for _, network := range []string{"udp", "udp4", "udp6", "unixgram", "local", "tcp", "tcp4", "tcp6", "unix"} {
		for _, framing := range []Framing{OctetCounting, Newline, NUL} {
			t.Run(network, func(t *testing.T) {
				var next func() string
				var address string
				name := network
				switch network {
				case "udp", "udp4", "udp6", "unixgram":
					p := listenPackets(t, network)
					address, next = p.LocalAddr().String(), func() string { return p.next(t) }
				case "local":
					defer func(paths []string) { localPaths = paths }(localPaths)
					localPaths = []string{filepath.Join(dir, "none"), filepath.Join(dir, "there"+framingName(framing))}
					p := listenPacketsAt(t, "unixgram", localPaths[1])
					name, next = "", func() string { return p.next(t) }
				case "tcp", "tcp4", "tcp6":
					d := listen(t, network, loopback(network), framing)
					address, next = d.Addr().String(), func() string { return d.next(t) }
				case "unix":
					d := listen(t, "unix", filepath.Join(dir, framingName(framing)), framing)
					address, next = d.Addr().String(), func() string { return d.next(t) }
				}
				h, err := Open(name, address, someone(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Framing: framing}))
				if err != nil {
					t.Fatal(err)
				}
				slog.New(h.WithAttrs([]slog.Attr{slog.Int("a", 1)})).Info("one")
				slog.New(h).Info("two\x00\nthree")
				if got := next(); !strings.HasPrefix(got, "<14>1 ") || !strings.HasSuffix(got,
					` host.example app 42 - [slog@32473 a="1"] one`) {
					t.Errorf("%q", got)
				}
				want := ` host.example app 42 - - two\x00` + "\n" + `three`
				if framing != OctetCounting && h.format.framed {
					want = ` host.example app 42 - - two\x00\nthree`
				}
				if got := next(); !strings.HasPrefix(got, "<14>1 ") || !strings.HasSuffix(got, want) {
					t.Errorf("%q", got)
				}
				if err := h.Flush(); err != nil {
					t.Error(err)
				}
				for range 2 {
					if err := h.Close(); err != nil {
						t.Error(err)
					}
				}
				if stats := h.Stats(); stats.Handled != 2 || stats.Written != 2 || stats.Bytes == 0 {
					t.Errorf("%+v", stats)
				}
				var log testkit.ErrorLog
				h = NewHandler(name, address, &Options{Options: slogx.Options{ErrorHandler: log.Handle}})
				_ = slogx.Close(h.WithGroup("g"))
				if err := h.Handle(context.Background(), record(0, "m")); !errors.Is(err, slogx.ErrClosed) || len(log.Take()) != 1 {
					t.Errorf("after Close: %v", err)
				}
			})
		}
	}
}

func framingName(f Framing) string { return [...]string{"octet", "newline", "nul"}[f] }

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"host": "host:514", "host:1": "host:1", "::1": "[::1]:514", "[::1]": "[::1]:514", "[::1]:1": "[::1]:1", "1.2.3.4": "1.2.3.4:514", "": ":514",
	} {
		if got := withPort(in, "514"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestInvalid: Open refuses what NewHandler cannot, and then every record is an error.
func TestInvalid(t *testing.T) {
	for name, c := range map[string]struct {
		network, address string
		opts             Options
	}{
		"network":  {"sctp", "localhost", Options{}},
		"facility": {"udp", "localhost", Options{Facility: 24}},
		"protocol": {"udp", "localhost", Options{Protocol: 3}},
		"framing":  {"udp", "localhost", Options{Framing: -1}},
		"oversize": {"udp", "localhost", Options{Oversize: 3}},
		"size":     {"udp", "localhost", Options{MaxMessageBytes: 479}},
		"id":       {"udp", "localhost", Options{StructuredDataID: "a b"}},
		"tls":      {"unixgram", "/dev/null", Options{TLSConfig: testkit.NewAuthority("ca").Client()}},
	} {
		t.Run(name, func(t *testing.T) {
			var log testkit.ErrorLog
			c.opts.ErrorHandler = log.Handle
			if h, err := Open(c.network, c.address, &c.opts); err == nil || h != nil {
				t.Errorf("Open = %v, %v", h, err)
			}
			h := closing(t, NewHandler(c.network, c.address, &c.opts))
			if err := h.Handle(context.Background(), record(0, "m")); err == nil {
				t.Error("no error")
			}
			if errs := log.Take(); len(errs) != 1 {
				t.Errorf("ErrorHandler: %v", errs)
			}
		})
	}
	for network, address := range map[string]string{"unixgram": "/nobody/here", "tcp": "127.0.0.1:1", "": "/nobody/here"} {
		if h, err := Open(network, address, nil); err == nil {
			t.Errorf("Open(%q, %q) = %v", network, address, h)
		}
	}
}

// TestOversize: what is too long, for MaxMessageBytes or for the socket, is cut, split or refused, and what comes after
// it is not held up.
func TestOversize(t *testing.T) {
	long := strings.Repeat("漢", 600)    // 1800 bytes
	huge := strings.Repeat("漢", 300000) // more than any socket takes
	head := "<14>1 2026-03-29T12:34:56.789012Z host.example app 42 - "
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			d := listenPackets(t, network)
			open := func(o Options) (*Handler, *testkit.ErrorLog) {
				log := new(testkit.ErrorLog)
				o.ErrorHandler = log.Handle
				return closing(t, NewHandler(network, d.LocalAddr().String(), someone(o))), log
			}
			ctx := context.Background()

			h, log := open(Options{MaxMessageBytes: 1000})
			if err := h.Handle(ctx, record(0, long, "a", "1", "b", "2")); err != nil {
				t.Error(err)
			}
			got := d.next(t)
			if rest, ok := strings.CutPrefix(got, head+`[slog@32473 a="1" b="2"] `); !ok || !strings.HasPrefix(long, rest) ||
				len(got) < 998 || len(got) > 1000 {
				t.Errorf("cut: %d bytes, %q", len(got), got)
			}
			if err := h.Handle(ctx, record(0, "msg", "a", "1", "b", long, "c", "3")); err != nil {
				t.Error(err)
			}
			if got := d.next(t); got != head+`[slog@32473 a="1"] ` {
				t.Errorf("cut: %q", got)
			}
			if err := h.Handle(ctx, record(0, "msg", "b", long)); err != nil {
				t.Error(err)
			}
			if got := d.next(t); got != head+`- ` {
				t.Errorf("cut: %q", got)
			}
			if stats := h.Stats(); stats.Cut != 3 || stats.Handled != 3 || log.Take() != nil {
				t.Errorf("%+v", stats)
			}

			h, log = open(Options{MaxMessageBytes: 1000, Oversize: Split})
			if err := h.Handle(ctx, record(0, long, "a", "1")); err != nil {
				t.Error(err)
			}
			var whole string
			for range 2 {
				rest, ok := strings.CutPrefix(d.next(t), head+`[slog@32473 a="1"] `)
				if !ok {
					t.Errorf("split: %q", rest)
				}
				whole += rest
			}
			if whole != long {
				t.Errorf("split: %q", whole)
			}
			if err := h.Handle(ctx, record(0, "msg", "b", long)); err != nil { // there is nothing to split
				t.Error(err)
			}
			if got := d.next(t); got != head+`- ` {
				t.Errorf("cut: %q", got)
			}
			if stats := h.Stats(); stats.Split != 2 || stats.Handled != 3 || log.Take() != nil {
				t.Errorf("%+v", stats)
			}

			h, log = open(Options{MaxMessageBytes: 1000, Oversize: Refuse})
			if err := h.Handle(ctx, record(0, long)); !errors.Is(err, ErrTooLong) || len(log.Take()) != 1 {
				t.Errorf("refuse: %v", err)
			}
			if stats := h.Stats(); stats.Failed != 1 || stats.Handled != 1 {
				t.Errorf("%+v", stats)
			}

			// The socket's own limit.
			h, _ = open(Options{MaxMessageBytes: 1 << 30, Oversize: Refuse})
			h.sink.limit.Store(1 << 30)
			if err := h.Handle(ctx, record(0, huge)); !errors.Is(err, ErrTooLong) {
				t.Errorf("refuse: %v", err)
			}
			h, log = open(Options{MaxMessageBytes: 1 << 30})
			h.sink.limit.Store(1 << 30)
			for range 2 {
				if err := h.Handle(ctx, record(0, huge)); err != nil {
					t.Error(err)
				}
				if got := d.next(t); len(got) < 40000 || !strings.HasPrefix(huge, strings.TrimPrefix(got, head+"- ")) {
					t.Errorf("cut: %d bytes", len(got))
				}
			}
			if err := h.Handle(ctx, record(0, "short")); err != nil {
				t.Error(err)
			}
			if got := d.next(t); got != head+"- short" {
				t.Errorf("afterwards: %q", got)
			}
			stats := h.Stats()
			if stats.Handled != 3 || stats.Written != 3 || stats.Failed != 0 || log.Take() != nil {
				t.Errorf("%+v", stats)
			}
			d.none(t)
		})
	}
}

// TestOversizeKeepsRunes: whatever the limit, messages are cut and split between two characters.
func TestOversizeKeepsRunes(t *testing.T) {
	d := listenPackets(t, "unixgram")
	const head = "<14>1 2026-03-29T12:34:56.789012Z host.example app 42 - - "
	long := strings.Repeat("漢", 600) // 1800 bytes
	for how, messages := range map[Oversize]int{Cut: 1, Split: 2} {
		for limit := 1000; limit < 1003; limit++ { // two of which are in the middle of one
			h := closing(t, NewHandler("unixgram", d.LocalAddr().String(), someone(Options{
				Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, MaxMessageBytes: limit, Oversize: how,
			})))
			if err := h.Handle(context.Background(), record(0, long)); err != nil {
				t.Error(err)
			}
			whole := ""
			for range messages {
				got := d.next(t)
				rest, ok := strings.CutPrefix(got, head)
				if !ok || !utf8.ValidString(rest) || len(got) > limit {
					t.Errorf("policy %d, limit %d: %d bytes, %q", how, limit, len(got), got)
				}
				whole += rest
			}
			if how == Split && whole != long || len(whole) < limit-len(head)-2 {
				t.Errorf("policy %d, limit %d: %d bytes in all", how, limit, len(whole))
			}
		}
	}
}

// TestOutage: what is lost while a daemon is away is told twice, not once for each record; what is kept comes first.
func TestOutage(t *testing.T) {
	address := filepath.Join(testkit.ShortDir(t), "log") // which nobody else takes while we do not listen
	var log testkit.ErrorLog
	opts := someone(Options{
		Options: slogx.Options{ErrorHandler: log.Handle}, BufferBytes: 1000, RetryStart: time.Millisecond, RetryMax: 10 * time.Millisecond,
	})
	h := closing(t, NewHandler("unix", address, opts))
	_ = h.Handle(context.Background(), record(0, "first"))
	for deadline := time.Now().Add(patience); h.Stats().Dropped < 100; {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", h.Stats())
		}
		_ = h.Handle(context.Background(), record(0, "more"))
	}
	if errs := log.Await(t); len(errs) != 1 {
		t.Errorf("ErrorHandler: %v", errs)
	}
	if err := slogx.Drain(h); err != nil { // as a queue's Listener does, which would have nothing new to say
		t.Errorf("Drain in an outage: %v", err)
	}
	kept := h.Stats().Buffered
	d := listen(t, "unix", address, OctetCounting)
	if got := d.next(t); !strings.HasSuffix(got, "first") {
		t.Errorf("%q comes first", got)
	}
	for range kept - 1 {
		d.next(t)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if errs := log.Take(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "records lost") {
		t.Errorf("ErrorHandler: %v", errs)
	}
	if stats := h.Stats(); stats.Handled != stats.Written+stats.Dropped || stats.Written != kept {
		t.Errorf("%+v, %d were kept", stats, kept)
	}
}

// TestHostname: a host that has none is nobody.
func TestHostname(t *testing.T) {
	h := NewHandler("udp", "localhost", nil)
	host, _ := os.Hostname()
	text := render(t, h, record(0, "m"))
	fields := strings.Fields(text)
	if fields[2] != field(host, 255) || fields[3] != field(filepath.Base(os.Args[0]), 48) {
		t.Errorf("%q", text)
	}
}

var _ net.Conn = (*localStream)(nil)
