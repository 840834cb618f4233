//go:build linux

package faulttest

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// identity is whom to trust, and the certificate of every receiver.
var identity = sync.OnceValues(func() (*testkit.Authority, tls.Certificate) {
	ca := testkit.NewAuthority("ca")
	return ca, ca.Issue(24*time.Hour, "127.0.0.1", serverIP)
})

// trust is the configuration of who trusts nobody else.
func trust(pem []byte) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool}
}
