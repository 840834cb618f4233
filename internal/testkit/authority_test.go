package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"
)

// TestAuthority: what is issued is good for these hosts, for so long, and for who trusts the authority.
func TestAuthority(t *testing.T) {
	ours, other := NewAuthority("ca"), NewAuthority("ca")
	for name, c := range map[string]struct {
		lasts time.Duration
		by    *x509.CertPool
		host  string
		want  any // of an error; nil: none
	}{
		"name":            {time.Hour, ours.Pool(), "logs.example", nil},
		"address":         {time.Hour, ours.Client().RootCAs, "::1", nil},
		"wrong name":      {time.Hour, ours.Pool(), "other.example", new(x509.HostnameError)},
		"other authority": {time.Hour, other.Pool(), "::1", new(x509.UnknownAuthorityError)},
		"expired":         {-time.Second, ours.Pool(), "::1", new(x509.CertificateInvalidError)},
	} {
		t.Run(name, func(t *testing.T) {
			cert, err := x509.ParseCertificate(ours.Issue(c.lasts, "logs.example", "127.0.0.1", "::1").Certificate[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
				_, err := cert.Verify(x509.VerifyOptions{DNSName: c.host, Roots: c.by, KeyUsages: []x509.ExtKeyUsage{usage}})
				if c.want == nil && err != nil || c.want != nil && !errors.As(err, c.want) {
					t.Error(err)
				}
			}
		})
	}
}

// TestPEM: what is written down can be read.
func TestPEM(t *testing.T) {
	ca := NewAuthority("ca")
	cert, err := tls.X509KeyPair(PEM(ca.Issue(time.Hour, "logs.example")))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca.PEM()) || !roots.Equal(ca.Pool()) {
		t.Error("the authority's own is another")
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: "logs.example", Roots: roots}); err != nil {
		t.Error(err)
	}
}
