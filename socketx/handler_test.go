package socketx

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// lineBuffer gives lines to whoever waits for them.
type lineBuffer chan []byte

func (b lineBuffer) Write(p []byte) (int, error) {
	b <- bytes.Clone(p)
	return len(p), nil
}

// TestSlogtest: through a handler, a Server and slogx.JSON, a record comes out as slog wants it.
func TestSlogtest(t *testing.T) {
	ours := testkit.NewAuthority("ca")
	serverTLS := &tls.Config{Certificates: []tls.Certificate{ours.Issue(time.Hour, "127.0.0.1")}}
	for _, encoding := range []Encoding{JSON, Pickle} {
		for _, network := range []string{"tcp", "unix", "TLS", "udp", "unixgram"} {
			t.Run(encoding.String()+"/"+network, func(t *testing.T) {
				lines := make(lineBuffer, 1)
				s := &Server{Handler: slogx.JSON(lines, nil), ErrorHandler: testkit.NoErrors(t)}
				o := Options{Encoding: encoding}
				o.ErrorHandler = testkit.NoErrors(t)
				if network == "TLS" {
					network = "tcp"
					s.TLSConfig = serverTLS
					o.TLSConfig = ours.Client()
				}
				address := serve(t, s, network)
				slogtest.Run(t, func(t *testing.T) slog.Handler {
					return newHandler(t, network, address, o)
				}, func(t *testing.T) map[string]any {
					var m map[string]any
					select {
					case line := <-lines:
						if err := json.Unmarshal(line, &m); err != nil {
							t.Fatal(err)
						}
					case <-time.After(soon):
						t.Fatal("no line")
					}
					if encoding == Pickle && strings.HasSuffix(t.Name(), "/zero-time") {
						delete(m, "time") // Python has no record without one
					}
					return m
				})
			})
		}
	}
}

// zoo is a record with values of all kinds.
func zoo() slog.Record {
	at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)
	r := slog.NewRecord(at, slogx.LevelNotice, "all\nkinds \xff", 0)
	r.Add("s", "it's", "i", -1, "u", uint64(math.MaxUint64), "f", 0.5, "b", true, "d", time.Second, "t", time.Unix(1, 2).UTC(),
		"err", errors.New("no"), "nil", nil, "bytes", []byte("b"), "list", []int{1, 2},
		slog.Group("g", "a", 1, slog.Group("h", "b", 2)), slog.Group("", "inline", 1), "twice", 1, "twice", 2)
	return r
}

// TestJSONIsFaithful: what slogx.JSON prints at the other end is what it would have printed here.
func TestJSONIsFaithful(t *testing.T) {
	for _, network := range []string{"tcp", "tcp6", "unix", "udp", "udp6", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			var here bytes.Buffer
			there := make(lineBuffer, 10)
			s := &Server{Handler: slogx.JSON(there, nil), ErrorHandler: testkit.NoErrors(t)}
			var o Options
			o.ErrorHandler = testkit.NoErrors(t)
			h := slogx.Fanout(slogx.JSON(&here, nil), newHandler(t, network, serve(t, s, network), o))
			for _, h := range []slog.Handler{
				h, h.WithAttrs([]slog.Attr{slog.Int("with", 1)}), h.WithGroup("g"),
				h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("with", 1), slog.Any("v", valuer{})}).WithGroup("h"),
			} {
				here.Reset()
				if err := h.Handle(t.Context(), zoo()); err != nil {
					t.Error(err)
				}
				if got := string(<-there); got != here.String() {
					t.Errorf("%s\nbecame\n%s", here.String(), got)
				}
			}
		})
	}
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("resolved") }

// TestPickle: what comes back from a pickle is what Python would have.
func TestPickle(t *testing.T) {
	r := newReceiver()
	s := &Server{Handler: r, ErrorHandler: testkit.NoErrors(t)}
	o := Options{Encoding: Pickle, Logger: "go.app"}
	o.ErrorHandler, o.AddSource = testkit.NoErrors(t), true
	h := newHandler(t, "tcp", serve(t, s, "tcp"), o)
	slog.New(h).WithGroup("g").With("a", 1).Warn("100%", "took", time.Second)
	got := r.next(t)
	attrs := attrsOf(got.Record)
	src, _ := attrs["source"].(*slog.Source)
	if got.Message != "100%" || got.Level != slog.LevelWarn || attrs["name"] != "go.app" ||
		src == nil || !strings.HasSuffix(src.File, "handler_test.go") || time.Since(got.Time) > time.Hour {
		t.Errorf("%v, %v", got.Record, attrs)
	}
	if group, _ := json.Marshal(printed(t, got.Record)["g"]); string(group) != `{"a":1,"took":1000000000}` {
		t.Errorf("group %s", group)
	}
}

// TestSource: it is sent only if that is asked for.
func TestSource(t *testing.T) {
	for _, encoding := range []Encoding{JSON, Pickle} {
		for _, source := range []bool{false, true} {
			r := newReceiver()
			o := Options{Encoding: encoding}
			o.AddSource = source
			slog.New(newHandler(t, "tcp", serve(t, &Server{Handler: r}, "tcp"), o)).Info("x")
			src, ok := attrsOf(r.next(t).Record)["source"].(*slog.Source)
			if ok != source || ok && !strings.HasSuffix(src.Function, ".TestSource") {
				t.Errorf("%v, AddSource %v: %v", encoding, source, src)
			}
		}
	}
}

// TestDerived: siblings share nothing but the connection.
func TestDerived(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		r := newReceiver()
		h := newHandler(t, network, serve(t, &Server{Handler: r}, network), Options{})
		if h.WithGroup("") != slog.Handler(h) || h.WithAttrs(nil) != slog.Handler(h) {
			t.Error("not the receiver")
		}
		parent := h.WithGroup("a").WithGroup("b").WithGroup("c")
		one, two := parent.WithGroup("one"), parent.WithGroup("two")
		attrs := []slog.Attr{slog.Int("n", 1)}
		three := parent.WithAttrs(attrs)
		attrs[0] = slog.Int("n", 2)
		for h, want := range map[slog.Handler]string{
			one: `{"b":{"c":{"one":{"x":1}}}}`, two: `{"b":{"c":{"two":{"x":1}}}}`, three: `{"b":{"c":{"n":1,"x":1}}}`,
		} {
			if err := h.Handle(t.Context(), record("m", slog.Int("x", 1))); err != nil {
				t.Error(err)
			}
			if got, _ := json.Marshal(printed(t, r.next(t).Record)["a"]); string(got) != want {
				t.Errorf("%s, want %s", got, want)
			}
			if h.(interface{ Sink() any }).Sink() != one.(interface{ Sink() any }).Sink() {
				t.Error("another sink")
			}
		}
	}
}

func (bad) LogValue() slog.Value { panic("no value") }

func (badLevel) Level() slog.Level { panic("no level") }

// TestConcurrent: many goroutines, and each record arrives once and whole.
func TestConcurrent(t *testing.T) {
	const goroutines, each = 8, 300
	message := func(g, i int) string { return fmt.Sprintf("%d %d %s", g, i, strings.Repeat("x", i)) }
	for _, encoding := range []Encoding{JSON, Pickle} {
		r := newReceiver()
		h := newHandler(t, "unix", serve(t, &Server{Handler: r, ErrorHandler: testkit.NoErrors(t)}, "unix"), Options{Encoding: encoding})
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				for i := range each {
					handle(t, h, message(g, i))
				}
			})
		}
		all.Wait()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		var next [goroutines]int
		for range goroutines * each {
			msg := r.next(t).Message
			g := msg[0] - '0'
			if want := message(int(g), next[g]); msg != want {
				t.Fatalf("%q, want %q", msg, want)
			}
			next[g]++
		}
		r.wantNone(t)
	}
}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
