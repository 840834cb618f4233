package httpx

import (
	"crypto/x509"
	"net/http/httptest"
)

// pool has the certificates of servers.
func pool(servers ...*httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	for _, s := range servers {
		p.AddCert(s.Certificate())
	}
	return p
}
