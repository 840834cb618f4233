package socketx

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/link"
)

// authority is a certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate for a name, good for so long.
func (a *authority) issue(t *testing.T, name string, lasts time.Duration) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lasts),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// TestTLS: the certificate must be good, for this name, and by an authority that is known.
func TestTLS(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	for _, tc := range []struct {
		name   string
		server string // is the name in its certificate
		by     *authority
		lasts  time.Duration
		client *tls.Config
		is     func(error) bool // nil: it works
	}{
		{"good", "127.0.0.1", ours, time.Hour, &tls.Config{RootCAs: ours.pool()}, nil},
		{"ServerName", "logs.example", ours, time.Hour, &tls.Config{RootCAs: ours.pool(), ServerName: "logs.example"}, nil},
		{"wrong name", "logs.example", ours, time.Hour, &tls.Config{RootCAs: ours.pool()}, is[x509.HostnameError]},
		{"other authority", "127.0.0.1", other, time.Hour, &tls.Config{RootCAs: ours.pool()}, is[x509.UnknownAuthorityError]},
		{"expired", "127.0.0.1", ours, -time.Minute, &tls.Config{RootCAs: ours.pool()}, is[x509.CertificateInvalidError]},
		{"unknown to the system", "127.0.0.1", ours, time.Hour, &tls.Config{}, is[x509.UnknownAuthorityError]},
		{"no TLS", "127.0.0.1", ours, time.Hour, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newReceiver()
			serverErrs, errs := newErrorLog(), newErrorLog()
			certs := []tls.Certificate{tc.by.issue(t, tc.server, tc.lasts)}
			s := &Server{Handler: r, ErrorHandler: serverErrs.handle, TLSConfig: &tls.Config{Certificates: certs}}
			o := Options{TLSConfig: tc.client}
			o.ErrorHandler = errs.handle
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
			if err := <-errs.errs; !tc.is(err) {
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
	ours, other := newAuthority(t), newAuthority(t)
	r := newReceiver()
	serverErrs := newErrorLog()
	address := serve(t, &Server{Handler: r, ErrorHandler: serverErrs.handle, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{ours.issue(t, "127.0.0.1", time.Hour)},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(),
	}}, "tcp")
	send := func(certs ...tls.Certificate) {
		o := Options{TLSConfig: &tls.Config{RootCAs: ours.pool(), Certificates: certs}}
		o.ErrorHandler = newErrorLog().handle
		_ = newHandler(t, "tcp", address, o).Handle(t.Context(), record("x"))
	}
	send(ours.issue(t, "client-7", time.Hour))
	got := r.next(t)
	if certs := got.peer.TLS.PeerCertificates; len(certs) != 1 || certs[0].Subject.CommonName != "client-7" {
		t.Errorf("%+v", certs)
	}
	send()
	serverErrs.want(t, "TLS: tls: client didn't provide a certificate")
	send(other.issue(t, "client-7", time.Hour))
	serverErrs.want(t, "TLS: tls: failed to verify certificate")
	send(ours.issue(t, "client-7", -time.Minute))
	serverErrs.want(t, "TLS: tls: failed to verify certificate")
	r.wantNone(t)
}

// TestHandshakeTimeout: who says nothing does not stay.
func TestHandshakeTimeout(t *testing.T) {
	ours := newAuthority(t)
	s := &Server{TLSConfig: &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "127.0.0.1", time.Hour)}}}
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
