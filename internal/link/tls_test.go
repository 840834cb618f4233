//go:build unix

package link

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestTLSHangUp: a peer that hangs up is noticed under TLS too, behind the session tickets that it sends first.
func TestTLSHangUp(t *testing.T) {
	ca := testkit.NewAuthority("ca")
	cert := ca.Issue(time.Hour, "127.0.0.1")
	for name, hangUp := range map[string]func(*tls.Conn){
		"in good order":  func(c *tls.Conn) { _ = c.Close() },
		"without a word": func(c *tls.Conn) { _ = c.NetConn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
			if err != nil {
				t.Fatal(err)
			}
			srv := serve(t, l)
			var log testkit.ErrorLog
			given := ca.Client()
			config, conns := watched(Config{
				Network: "tcp", Address: l.Addr().String(), OnError: log.Add, TLS: given, Retry: backoff.Schedule{Start: time.Nanosecond},
			})
			s := newStream(t, config)
			for _, text := range []string{"one", "two", "three"} {
				write(t, s, frame("%s", text))
				if got := srv.next(t); got != text {
					t.Fatalf("%q arrives, want %q", got, text)
				}
				write(t, s, frame("again")) // and the tickets are read
				srv.next(t)
				if err := s.Flush(within(t, patience)); err != nil {
					t.Fatal(err)
				}
				hangUp(srv.conn(t).(*tls.Conn))
				awaitHangUp(t, <-conns)
			}
			wantStats(t, s.Stats(), Stats{Handled: 6, Sent: 6, Retried: 2, Reconnects: 2, Bytes: 4*6 + 11 + 3*5})
			if errs := log.Take(); errs != nil {
				t.Errorf("OnError was told %v", errs)
			}
			if given.ServerName != "" {
				t.Error("the Config was written to")
			}
		})
	}
}

// TestTLSStalled: a peer that does not read does not hold up Close, though TLS has a last word to say.
func TestTLSStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := testkit.NewAuthority("ca")
		cert := ca.Issue(time.Hour, "127.0.0.1")
		client, peer := net.Pipe() // in which there is room for nothing
		defer peer.Close()
		go func() {
			_ = tls.Server(peer, &tls.Config{Certificates: []tls.Certificate{cert}, SessionTicketsDisabled: true}).Handshake()
		}()
		const timeout = 100 * time.Millisecond
		s := NewStream(Config{
			Network: "tcp", Address: "127.0.0.1:1", TLS: ca.Client(), WriteTimeout: timeout,
			Dial: func(context.Context) (net.Conn, error) { return client, nil },
		})
		if err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		start := time.Now()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != timeout { // TLS alone takes 5 s
			t.Errorf("Close took %v", took)
		}
	})
}
