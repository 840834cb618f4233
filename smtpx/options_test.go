package smtpx

import (
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

func TestTLSPolicyText(t *testing.T) {
	for _, p := range []TLSPolicy{TLSAuto, TLSMandatory, TLSImplicit, TLSNone} {
		got := TLSPolicy(-1)
		if err := got.UnmarshalText([]byte(strings.ToUpper(p.String()))); err != nil || got != p {
			t.Errorf("%v is read as %v, %v", p, got, err)
		}
	}
	if err := new(TLSPolicy).UnmarshalText([]byte("starttls")); err == nil {
		t.Error("no error")
	}
}

func TestDefaults(t *testing.T) {
	for _, factor := range []float64{math.NaN(), -1, 0, 0.5} {
		if o, err := (Options{RetryFactor: factor}).withDefaults(); o.RetryFactor != 2 || err != nil {
			t.Errorf("%v becomes %v, %v", factor, o.RetryFactor, err)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		want      Mechanism
		offered   string
		encrypted bool
		chosen    Mechanism
		err       string
	}{
		{"", "LOGIN PLAIN", true, PLAIN, ""},
		{"", "plain cram-md5", true, CRAMMD5, ""},
		{"", "SCRAM-SHA-256-PLUS SCRAM-SHA-1", true, SCRAMSHA256Plus, ""},
		{"", "SCRAM-SHA-256-PLUS SCRAM-SHA-1", false, SCRAMSHA1, ""},
		{"", "XOAUTH2 GSSAPI", true, "", `no mechanism that we know, but "XOAUTH2 GSSAPI"`},
		{"", "", true, "", "no mechanism"},
		{LOGIN, "PLAIN LOGIN", true, LOGIN, ""},
		{XOAUTH2, "PLAIN XOAUTH2", true, XOAUTH2, ""},
		{LOGIN, "PLAIN", true, "", `does not offer LOGIN, but "PLAIN"`},
		{SCRAMSHA1Plus, "SCRAM-SHA-1-PLUS", false, "", "does not offer"},
	} {
		got, err := choose(c.want, c.offered, c.encrypted)
		if got != c.chosen || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q of %q: %q, %v", c.want, c.offered, got, err)
		}
	}
}

func TestPriority(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "low", slog.LevelInfo: "", slog.LevelWarn: "", slog.LevelError: "high", slogx.LevelEmergency: "high",
	} {
		if got := priority(level)["Importance"]; got != want {
			t.Errorf("%v: %q", level, got)
		}
	}
}

func TestSubjectLine(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for s, want := range map[string]string{
		"": "", "a": "a", "a\r\nb": "a b", " a \t b ": "a b", "\x00a\x7f": "a", "a\u2028b\u202ec": "a b c", "\xff": "\ufffd",
		long: strings.Repeat("ä", 249) + "…",
	} {
		if got := subjectLine(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	if got := shortenSubject(long, " (+7 more)"); got != strings.Repeat("ä", 239)+"… (+7 more)" {
		t.Errorf("%q", got)
	}
}

// TestLimit: so many in any hour, and not in each.
func TestLimit(t *testing.T) {
	l := limit{most: 2}
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct{ minute, wait int }{{0, 0}, {50, 0}, {59, 1}, {60, 0}, {61, 49}, {110, 0}, {111, 9}, {500, 0}} {
		wait := l.wait(at(c.minute))
		if wait != time.Duration(c.wait)*time.Minute {
			t.Errorf("at %d: %v", c.minute, wait)
		}
		if wait == 0 {
			l.count(at(c.minute))
		}
	}
	if wait := new(limit).wait(noon); wait != 0 {
		t.Error("no limit makes wait")
	}
}
