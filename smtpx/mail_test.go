package smtpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

var someone = []string{"you@example.com"}

// TestMail: what a mail is made of, from the first command to the last header.
func TestMail(t *testing.T) {
	f := (&fake{ext: []string{"SIZE 1000000", "8BITMIME"}}).start(t)
	var errs testkit.ErrorLog
	h := closing(t, NewHandler(f.addr(), "Ops <ops@example.com>", []string{"Ann <a@example.com>, b@example.com", `"C, D" <c@example.org>`},
		patient(Options{Options: slogx.Options{ErrorHandler: errs.Handle}, LocalName: "client.example"})))
	log := slog.New(h).With("app", "shop").WithGroup("req").With("id", 7)
	if err := log.Handler().Handle(t.Context(), record(slog.LevelError, "disk <full>", "user", "Ada", slog.Group("g", "a", 1))); err != nil {
		t.Fatal(err)
	}
	if err := h.Flush(); err != nil {
		t.Fatal(err)
	}
	m := f.next(t)
	if want := []string{"a@example.com", "b@example.com", "c@example.org"}; !slices.Equal(m.to, want) {
		t.Errorf("to %q", m.to)
	}
	if want := fmt.Sprintf("MAIL FROM:<ops@example.com> SIZE=%d BODY=8BITMIME", len(m.data)); m.from != want {
		t.Errorf("%s\nwant %s", m.from, want)
	}
	l := read(t, m.data)
	for name, want := range map[string]string{
		"From": `"Ops" <ops@example.com>`, "To": `"Ann" <a@example.com>, <b@example.com>, "C, D" <c@example.org>`,
		"Subject": "ERROR: disk <full>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
		"Importance": "high", "Priority": "urgent", "X-Priority": "1", "User-Agent": "", "X-Mailer": "",
	} {
		if got := l.header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := l.header.Date(); err != nil {
		t.Error(err)
	}
	if id := l.header.Get("Message-ID"); len(id) < 30 || !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("Message-ID %s", id)
	}
	if want := `time=2026-03-29T12:34:56.789Z level=ERROR msg="disk <full>" app=shop req.id=7 req.user=Ada req.g.a=1` + "\n"; l.text != want {
		t.Errorf("text %q\nwant %q", l.text, want)
	}
	for _, row := range []string{
		"time</th><td style=\"white-space:pre-wrap\">2026-03-29T12:34:56.789012345Z</td>", ">ERROR</td>", ">disk &lt;full&gt;</td>",
		">app</th>", ">req.id</th>", ">req.user</th>", ">req.g.a</th>",
	} {
		if !strings.Contains(l.html, row) {
			t.Errorf("no %s in\n%s", row, l.html)
		}
	}
	want := []string{"EHLO client.example", m.from, "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>", "RCPT TO:<c@example.org>", "DATA", "QUIT"}
	testkit.Eventually(t, "all commands arrive", func() bool { return len(f.commands()) >= len(want) })
	if got := f.commands(); !slices.Equal(got, want) {
		t.Errorf("commands %q\nwant %q", got, want)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if s := balanced(t, h); s.Sent != 1 || s.Mails != 1 || s.Bytes != int64(len(m.data)) {
		t.Errorf("%+v", s)
	}
	if told := errs.Take(); len(told) > 0 {
		t.Error(told)
	}
	if err := h.Handle(t.Context(), record(slog.LevelError, "late")); !errors.Is(err, slogx.ErrClosed) || len(errs.Take()) != 1 {
		t.Errorf("after Close: %v", err)
	}
}

// TestPartialRefusal: who is accepted gets the mail once, who is not is named, with the server's words.
func TestPartialRefusal(t *testing.T) {
	f := (&fake{reply: func(step, line string, _ int) string {
		switch {
		case step == "RCPT" && strings.Contains(line, "bad"):
			return "550 5.1.1 no such user"
		case step == "RCPT" && strings.Contains(line, "full"):
			return "452 4.2.2 mailbox full"
		}
		return ""
	}}).start(t)
	var log testkit.ErrorLog
	h := closing(t, NewHandler(f.addr(), "me@example.com", []string{"a@example.com", "bad@example.com", "full@example.com", "b@example.com"},
		patient(Options{Options: slogx.Options{ErrorHandler: log.Handle}, RetryStart: 1, MaxRetries: 2})))
	for range 2 {
		_ = h.Handle(t.Context(), record(slog.LevelError, "x"))
		if err := h.Flush(); err != nil {
			t.Fatal(err)
		}
		if m := f.next(t); !slices.Equal(m.to, []string{"a@example.com", "b@example.com"}) {
			t.Errorf("to %q", m.to)
		}
		f.none(t)
		errs := log.Take()
		if len(errs) != 1 {
			t.Fatalf("errors %v", errs)
		}
		const want = `smtpx: 2 of 4 recipients refused: bad@example.com: 550 "5.1.1 no such user"; full@example.com: 452 "4.2.2 mailbox full"`
		if errs[0].Error() != want {
			t.Errorf("%v\nwant %s", errs[0], want)
		}
		refused, ok := errors.AsType[*RefusedError](errs[0])
		if !ok || refused.Accepted != 2 || refused.Refused[1].Address != "full@example.com" {
			t.Errorf("%#v", errs[0])
		}
		if reply, ok := errors.AsType[*textproto.Error](errs[0]); !ok || reply.Code != 550 {
			t.Errorf("no answer in %v", errs[0])
		}
	}
	_ = h.Close()
	// In the second mail the full mailbox gets no tries of its own.
	if s := balanced(t, h); s.Sent != 2 || s.Refused != 4 || s.Retried != 2 {
		t.Errorf("%+v", s)
	}
}

// TestGreylisting: a recipient refused for now gets the mail later, and nobody gets it twice.
func TestGreylisting(t *testing.T) {
	f := (&fake{reply: func(step, line string, n int) string {
		if step == "RCPT" && strings.Contains(line, "later") && n < 4 {
			return "450 4.2.0 greylisted"
		}
		return ""
	}}).start(t)
	h := closing(t, NewHandler(f.addr(), "me@example.com", []string{"a@example.com", "later@example.com"},
		patient(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RetryStart: 1})))
	_ = h.Handle(t.Context(), record(slog.LevelError, "x"))
	if err := h.Flush(); err != nil {
		t.Fatal(err)
	}
	first, second := f.next(t), f.next(t)
	if !slices.Equal(first.to, []string{"a@example.com"}) || !slices.Equal(second.to, []string{"later@example.com"}) {
		t.Errorf("to %q, then %q", first.to, second.to)
	}
	if first.data != second.data {
		t.Error("it is not the same mail")
	}
	f.none(t)
	if s := balanced(t, h); s.Sent != 1 || s.Mails != 1 || s.Refused != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLostHalfway: who was refused for now, and then not asked any more, is named.
func TestLostHalfway(t *testing.T) {
	for name, answer := range map[string]string{"for good": "554 go away", "for now": "421 go away"} {
		t.Run(name, func(t *testing.T) {
			f := (&fake{reply: func(step, line string, n int) string {
				if step == "RCPT" && strings.Contains(line, "later") {
					return "450 greylisted"
				} else if step == "greeting" && n > 0 {
					return answer
				}
				return ""
			}}).start(t)
			h := closing(t, NewHandler(f.addr(), "me@example.com", []string{"a@example.com", "later@example.com"},
				patient(Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, RetryStart: 1, MaxRetries: 2, Synchronous: true})))
			err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
			if err == nil || !strings.HasSuffix(err.Error(), `1 of 2 recipients refused: later@example.com: `+strings.Replace(answer, " ", ` "`, 1)+`"`) {
				t.Error(err)
			}
			_ = h.Close()
			if s := balanced(t, h); s.Sent != 1 || s.Refused != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestRefused: what is for good is tried once, what is for now a bounded number of times; both are told once.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		step, reply string
		tries       int // of 3
		want        string
	}{
		"banner":       {"greeting", "554 no service", 1, `greeting: 554 "no service"`},
		"banner later": {"greeting", "421 busy", 3, `greeting: 421 "busy"`},
		"sender":       {"MAIL", "553 who?", 1, `MAIL: 553 "who?"`},
		"all":          {"RCPT", "550 no", 1, "1 of 1 recipients refused: you@example.com: 550 \"no\""},
		"all later":    {"RCPT", "450 no", 3, "1 of 1 recipients refused: you@example.com: 450 \"no\""},
		"DATA":         {"DATA", "554 spam", 1, `DATA: 554 "spam"`},
		"end":          {"end", "554 spam", 1, `DATA: 554 "spam"`},
		"end later":    {"end", "451 disk full", 3, `DATA: 451 "disk full"`},
		"hang up":      {"DATA", hangUp, 3, "DATA: EOF"},
		"nonsense":     {"MAIL", "hello", 1, "MAIL: short response"},
	} {
		t.Run(name, func(t *testing.T) {
			f := (&fake{reply: func(step, _ string, _ int) string {
				if step == c.step {
					return c.reply
				}
				return ""
			}}).start(t)
			var log testkit.ErrorLog
			h := closing(t, NewHandler(f.addr(), "me@example.com", someone,
				patient(Options{Options: slogx.Options{ErrorHandler: log.Handle}, RetryStart: 1, MaxRetries: 2})))
			if err := h.Handle(t.Context(), record(slog.LevelError, "lost")); err != nil {
				t.Fatal(err)
			}
			if err := h.Flush(); err != nil {
				t.Fatal(err)
			}
			f.none(t)
			about, errs := log.Messages(), log.Take()
			if len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want) || about[0] != "lost" {
				t.Fatalf("%v of %q, want %s", errs, about, c.want)
			}
			f.mu.Lock()
			tries := f.count[c.step]
			f.mu.Unlock()
			if s := balanced(t, h); tries != c.tries || s.Failed != 1 || int(s.Retried) != c.tries-1 {
				t.Errorf("%d tries, %+v", tries, s)
			}
		})
	}
}

// TestSynchronous: Handle returns when the server has the mail, or what went wrong, and nobody is told twice.
func TestSynchronous(t *testing.T) {
	f := (&fake{reply: func(step, _ string, n int) string {
		if step == "MAIL" && n == 1 {
			return "451 not now"
		}
		return ""
	}}).start(t)
	var log testkit.ErrorLog
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone,
		patient(Options{Options: slogx.Options{ErrorHandler: log.Handle}, Synchronous: true})))
	if err := h.Handle(t.Context(), record(slog.LevelError, "one")); err != nil {
		t.Fatal(err)
	}
	if l := read(t, f.next(t).data); l.subject != "ERROR: one" {
		t.Error(l.subject)
	}
	err := h.Handle(t.Context(), record(slog.LevelError, "two"))
	if reply, ok := errors.AsType[*textproto.Error](err); !ok || reply.Code != 451 {
		t.Errorf("%v", err)
	}
	if about := log.Messages(); !slices.Equal(about, []string{"two"}) {
		t.Errorf("told of %q: %v", about, log.Take())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Handle(ctx, record(slog.LevelError, "three")); err != nil {
		t.Error(err) // though the request is over
	}
	_ = h.Close()
	balanced(t, h)
}

// TestForeignAddresses: an address that is not ASCII is for servers that know of such, and does not keep others from
// getting the mail where it is not known.
func TestForeignAddresses(t *testing.T) {
	for _, known := range []bool{true, false} {
		f := &fake{}
		if known {
			f.ext = []string{"SMTPUTF8", "8BITMIME"}
		}
		f.start(t)
		var log testkit.ErrorLog
		to := []string{"ü@example.com", "you@example.com"}
		h := closing(t, NewHandler(f.addr(), "me@bücher.example", to, patient(Options{Options: slogx.Options{ErrorHandler: log.Handle}, Synchronous: true})))
		if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); known != (err == nil) {
			t.Error(err)
		}
		if !known {
			f.none(t)
		} else if m := f.next(t); m.from != "MAIL FROM:<me@bücher.example> BODY=8BITMIME SMTPUTF8" || !slices.Equal(m.to, to) ||
			!strings.HasSuffix(read(t, m.data).header.Get("Message-ID"), "@localhost>") {
			t.Errorf("%s to %q:\n%s", m.from, m.to, m.data)
		}
		log.Take()
		h = closing(t, NewHandler(f.addr(), "me@example.com", to, patient(Options{Options: slogx.Options{ErrorHandler: log.Handle}, Synchronous: true})))
		err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
		m := f.next(t)
		if known && (err != nil || !slices.Equal(m.to, to)) || !known && !slices.Equal(m.to, to[1:]) {
			t.Errorf("to %q: %v", m.to, err)
		}
		if refused, ok := errors.AsType[*RefusedError](err); !known && (!ok || refused.Refused[0].Address != to[0] || !errors.Is(err, errNoUTF8)) {
			t.Error(err)
		}
	}
}

// TestSize: a server that has said how long a mail may be learns beforehand how long this one is.
func TestSize(t *testing.T) {
	f := (&fake{ext: []string{"SIZE 100"}, reply: func(step, line string, _ int) string {
		if step == "MAIL" && strings.Contains(line, "SIZE=") {
			return "552 5.3.4 too long"
		}
		return ""
	}}).start(t)
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true})))
	if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Error(err)
	}
}

// TestLongNames: MaxBytes holds for the names of attributes and groups, too.
func TestLongNames(t *testing.T) {
	p := new(post)
	h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Synchronous: true, MaxBytes: 1000})
	long := strings.Repeat("k", 100_000)
	slog.New(h).WithGroup(long).Info("x", long, 1, slog.Group(long, "a", 1, "b", 2))
	if n := len(p.mails[0]); n > 10_000 {
		t.Errorf("a mail of %d bytes", n)
	}
	rows := tableOf(t, read(t, p.mails[0]).html)
	if long := strings.Repeat("k", 1000) + " … (199001 more bytes)"; len(rows) != 5 || rows[long] != "1" || rows["…"] == "" {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	_ = h.Close()
}

// TestLongAddresses: the longest names and addresses that are let in make no line longer than RFC 5322 allows.
func TestLongAddresses(t *testing.T) {
	local := strings.Repeat("a", maxAddress-len("@example.com")-2) + "@example.com"
	for _, name := range []string{strings.Repeat("x", maxName), strings.Repeat(`"`, maxName), strings.Repeat("ü", maxName/2), strings.Repeat("x ", maxName/2)} {
		var to []string
		for i := range 50 {
			to = append(to, (&mail.Address{Name: name, Address: fmt.Sprintf("%02d%s", i, local)}).String())
		}
		p := new(post)
		h := NewHandler("mx.example", to[0], to, patient(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}}))
		h.sink.deliver = p
		slog.New(h).Info("x")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		for line := range strings.SplitSeq(p.mails[0], "\r\n") {
			if len(line) > 998 {
				t.Errorf("a line of %d bytes: %.50s", len(line), line)
			}
		}
		if all, err := read(t, p.mails[0]).header.AddressList("To"); err != nil || len(all) != 50 || all[0].Name != name {
			t.Errorf("%d recipients: %v, the name of the first is %q", len(all), err, all[0].Name)
		}
	}
}
