package socketx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/link"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestTLS: the certificate must be good, for this name, and by an authority that is known.
func TestTLS(t *testing.T) {
	ours, other := testkit.NewAuthority("ca"), testkit.NewAuthority("ca")
	for _, tc := range []struct {
		name   string
		server string // is the name in its certificate
		by     *testkit.Authority
		lasts  time.Duration
		client *tls.Config
		is     func(error) bool // nil: it works
	}{
		{"good", "127.0.0.1", ours, time.Hour, ours.Client(), nil},
		{"ServerName", "logs.example", ours, time.Hour, &tls.Config{RootCAs: ours.Pool(), ServerName: "logs.example"}, nil},
		{"wrong name", "logs.example", ours, time.Hour, ours.Client(), is[x509.HostnameError]},
		{"other authority", "127.0.0.1", other, time.Hour, ours.Client(), is[x509.UnknownAuthorityError]},
		{"expired", "127.0.0.1", ours, -time.Minute, ours.Client(), is[x509.CertificateInvalidError]},
		{"unknown to the system", "127.0.0.1", ours, time.Hour, &tls.Config{}, is[x509.UnknownAuthorityError]},
		{"no TLS", "127.0.0.1", ours, time.Hour, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newReceiver()
			serverErrs, errs := new(errorLog), new(errorLog)
			certs := []tls.Certificate{tc.by.Issue(tc.lasts, tc.server)}
			s := &Server{Handler: r, ErrorHandler: serverErrs.Handle, TLSConfig: &tls.Config{Certificates: certs}}
			o := Options{TLSConfig: tc.client}
			o.ErrorHandler = errs.Handle
			h := newHandler(t, "tcp", serve(t, s, "tcp"), o).(*Handler)
			err := h.Handle(t.Context(), record("secret"))
			switch {
			case tc.client == nil:
				serverErrs.want(t, "TLS: ")
				r.wantNone(t)
				return
			case tc.is == nil:
				if err != nil {
					t.Error(err)
				}
				if got := r.next(t); got.Message != "secret" || got.peer.TLS == nil || got.peer.TLS.Version < tls.VersionTLS12 {
					t.Errorf("%v, %+v", got.Record, got.peer)
				}
				return
			}
			if err := h.Flush(); !errors.Is(err, link.ErrDown) && h.Stats().Dropped != 1 {
				t.Error(err)
			}
			if err := errs.Next(t); !tc.is(err) {
				t.Error(err)
			}
			serverErrs.want(t, "TLS: ")
			r.wantNone(t)
			if got := h.Stats(); got.Sent != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// TestClientCertificates: who is not known is not let in, and who is can be told by name.
func TestClientCertificates(t *testing.T) {
	ours, other := testkit.NewAuthority("ca"), testkit.NewAuthority("ca")
	r := newReceiver()
	serverErrs := new(errorLog)
	address := serve(t, &Server{Handler: r, ErrorHandler: serverErrs.Handle, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{ours.Issue(time.Hour, "127.0.0.1")},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ours.Pool(),
	}}, "tcp")
	send := func(certs ...tls.Certificate) {
		o := Options{TLSConfig: &tls.Config{RootCAs: ours.Pool(), Certificates: certs}}
		o.ErrorHandler = new(errorLog).Handle
		_ = newHandler(t, "tcp", address, o).Handle(t.Context(), record("x"))
	}
	send(ours.Issue(time.Hour, "client-7"))
	got := r.next(t)
	if certs := got.peer.TLS.PeerCertificates; len(certs) != 1 || certs[0].Subject.CommonName != "client-7" {
		t.Errorf("%+v", certs)
	}
	send()
	serverErrs.want(t, "TLS: tls: client didn't provide a certificate")
	send(other.Issue(time.Hour, "client-7"))
	serverErrs.want(t, "TLS: tls: failed to verify certificate")
	send(ours.Issue(-time.Minute, "client-7"))
	serverErrs.want(t, "TLS: tls: failed to verify certificate")
	r.wantNone(t)
}

// TestHandshakeTimeout: who says nothing does not stay.
func TestHandshakeTimeout(t *testing.T) {
	ours := testkit.NewAuthority("ca")
	s := &Server{TLSConfig: &tls.Config{Certificates: []tls.Certificate{ours.Issue(time.Hour, "127.0.0.1")}}}
	inBubble(t, s, func(t *testing.T, p *pipes, _ *receiver, errs *errorLog) {
		c := p.dial()
		time.Sleep(9999 * time.Millisecond)
		if !isOpen(c) {
			t.Error("closed too early")
		}
		time.Sleep(2 * time.Millisecond)
		if isOpen(c) {
			t.Error("not closed")
		}
		errs.want(t, "TLS: context deadline exceeded")
	})
}
