package smtpx

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

const testUser, testPassword = "alice@example.com", "s3cret pässword"

// anyAuth is the other side of all mechanisms.
func anyAuth(c *conversation, line string) bool {
	_, words, _ := strings.Cut(line, " ")
	mechanism, initial, _ := strings.Cut(words, " ")
	said, _ := base64.StdEncoding.DecodeString(initial)
	switch Mechanism(mechanism) {
	case PLAIN:
		return string(said) == "\x00"+testUser+"\x00"+testPassword
	case LOGIN:
		user, ok := c.ask("Username:")
		if !ok || user != testUser {
			return false
		}
		password, ok := c.ask("Password:")
		return ok && password == testPassword
	case CRAMMD5:
		const challenge = "<1.2@fake>"
		m := hmac.New(md5.New, []byte(testPassword))
		m.Write([]byte(challenge))
		answer, ok := c.ask(challenge)
		return ok && answer == fmt.Sprintf("%s %x", testUser, m.Sum(nil))
	case XOAUTH2:
		if string(said) == "user="+testUser+"\x01auth=Bearer "+testPassword+"\x01\x01" {
			return true
		}
		_, _ = c.ask(`{"status":"401"}`)
		return false
	}
	return scramServer{user: testUser, password: testPassword}.auth(c, line)
}

// TestMechanisms: each mechanism gets us in, with the right password only, and the best is chosen.
func TestMechanisms(t *testing.T) {
	ca := testkit.NewAuthority("ca")
	cert := new(ca.Issue(time.Hour, "127.0.0.1"))
	all := append([]Mechanism{XOAUTH2}, preference...)
	for i, m := range all {
		for _, password := range []string{testPassword, "wrong"} {
			t.Run(string(m)+"/"+password, func(t *testing.T) {
				offered := "AUTH"
				for _, o := range all[i:] {
					offered += " " + string(o)
				}
				f := (&fake{cert: cert, ext: []string{offered}, auth: anyAuth}).start(t)
				o := Options{
					Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Username: testUser, Password: password,
					TLSConfig: ca.Client(), Synchronous: true,
				}
				if m == XOAUTH2 {
					o.Mechanism = m
				}
				h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(o)))
				err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
				used := false
				for _, line := range f.commands() {
					used = used || line == "AUTH "+string(m) || strings.HasPrefix(line, "AUTH "+string(m)+" ")
				}
				if !used {
					t.Errorf("%s was not used: %q", m, f.commands())
				}
				if right := password == testPassword; right != (err == nil) {
					t.Errorf("%v", err)
				}
				if err != nil && (!strings.Contains(err.Error(), "AUTH "+string(m)+": 535") || temporary(err)) {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// TestHostileSCRAM: a server that does not know the password is not believed, nor may it keep us busy.
func TestHostileSCRAM(t *testing.T) {
	for want, s := range map[string]scramServer{
		"has not proved that it knows": {fault: "no proof"},
		"invalid server signature":     {fault: "wrong proof"},
		"proof comes too early":        {fault: "proof first"},
		"server nonce does not start":  {fault: "nonce"},
		"asks for \"2000000000\" iter": {iterations: 2_000_000_000},
		"asks for \"-1\" iter":         {iterations: -1},
	} {
		t.Run(want, func(t *testing.T) {
			s.user, s.password = testUser, testPassword
			f := (&fake{ext: []string{"AUTH SCRAM-SHA-256"}, auth: s.auth}).start(t)
			h, err := Open(f.addr(), "me@example.com", someone,
				patient(Options{Username: testUser, Password: testPassword, AllowPlaintextAuth: true}))
			if err == nil {
				_ = h.Close()
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestNoCredentialsInTheClear: whatever the server says, somebody on the way learns nothing about the credentials, and
// gets no mail either.
func TestNoCredentialsInTheClear(t *testing.T) {
	ca, other := testkit.NewAuthority("ca"), testkit.NewAuthority("other")
	right := new(ca.Issue(time.Hour, "127.0.0.1"))
	offered := []string{"AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2"}
	const either = true // an error, or what was said too early is passed over
	type unverified = *tls.CertificateVerificationError
	for name, c := range map[string]struct {
		server fakeKind
		opts   Options
		want   any // of the error; nil: none
	}{
		"STARTTLS":           {fakeKind{cert: right}, Options{}, nil},
		"implicit":           {fakeKind{cert: right, implicit: true}, Options{TLS: TLSImplicit}, nil},
		"mandatory":          {fakeKind{cert: right}, Options{TLS: TLSMandatory}, nil},
		"no TLS offered":     {fakeKind{}, Options{}, errNotOffered},
		"not even then":      {fakeKind{}, Options{TLS: TLSMandatory, AllowPlaintextAuth: true}, errNotOffered},
		"refused":            {fakeKind{cert: right, reply: replies("STARTTLS", "454 not available")}, Options{}, "STARTTLS: 454"},
		"other authority":    {fakeKind{cert: new(other.Issue(time.Hour, "127.0.0.1"))}, Options{}, unverified(nil)},
		"other name":         {fakeKind{cert: new(ca.Issue(time.Hour, "mx.example"))}, Options{}, unverified(nil)},
		"over":               {fakeKind{cert: new(ca.Issue(-time.Hour, "127.0.0.1"))}, Options{}, unverified(nil)},
		"implicit, other":    {fakeKind{cert: new(other.Issue(time.Hour, "127.0.0.1")), implicit: true}, Options{TLS: TLSImplicit}, unverified(nil)},
		"implicit, no TLS":   {fakeKind{reply: replies("greeting", strings.Repeat("220 x", 10))}, Options{TLS: TLSImplicit}, "TLS: "},
		"answers in advance": {fakeKind{cert: right, reply: replies("STARTTLS", "220 go on\r\n250-evil\r\n250 AUTH PLAIN\r\n235 welcome")}, Options{}, either},
	} {
		t.Run(name, func(t *testing.T) {
			for _, m := range []Mechanism{"", PLAIN, LOGIN, CRAMMD5, XOAUTH2} {
				f := (&fake{cert: c.server.cert, implicit: c.server.implicit, reply: c.server.reply, auth: anyAuth, ext: offered}).start(t)
				r := newRecorder(t, f.addr())
				o := c.opts
				o.ErrorHandler, o.Synchronous = slogx.IgnoreErrors, true
				o.Username, o.Password, o.Mechanism, o.TLSConfig = testUser, testPassword, m, ca.Client()
				h := closing(t, NewHandler(r.Addr().String(), "me@example.com", someone, patient(o)))
				err := h.Handle(t.Context(), record(slog.LevelInfo, "confidential"))
				switch want := c.want.(type) {
				case bool:
					if err == nil && !f.next(t).tls {
						t.Errorf("%s: not encrypted", m)
					}
				case nil:
					if err != nil || !f.next(t).tls {
						t.Errorf("%s: %v", m, err)
					}
				case string:
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v", m, err)
					}
				case unverified:
					if _, ok := errors.AsType[unverified](err); !ok || temporary(err) {
						t.Errorf("%s: %v", m, err)
					}
				case error:
					if !errors.Is(err, want) {
						t.Errorf("%s: %v", m, err)
					}
				}
				if secret := r.secretOn(testUser, testPassword); secret != "" {
					t.Errorf("%s: %q on the wire: %q", m, secret, r)
				}
				if strings.Contains(r.String(), "confidential") || strings.Contains(r.String(), "MAIL") {
					t.Errorf("%s: a mail on the wire: %q", m, r)
				}
			}
		})
	}
}

// fakeKind is what differs between the fakes of a test.
type fakeKind struct {
	cert     *tls.Certificate
	implicit bool
	reply    func(step, line string, n int) string
}

func replies(at, answer string) func(step, line string, n int) string {
	return func(step, _ string, _ int) string {
		if step == at {
			return answer
		}
		return ""
	}
}

// TestTLSPolicies: without credentials, TLSAuto takes what is offered.
func TestTLSPolicies(t *testing.T) {
	ca := testkit.NewAuthority("ca")
	right := new(ca.Issue(time.Hour, "127.0.0.1"))
	for name, c := range map[string]struct {
		cert      *tls.Certificate
		policy    TLSPolicy
		encrypted bool
		fails     bool
	}{
		"auto, offered":          {right, TLSAuto, true, false},
		"auto, not offered":      {nil, TLSAuto, false, false},
		"mandatory, offered":     {right, TLSMandatory, true, false},
		"mandatory, not offered": {nil, TLSMandatory, false, true},
		"none, offered":          {right, TLSNone, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := (&fake{cert: c.cert}).start(t)
			h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{
				Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, TLS: c.policy, TLSConfig: ca.Client(), Synchronous: true,
			})))
			err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
			if c.fails != (err != nil) {
				t.Fatal(err)
			}
			if !c.fails && f.next(t).tls != c.encrypted {
				t.Error("encrypted or not")
			}
		})
	}
}

// TestPlaintextAuth: who allows it gets it.
func TestPlaintextAuth(t *testing.T) {
	for _, m := range []Mechanism{PLAIN, LOGIN, CRAMMD5} {
		f := (&fake{ext: []string{"AUTH " + string(m)}, auth: anyAuth}).start(t)
		h, err := Open(f.addr(), "me@example.com", someone, patient(Options{
			TLS: TLSNone, Username: testUser, Password: testPassword, AllowPlaintextAuth: true,
		}))
		if err != nil {
			t.Fatal(m, err)
		}
		_ = h.Close()
	}
}

// TestToken: the token is asked for each connection, and what it does wrong is an error.
func TestToken(t *testing.T) {
	f := (&fake{ext: []string{"AUTH XOAUTH2"}, auth: anyAuth}).start(t)
	n := 0
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{
		Options:  slogx.Options{ErrorHandler: slogx.IgnoreErrors},
		Username: testUser, Mechanism: XOAUTH2, AllowPlaintextAuth: true, Synchronous: true,
		Token: func(context.Context) (string, error) {
			switch n++; n {
			case 1:
				return testPassword, nil
			case 2:
				return "", errors.New("expired")
			case 3:
				return "a\x01b", nil
			default:
				panic("oops")
			}
		},
	})))
	for i, want := range []string{"", "a Token: expired", "control characters", "panic: oops"} {
		err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", i, err)
		}
	}
	_ = h.Close()
	balanced(t, h)
}

// TestTokenGoexit: a Token that ends the goroutine leaves no connection behind.
func TestTokenGoexit(t *testing.T) {
	f := (&fake{ext: []string{"AUTH XOAUTH2"}, auth: anyAuth}).start(t)
	var conn *panicky
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{
		Options:  slogx.Options{ErrorHandler: slogx.IgnoreErrors},
		Username: testUser, Mechanism: XOAUTH2, AllowPlaintextAuth: true, Synchronous: true,
		Token: func(context.Context) (string, error) {
			runtime.Goexit()
			return "", nil
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, network, address)
			conn = &panicky{Conn: raw, reads: 1000}
			return conn, err
		},
	})))
	if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); !errors.Is(err, errGoexit) {
		t.Error(err)
	}
	if !conn.closed {
		t.Error("it is open")
	}
}
