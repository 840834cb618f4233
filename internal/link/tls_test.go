//go:build unix

package link

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"testing"
	"time"
)

// certificate is one for 127.0.0.1 and example.com, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return srv.TLS.Certificates[0], roots
}

// TestTLSHangUp: a peer that hangs up is noticed under TLS too, behind the session tickets that it sends first.
func TestTLSHangUp(t *testing.T) {
	cert, roots := certificate(t)
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
			var log told
			given := &tls.Config{RootCAs: roots}
			config, conns := watched(Config{
				Network: "tcp", Address: l.Addr().String(), OnError: log.add, TLS: given, Retry: Retry{Start: time.Nanosecond}, DialTimeout: patience,
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
				awaitReadable(t, <-conns)
			}
			wantStats(t, s.Stats(), Stats{Handled: 6, Sent: 6, Retried: 2, Reconnects: 2, Bytes: 4*6 + 11 + 3*5})
			if errs := log.take(); errs != nil {
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
	cert, roots := certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	accepted := make(chan net.Conn, 1)
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
		accepted <- c
	}()
	const timeout = 100 * time.Millisecond
	s := NewStream(Config{
		Network: "tcp", Address: l.Addr().String(), TLS: &tls.Config{RootCAs: roots}, DialTimeout: patience, WriteTimeout: timeout,
		Retry: Retry{Start: time.Hour, Max: time.Hour},
	})
	if err := s.Connect(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	<-done
	defer (<-accepted).Close()
	// Fill what the system takes over, so that not even the last word finds room.
	raw := s.conn.under
	_ = raw.SetWriteDeadline(time.Now().Add(timeout))
	for chunk := make([]byte, 64<<10); ; {
		if _, err := raw.Write(chunk); err != nil {
			break
		}
	}
	start := time.Now()
	if err := s.Close(within(t, timeout)); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 4*time.Second { // TLS alone takes 5 s
		t.Errorf("Close took %v", took)
	}
}
