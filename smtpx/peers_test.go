//go:build linux

package smtpx

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// mailOf is a mail as aiosmtpd has written it down.
type mailOf struct {
	From        string
	To, Defects []string
	TLS, Auth   bool
	Headers     map[string]string
	Plain, HTML string
}

// mails returns what arrived at an aiosmtpd.
func (p *peer) mails(t *testing.T) (all []mailOf) {
	t.Helper()
	f, err := os.Open(p.path("out.json"))
	if err != nil {
		return nil
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var m mailOf
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		m.HTML = strings.ReplaceAll(m.HTML, "\r\n", "\n")
		all = append(all, m)
	}
	return all
}

// TestAiosmtpd: mails are sent over TLS, authenticated, and Python's own parser reads back what was logged.
func TestAiosmtpd(t *testing.T) {
	for name, policy := range map[string]TLSPolicy{"STARTTLS": TLSAuto, "implicit": TLSImplicit} {
		for _, m := range []Mechanism{PLAIN, LOGIN} {
			t.Run(name+"/"+string(m), func(t *testing.T) {
				p := aiosmtpd(t, policy == TLSImplicit)
				var errs testkit.ErrorLog
				h, err := Open(p.addr(), "Läuse & Co <ops@example.com>", []string{"Ann <ann@example.net>", "bad@example.net", "bob@example.net"}, patient(Options{
					Options: slogx.Options{ErrorHandler: errs.Handle, AddSource: true}, TLS: policy, TLSConfig: p.client, Mechanism: m,
					Username: "alice", Password: "s3cret", Synchronous: true,
				}))
				if err != nil {
					t.Fatal(err)
				}
				defer h.Close()
				long := strings.Repeat("漢字 und so weiter. ", 50)
				slog.New(h).With("service", "shop").WithGroup("g").Error("Fehler: größer\nals =?utf-8?q?gedacht?=", "<b>", "</td>&", "long", long)
				all := p.mails(t)
				if len(all) != 1 {
					t.Fatalf("%d mails: %v", len(all), errs.Take())
				}
				got := all[0]
				if !got.TLS && policy == TLSAuto || !got.Auth || len(got.Defects) > 0 {
					t.Errorf("%+v", got)
				}
				if !slices.Equal(got.To, []string{"ann@example.net", "bob@example.net"}) || got.From != "ops@example.com" {
					t.Errorf("from %s to %q", got.From, got.To)
				}
				for header, want := range map[string]string{
					"from": "Läuse & Co <ops@example.com>", "to": "Ann <ann@example.net>, bad@example.net, bob@example.net",
					"subject": "ERROR: Fehler: größer als =?utf-8?q?gedacht?=", "auto-submitted": "auto-generated", "importance": "high",
				} {
					if got.Headers[header] != want {
						t.Errorf("%s: %q, want %q", header, got.Headers[header], want)
					}
				}
				if !strings.Contains(got.Plain, `msg="Fehler: größer\nals =?utf-8?q?gedacht?="`) || !strings.Contains(got.Plain, long) {
					t.Errorf("text %q", got.Plain)
				}
				for _, part := range []string{"größer\nals", ">g.&lt;b&gt;</th>", ">&lt;/td&gt;&amp;</td>", long, "peers_test.go:"} {
					if !strings.Contains(got.HTML, part) {
						t.Errorf("no %q in %q", part, got.HTML)
					}
				}
				told := errs.Take()
				if refused, ok := errors.AsType[*RefusedError](errors.Join(told...)); !ok || len(told) != 1 || refused.Refused[0].Address != "bad@example.net" {
					t.Errorf("told %v", told)
				}
			})
		}
	}
}

// TestPeersRefuse: with a wrong password, or no trust in the certificate, nothing is sent, and no credentials are seen on
// the way.
func TestPeersRefuse(t *testing.T) {
	for name, start := range map[string]func(*testing.T) *peer{
		"aiosmtpd": func(t *testing.T) *peer { return aiosmtpd(t, false) }, "postfix": postfix,
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			right := Options{TLSConfig: p.client, Username: "alice", Password: "s3cret"}
			for name, c := range map[string]struct {
				change func(*Options)
				want   string
			}{
				"no TLS":      {func(*Options) {}, errNotOffered.Error()}, // somebody on the way hides the offer
				"password":    {func(o *Options) { o.Password = "guessed" }, ": 535"},
				"certificate": {func(o *Options) { o.TLSConfig = testkit.NewAuthority("other").Client() }, "certificate"},
				"name": {func(o *Options) {
					o.TLSConfig = p.client.Clone()
					o.TLSConfig.ServerName = "mx.example"
				}, "certificate"},
				"system's authorities": {func(o *Options) { o.TLSConfig = nil }, "certificate"},
				"version":              {func(o *Options) { o.TLSConfig = &tls.Config{MaxVersion: tls.VersionTLS10, RootCAs: p.client.RootCAs} }, "STARTTLS"},
			} {
				r := newRecorderThat(t, p.addr(), name == "no TLS")
				o := right
				c.change(&o)
				h, err := Open(r.Addr().String(), "ops@example.net", []string{"dev@example.net"}, patient(o))
				if err == nil {
					_ = h.Close()
				}
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v", name, err)
				}
				if secret := r.secretOn(o.Username, o.Password); secret != "" {
					t.Errorf("%s: %q on the wire", name, secret)
				}
			}
		})
	}
}

// TestPostfix: each mechanism that it offers gets us in, mails end up in mailboxes, and an address that it does not know is
// named.
func TestPostfix(t *testing.T) {
	p := postfix(t)
	var errs testkit.ErrorLog
	for _, m := range []Mechanism{"", PLAIN, LOGIN, CRAMMD5, SCRAMSHA1, SCRAMSHA256} {
		h, err := Open(p.addr(), "ops@example.net", []string{"ops@example.net", "nobody@example.net", "dev@example.net"}, patient(Options{
			Options: slogx.Options{ErrorHandler: errs.Handle}, TLSConfig: p.client, Username: "alice", Password: "s3cret", Mechanism: m,
		}))
		if err != nil {
			t.Fatal(m, err)
		}
		slog.New(h).Warn("by "+string(m), "text", "a\r\n.\r\nMAIL FROM:<x>")
		if err := h.Close(); err != nil {
			t.Error(m, err)
		}
		balanced(t, h)
		told := errs.Take()
		if len(told) != 1 || !strings.Contains(told[0].Error(), "1 of 3 recipients refused: nobody@example.net: 550") {
			t.Errorf("%s: told %v", m, told)
		}
	}
	for _, box := range []string{"ops", "dev"} {
		var files []string
		testkit.Eventually(t, "all mails are delivered", func() bool {
			files, _ = filepath.Glob(p.path("mail/" + box + "/new/*"))
			return len(files) == 6
		})
		var subjects []string
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			l := read(t, string(text))
			subjects = append(subjects, l.subject)
			if !strings.HasSuffix(l.text, ` text="a\r\n.\r\nMAIL FROM:<x>"`+"\n") || l.header.Get("X-Priority") != "" {
				t.Errorf("%q", l.text)
			}
		}
		slices.Sort(subjects)
		if want := []string{"WARN: by", "WARN: by CRAM-MD5", "WARN: by LOGIN", "WARN: by PLAIN", "WARN: by SCRAM-SHA-1", "WARN: by SCRAM-SHA-256"}; !slices.Equal(subjects, want) {
			t.Errorf("%q", subjects)
		}
	}
}
