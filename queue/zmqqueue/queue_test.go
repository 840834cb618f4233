package zmqqueue

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

var (
	_ queue.Queue = (*Sender)(nil)
	_ queue.Queue = (*Receiver)(nil)
)

// Both patterns over both transports, whichever end binds: every record once, in order.
func TestPatterns(t *testing.T) {
	const records = 3000
	for transport, endpoint := range endpoints(t) {
		for _, pattern := range []string{"PUSH", "PUB"} {
			for _, senderBinds := range []bool{true, false} {
				name := transport + "/" + pattern + "/connect"
				if senderBinds {
					name = transport + "/" + pattern + "/bind"
				}
				t.Run(name, func(t *testing.T) {
					s, q := pair(t, pattern, endpoint, senderBinds, SendOptions{})
					go func() {
						for n := range records {
							if err := s.Enqueue(context.Background(), numbered(n)); err != nil {
								t.Errorf("record %d: %v", n, err)
							}
						}
						if err := s.Close(); err != nil {
							t.Error(err)
						}
					}()
					for n, r := range collect(t, q, records) {
						if number(r) != n {
							t.Fatalf("record %d comes as number %d", number(r), n)
						}
					}
					must(t, s.Close())
					must(t, q.Close())
					if st := s.Stats(); st.Handled != records || st.Sent != records || st.Waiting != 0 || st.Retried != 0 || st.Peers != 0 {
						t.Errorf("%+v", st)
					}
					if st := q.Stats(); st.Received != records || st.Delivered != records || st.Bytes == 0 || st.Peers != 0 {
						t.Errorf("%+v", st)
					}
				})
			}
		}
	}
}

// pair returns a Sender and a Receiver that are connected.
func pair(t testing.TB, pattern, endpoint string, senderBinds bool, so SendOptions) (*Sender, *Receiver) {
	t.Helper()
	openS, openQ := OpenPush, OpenPull
	if pattern == "PUB" {
		openS, openQ = OpenPub, OpenSub
	}
	if so.Bind = senderBinds; so.ErrorHandler == nil {
		so.ErrorHandler = slogx.IgnoreErrors
	}
	so.SendTimeout, so.CloseTimeout = cmp.Or(so.SendTimeout, patience), cmp.Or(so.CloseTimeout, patience)
	so.DialTimeout, so.BlockTimeout = cmp.Or(so.DialTimeout, patience), cmp.Or(so.BlockTimeout, patience)
	qo := &ReceiveOptions{Options: Options{Bind: !senderBinds, ErrorHandler: slogx.IgnoreErrors, DialTimeout: patience}}
	var s *Sender
	var q *Receiver
	var err error
	if senderBinds {
		s, err = openS(endpoint, &so)
		must(t, err)
		q, err = openQ(bound(s), qo)
	} else {
		q, err = openQ(endpoint, qo)
		must(t, err)
		s, err = openS(bound(q), &so)
	}
	must(t, err)
	t.Cleanup(func() {
		_ = s.Close()
		_ = q.Close()
	})
	awaitSubscriber(t, s)
	return s, q
}

// A record from Enqueue to Dequeue, over the loopback interface.
func BenchmarkPushPull(b *testing.B) {
	s, q := pair(b, "PUSH", "tcp://127.0.0.1:*", true, SendOptions{})
	r := numbered(0)
	r.AddAttrs(slog.String("method", "GET"), slog.String("path", "/"), slog.Int("status", 200), slog.Duration("took", 1234567))
	b.ReportAllocs()
	go func() {
		for range b.N {
			if err := s.Enqueue(context.Background(), r); err != nil {
				b.Error(err)
			}
		}
	}()
	for range b.N {
		if _, err := q.Dequeue(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(s.Stats().Bytes / int64(b.N))
}

// Handler, PUSH, PULL, Listener, JSON: a slog.Handler in several pieces.
func TestSlogtest(t *testing.T) {
	s, q := pair(t, "PUSH", "tcp://127.0.0.1:*", false, SendOptions{})
	var out testkit.Buffer
	to := slogx.NewStreamHandler(&out, &slogx.StreamOptions{Options: slogx.Options{Format: slogx.JSON}})
	l := queue.NewListener(q, &queue.ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, to)
	must(t, l.Start())
	h := queue.NewHandler(s, &queue.Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
	must(t, slogtest.TestHandler(h, func() (all []map[string]any) {
		must(t, s.Close())
		must(t, q.Close())
		must(t, l.Stop(t.Context()))
		for line := range strings.Lines(out.String()) {
			all = append(all, testkit.ParseJSON(t, line))
		}
		return all
	}))
}

// Between two programs in Go every record comes as it was, in every field.
func TestGoToGo(t *testing.T) {
	for _, pattern := range []string{"PUSH", "PUB"} {
		t.Run(pattern, func(t *testing.T) {
			s, q := pair(t, pattern, "tcp://127.0.0.1:*", true, SendOptions{})
			at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)
			e := wire.Encoder{NoSource: true}
			ahead := make(chan struct{}, 1000) // or PUB would drop some
			go func() {
				for n := range pyRecords() {
					ahead <- struct{}{}
					if err := s.Enqueue(context.Background(), sample(n, at)); err != nil {
						t.Errorf("record %d: %v", n, err)
					}
				}
			}()
			for n := range pyRecords() {
				sent, got := sample(n, at), collect(t, q, 1)[0]
				if want, got := string(e.Append(nil, &sent)), string(e.Append(nil, &got)); got != want {
					t.Fatalf("record %d comes as\n%swant\n%s", n, got, want)
				}
				<-ahead
			}
		})
	}
}
