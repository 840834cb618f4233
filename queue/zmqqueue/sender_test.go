package zmqqueue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// wantBalance checks what SendStats promise.
func wantBalance(t *testing.T, s *Sender) {
	t.Helper()
	st := s.Stats()
	if st.Handled != st.Sent+st.Unheard+st.Dropped+st.Failed+st.Waiting || st.Waiting < 0 {
		t.Errorf("does not add up: %+v", st)
	}
}

// While the peer is away records wait, as many as there is room for. The ErrorHandler is told once; the stream of drops.
func TestAway(t *testing.T) {
	endpoint := freeEndpoint(t, "tcp")
	var told testkit.ErrorLog
	s := NewPush(endpoint, &SendOptions{
		Options:  Options{RetryMax: time.Millisecond, RetryStart: time.Millisecond, ErrorHandler: told.Handle},
		Capacity: 100, RingOptions: queue.RingOptions{Policy: queue.DropNewest},
	})
	defer s.Close() //nolint:errcheck // for a test that fails
	accepted, dropped := 0, int64(0)
	for dropped < 7 { // the batch that is being sent may have taken some more
		switch err := s.Enqueue(t.Context(), numbered(accepted)); {
		case err == nil:
			accepted++
		case errors.Is(err, queue.ErrFull):
			dropped++
		default:
			t.Fatal(err)
		}
	}
	if st := s.Stats(); st.Dropped != 7 || st.Sent != 0 || accepted < 100 || accepted > 100+batchRecords {
		t.Errorf("%d records were accepted: %+v", accepted, st)
	}
	wantBalance(t, s)
	testkit.Eventually(t, "an error", func() bool { return len(told.All()) > 0 })
	q, err := OpenPull(endpoint, &ReceiveOptions{Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t)}})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	reports, missing, next := int64(0), int64(0), 0
	for next < accepted || missing < 7 {
		if r := collect(t, q, 1)[0]; r.Message == queue.DropMessage {
			reports++
			missing += attribute(r, "dropped")
		} else if number(r) != next {
			t.Fatalf("record %d comes instead of %d", number(r), next)
		} else {
			next++
		}
	}
	must(t, s.Close())
	must(t, q.Close())
	if st := s.Stats(); st.Sent != int64(accepted)+reports || st.Handled != st.Sent+7 || st.Dropped != 7 || missing != 7 {
		t.Errorf("%d records tell of %d drops; %+v", reports, missing, st)
	}
	wantBalance(t, s)
	errs := told.All()
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "records wait: ") || !strings.Contains(errs[0].Error(), endpoint) {
		t.Errorf("told %v", errs)
	}
}

// An end that binds tells when records have waited for a second.
func TestNobody(t *testing.T) {
	var told testkit.ErrorLog
	s, err := OpenPush("tcp://127.0.0.1:*", &SendOptions{Options: Options{
		Bind: true, ErrorHandler: told.Handle, CloseTimeout: time.Millisecond,
	}})
	must(t, err)
	must(t, s.Enqueue(t.Context(), numbered(0)))
	testkit.Eventually(t, "an error", func() bool { return len(told.All()) > 0 })
	if err := s.Close(); err == nil || len(told.All()) != 1 || !errors.Is(told.All()[0], errNobody) {
		t.Errorf("Close says %v; told %v", err, told.All())
	}
}

func TestCloseSender(t *testing.T) {
	s := NewPush(freeEndpoint(t, "tcp"), &SendOptions{Options: Options{
		CloseTimeout: 10 * time.Millisecond, ErrorHandler: slogx.IgnoreErrors,
	}})
	for n := range 3 {
		must(t, s.Enqueue(t.Context(), numbered(n)))
	}
	if _, err := s.Dequeue(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Dequeue says %v", err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "3 records were not sent") {
		t.Errorf("Close says %v", err)
	}
	if st := s.Stats(); st.Dropped != 3 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
	wantBalance(t, s)
	must(t, s.Close())
	if err := s.Enqueue(t.Context(), numbered(3)); !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("Enqueue says %v", err)
	}
	if _, err := s.Dequeue(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("Dequeue says %v", err)
	}
	never := NewPub("tcp://127.0.0.1:1", nil)
	must(t, never.Close())
	if err := never.Enqueue(t.Context(), numbered(0)); !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("Enqueue says %v", err)
	}
}

// An ErrorHandler may close what it is told of.
func TestCloseFromErrorHandler(t *testing.T) {
	var s *Sender
	enqueued, closed := make(chan bool), make(chan error, 1)
	s = NewPush(freeEndpoint(t, "tcp"), &SendOptions{Options: Options{
		CloseTimeout: 10 * time.Millisecond,
		ErrorHandler: func(context.Context, slog.Record, error) { <-enqueued; closed <- s.Close() },
	}})
	must(t, s.Enqueue(t.Context(), numbered(0)))
	close(enqueued)
	must(t, <-closed)
	must(t, s.Close()) // waits for the other
	if st := s.Stats(); st.Dropped != 1 {
		t.Errorf("%+v", st)
	}
}

// An ErrorHandler that ends its goroutine, as a test's FailNow does, ends nothing of ours.
func TestErrorHandlerExits(t *testing.T) {
	exited := make(chan struct{}, 1)
	exit := func(context.Context, slog.Record, error) {
		select {
		case exited <- struct{}{}:
		default:
		}
		runtime.Goexit()
	}
	o := Options{MaxMessageBytes: 1000, RetryMax: time.Millisecond, ErrorHandler: exit}
	endpoint := freeEndpoint(t, "tcp")
	s := NewPush(endpoint, &SendOptions{Options: o})
	defer s.Close() //nolint:errcheck // for a test that fails
	must(t, s.Enqueue(t.Context(), numbered(0)))
	<-exited // nobody is there
	long := numbered(1)
	long.AddAttrs(slog.String("padding", strings.Repeat("x", 1000)))
	must(t, s.Enqueue(t.Context(), long))
	must(t, s.Enqueue(t.Context(), numbered(2)))
	o.Bind, o.MaxPeers = true, 2
	q, err := OpenPull(endpoint, &ReceiveOptions{Options: o})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	for _, r := range collect(t, q, 2) {
		if n := number(r); n == 1 {
			t.Errorf("record %d comes", n)
		}
	}
	for n := range 2 * o.MaxPeers {
		c := dialRaw(t, q.Addr(), "PUSH")
		_, err := c.Write(append(appendFrame(nil, 0, []byte("no record")), appendFrame(nil, 0, []byte(good))...))
		must(t, err)
		if r := collect(t, q, 1)[0]; r.Message != "good" {
			t.Errorf("%d: %v comes", n, r)
		}
		must(t, c.Close())
		testkit.Eventually(t, "its end", func() bool {
			q.socket.mu.Lock()
			defer q.socket.mu.Unlock()
			return q.socket.admitted == 1
		})
	}
	must(t, s.Close())
	must(t, q.Close())
}

// A peer that takes nothing is cut off, and another gets what it has not got.
func TestStalledPeer(t *testing.T) {
	s, err := OpenPush("tcp://127.0.0.1:*", &SendOptions{
		Options:     Options{Bind: true, ErrorHandler: slogx.IgnoreErrors, CloseTimeout: patience},
		SendTimeout: 3 * time.Second, // in which a busy machine has the good peer read something
	})
	must(t, err)
	defer s.Close() //nolint:errcheck // for a test that fails
	stalled := dialRaw(t, s.Addr(), "PULL")
	testkit.Eventually(t, "a peer", func() bool { return s.Stats().Peers == 1 })
	go func() {
		r := numbered(0)
		r.AddAttrs(slog.String("padding", strings.Repeat("x", 10_000)))
		for s.Stats().Reconnects == 0 { // until the other one is there
			_ = s.Enqueue(context.Background(), r)
		}
		_ = s.Close()
	}()
	testkit.Eventually(t, "the end of the stalled peer", func() bool { return s.Stats().Peers == 0 })
	before := s.Stats().Sent
	q, err := OpenPull(bound(s), &ReceiveOptions{Options: Options{ErrorHandler: slogx.IgnoreErrors}})
	must(t, err)
	defer q.Close() //nolint:errcheck // for a test that fails
	for received := int64(0); received == 0 || before+received < s.Stats().Handled; received++ {
		collect(t, q, 1)
	}
	must(t, s.Close())
	st := s.Stats()
	if st.Sent != st.Handled || st.Retried == 0 {
		t.Errorf("%+v", st)
	}
	_ = stalled
}

// Two PULL peers share the records.
func TestTwoPullers(t *testing.T) {
	const records = 500
	s, err := OpenPush("tcp://127.0.0.1:*", &SendOptions{Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t)}})
	must(t, err)
	defer s.Close() //nolint:errcheck // for a test that fails
	came := make(chan [2]int, records)
	for i := range 2 {
		q, err := OpenPull(bound(s), &ReceiveOptions{Options: Options{ErrorHandler: slogx.IgnoreErrors}})
		must(t, err)
		defer q.Close() //nolint:errcheck // it has nothing more
		go func() {
			for {
				r, err := q.Dequeue(context.Background())
				if err != nil {
					return
				}
				came <- [2]int{i, number(r)}
			}
		}()
	}
	testkit.Eventually(t, "two peers", func() bool { return s.Stats().Peers == 2 })
	var by [2]int
	seen := map[int]bool{}
	for n := range records {
		must(t, s.Enqueue(t.Context(), numbered(n)))
		c := <-came
		by[c[0]]++
		seen[c[1]] = true
	}
	if len(seen) != records || by[0] < records/4 || by[1] < records/4 {
		t.Errorf("%d records, divided as %v", len(seen), by)
	}
}

// A subscriber that does not read costs the others nothing, and is cut off.
func TestSlowSubscriber(t *testing.T) {
	const records = 20_000
	s, q := pair(t, "PUB", "tcp://127.0.0.1:*", true, SendOptions{SendTimeout: 5 * time.Second})
	slow := dialRaw(t, s.Addr(), "SUB")
	_, err := slow.Write(appendFrame(nil, 0, []byte{1}))
	must(t, err)
	testkit.Eventually(t, "two subscribers", func() bool {
		n := 0
		for _, c := range s.socket.everyone() {
			if c.sub.subscribed() {
				n++
			}
		}
		return n == 2
	})
	ahead := make(chan struct{}, 1000)
	go func() {
		for n := range records {
			ahead <- struct{}{}
			r := numbered(n)
			r.AddAttrs(slog.String("padding", strings.Repeat("x", 2000)))
			_ = s.Enqueue(context.Background(), r)
		}
	}()
	for n := range records {
		if r := collect(t, q, 1)[0]; number(r) != n {
			t.Fatalf("record %d comes instead of %d", number(r), n)
		}
		<-ahead
	}
	testkit.Eventually(t, "the end of the slow one", func() bool { return s.Stats().Peers == 1 })
	st := s.Stats()
	if st.Sent != records || st.Missed == 0 || st.Missed >= records {
		t.Errorf("%+v", st)
	}
	wantBalance(t, s)
}

// PUB without subscribers, or with those of other topics, throws records away.
func TestUnheard(t *testing.T) {
	s, err := OpenPub("tcp://127.0.0.1:*", &SendOptions{Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t)}, Topic: "app.db"})
	must(t, err)
	defer s.Close() //nolint:errcheck // for a test that fails
	must(t, s.Enqueue(t.Context(), numbered(0)))
	testkit.Eventually(t, "a record is thrown away", func() bool { return s.Stats().Unheard == 1 })
	peer := dialRaw(t, s.Addr(), "SUB")
	subscribe := func(verb byte, topic string) {
		_, err := peer.Write(appendFrame(nil, 0, append([]byte{verb}, topic...)))
		must(t, err)
	}
	subscribe(1, "app.http")
	subscribe(1, strings.Repeat("long", 100))
	subscribe(1, "app.")
	testkit.Eventually(t, "a subscription", func() bool {
		peers := s.socket.everyone()
		return len(peers) == 1 && peers[0].sub.subscribed()
	})
	must(t, s.Enqueue(t.Context(), numbered(1)))
	testkit.Eventually(t, "a record is sent", func() bool { return s.Stats().Sent == 1 })
	subscribe(0, "app.")
	testkit.Eventually(t, "no subscription", func() bool { return !s.socket.everyone()[0].sub.subscribed() })
	must(t, s.Enqueue(t.Context(), numbered(2)))
	testkit.Eventually(t, "a record is thrown away", func() bool { return s.Stats().Unheard == 2 })
	wantBalance(t, s)
	must(t, peer.Close())
}

// A record that is too long is an error, and costs itself only.
func TestTooLong(t *testing.T) {
	var told testkit.ErrorLog
	s, q := pair(t, "PUSH", "tcp://127.0.0.1:*", false, SendOptions{
		Options: Options{MaxMessageBytes: 1000, ErrorHandler: told.Handle},
	})
	r := numbered(0)
	r.AddAttrs(slog.String("padding", strings.Repeat("x", 1000)))
	must(t, s.Enqueue(t.Context(), r))
	must(t, s.Enqueue(t.Context(), numbered(1)))
	if n := number(collect(t, q, 1)[0]); n != 1 {
		t.Errorf("record %d comes", n)
	}
	if st := s.Stats(); st.Failed != 1 || st.Handled != 2 || len(told.All()) != 1 {
		t.Errorf("%+v; told %v", st, told.All())
	}
	wantBalance(t, s)
}

// A connection whose peer has gone is recognised before the first write.
func TestHungUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close() //nolint:errcheck // nothing is written
	c, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	peer, err := l.Accept()
	must(t, err)
	sys, err := c.(*net.TCPConn).SyscallConn()
	must(t, err)
	if hungUp(sys) {
		t.Error("hung up, says it of a peer that is there")
	}
	_, err = peer.Write([]byte("x"))
	must(t, err)
	testkit.Eventually(t, "one byte", func() bool {
		must(t, c.SetReadDeadline(time.Now().Add(patience)))
		return !hungUp(sys)
	})
	must(t, peer.Close())
	must(t, c.SetReadDeadline(time.Now().Add(patience)))
	_, err = c.Read(make([]byte, 1))
	must(t, err)
	if os.PathSeparator == '/' { // unix
		testkit.Eventually(t, "the end", func() bool { return hungUp(sys) })
	}
	must(t, c.Close())
}
