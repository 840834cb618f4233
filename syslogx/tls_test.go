package syslogx

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB, name string) *authority {
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

// pool trusts a.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue makes a certificate for a host, valid until then.
func (a *authority) issue(t testing.TB, host string, until time.Time) tls.Certificate {
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{
			x509.ExtKeyUsageServerAuth,
			x509.ExtKeyUsageClientAuth,
		},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func testTLS(t testing.TB) *tls.Config { return &tls.Config{RootCAs: newAuthority(t, "ca").pool()} }

// TestTLS: who has the right name, the right authority and is in time is spoken to, and nobody else.
func TestTLS(t *testing.T) {
	ca, other := newAuthority(t, "ca"), newAuthority(t, "other")
	later := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		cert tls.Certificate
		want any // of an error; nil: none
	}{
		"right":           {ca.issue(t, "127.0.0.1", later), nil},
		"wrong name":      {ca.issue(t, "nothere.example", later), new(x509.HostnameError)},
		"other authority": {other.issue(t, "127.0.0.1", later), new(x509.UnknownAuthorityError)},
		"expired":         {ca.issue(t, "127.0.0.1", time.Now().Add(-time.Hour)), new(x509.CertificateInvalidError)},
	} {
		for _, network := range []string{"tcp+tls", "tcp"} {
			t.Run(name+"/"+network, func(t *testing.T) {
				l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{c.cert}})
				if err != nil {
					t.Fatal(err)
				}
				d := serve(t, l, OctetCounting)
				var log errorLog
				config := &tls.Config{RootCAs: ca.pool()}
				h, err := Open(network, l.Addr().String(), &Options{
					Options:   slogx.Options{ErrorHandler: log.handle},
					TLSConfig: config, DialTimeout: patience,
				})
				if c.want != nil {
					if err == nil || !errors.As(err, c.want) {
						t.Fatalf("Open = %v", err)
					}
					select {
					case got := <-d.got:
						t.Errorf("arrived: %q", got)
					default:
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if config.ServerName != "" {
					t.Error("the Config was written to")
				}
				for range 1000 {
					slog.New(h).Info("hello")
				}
				if err := h.Close(); err != nil {
					t.Error(err)
				}
				for range 1000 {
					d.next(t)
				}
				if errs := log.take(); errs != nil {
					t.Error(errs)
				}
			})
		}
	}
}
