package syslogx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestTLS: who has the right name, the right authority and is in time is spoken to, and nobody else.
func TestTLS(t *testing.T) {
	ca, other := testkit.NewAuthority("ca"), testkit.NewAuthority("other")
	for name, c := range map[string]struct {
		cert tls.Certificate
		want any // of an error; nil: none
	}{
		"right":           {ca.Issue(time.Hour, "127.0.0.1"), nil},
		"wrong name":      {ca.Issue(time.Hour, "nothere.example"), new(x509.HostnameError)},
		"other authority": {other.Issue(time.Hour, "127.0.0.1"), new(x509.UnknownAuthorityError)},
		"expired":         {ca.Issue(-time.Hour, "127.0.0.1"), new(x509.CertificateInvalidError)},
	} {
		for _, network := range []string{"tcp+tls", "tcp"} {
			t.Run(name+"/"+network, func(t *testing.T) {
				l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{c.cert}})
				if err != nil {
					t.Fatal(err)
				}
				d := serve(t, l, OctetCounting)
				var log testkit.ErrorLog
				config := ca.Client()
				h, err := Open(network, l.Addr().String(), &Options{
					Options:   slogx.Options{ErrorHandler: log.Handle},
					TLSConfig: config, DialTimeout: patience, WriteTimeout: patience, CloseTimeout: patience,
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
				if errs := log.Take(); errs != nil {
					t.Error(errs)
				}
			})
		}
	}
}
