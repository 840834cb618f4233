package smtpx

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// pythonCase is a case of testdata/oracle/smtp.json, which explains itself.
type pythonCase struct {
	ID          int
	Label       string
	Msg         any
	Reckw       map[string]string
	Fmt         *string
	FromAddr    string
	ToAddrs     any
	Subject     string
	Credentials []string
	Secure      *[]string
	ServerExt   []string `json:"server_ext"`
	Commands    []string
	Data        []byte
	Error       *string
}

// differs says where we do not do what Python did: an error where there was none, or none where there was one.
var differs = map[string]string{
	"lone surrogate":                                       "", // there is no such thing in UTF-8: what is not UTF-8 becomes U+FFFD
	"subject with newline":                                 "", // becomes a space; the record is not lost
	"subject with CRLF header injection":                   "",
	"bad from address":                                     "invalid address",
	"empty toaddrs list":                                   "no recipient",
	"credentials, AUTH not offered":                        "AUTH: the server does not offer it",
	"secure=('key','cert') TypeError on 3.12/3.13.0":       "STARTTLS",
	"secure without credentials is IGNORED: mail in clear": "STARTTLS", // we do not ignore it
}

// TestOracle replays what CPython's SMTPHandler sent, with a format, a fixed subject and no HTML, as Python has it.
func TestOracle(t *testing.T) {
	data, err := os.ReadFile("../testdata/oracle/smtp.json")
	if err != nil {
		t.Fatal(err)
	}
	var oracle struct{ Cases []pythonCase }
	if err := json.Unmarshal(data, &oracle); err != nil {
		t.Fatal(err)
	}
	if len(oracle.Cases) != 27 {
		t.Fatal("the oracle is not what it was")
	}
	for _, c := range oracle.Cases {
		t.Run(c.Label, func(t *testing.T) { c.replay(t) })
	}
}

func (c *pythonCase) replay(t *testing.T) {
	f := &fake{ext: c.ServerExt, auth: func(*conversation, string) bool { return true }, reply: func(step, line string, _ int) string {
		said := ""
		if c.Error != nil {
			said = *c.Error
		}
		switch {
		case strings.HasPrefix(said, "SMTPConnectError") && step == "greeting", strings.HasPrefix(said, "SMTPDataError") && step == "end":
			return "554 no"
		case strings.Contains(line, "<bad@"):
			return "550 no"
		case step == "STARTTLS":
			return "454 TLS not available"
		}
		return ""
	}}
	f.start(t)
	var errs testkit.ErrorLog
	o := Options{
		Options: slogx.Options{Format: bare, ErrorHandler: errs.Handle}, Subject: FixedSubject(c.Subject), TextOnly: true,
		LocalName: "client.example.test", Synchronous: true,
	}
	if c.Credentials != nil {
		o.Username, o.Password, o.AllowPlaintextAuth = c.Credentials[0], c.Credentials[1], true
	}
	if c.Secure != nil {
		o.TLS = TLSMandatory
	}
	h := closing(t, NewHandler(f.addr(), c.FromAddr, c.recipients(), patient(o)))
	err := h.Handle(t.Context(), record(slog.LevelError, c.message()))

	want, differently := differs[c.Label]
	switch {
	case differently && (want == "") != (err == nil), differently && err != nil && !strings.Contains(err.Error(), want),
		!differently && (err != nil) != (c.Error != nil):
		t.Fatalf("%v", err)
	case err != nil:
		f.none(t)
		return
	}
	m := f.next(t)
	if differently {
		return
	}
	c.compareCommands(t, f)
	c.compareMail(t, m)
}

func (c *pythonCase) recipients() (to []string) {
	switch v := c.ToAddrs.(type) {
	case string:
		return []string{v}
	case []any:
		for _, a := range v {
			to = append(to, a.(string))
		}
	}
	return to
}

// message is what Python's formatter makes of the record; the oracle has the format of one case only.
func (c *pythonCase) message() string {
	msg, ok := c.Msg.(string)
	if !ok {
		return "bad \x80" // {"escaped": "bad \\udc80"}
	}
	if c.Fmt != nil || c.Reckw["exc_text"] != "" {
		return "ERROR app: " + msg + "\n" + c.Reckw["exc_text"]
	}
	return msg
}

// compareCommands compares them, but for the size of the mail, which has more headers, and for extensions.
func (c *pythonCase) compareCommands(t *testing.T, f *fake) {
	t.Helper()
	testkit.Eventually(t, "QUIT arrives", func() bool { return slices.Contains(f.commands(), "QUIT") })
	got := f.commands()
	if len(got) != len(c.Commands) {
		t.Fatalf("commands %q, want %q", got, c.Commands)
	}
	for i, line := range got {
		want := c.Commands[i]
		gotBare, params, _ := strings.Cut(line, "> ")
		wantBare, wantParams, _ := strings.Cut(want, "> ")
		if !strings.EqualFold(strings.TrimSuffix(gotBare, ">"), strings.TrimSuffix(wantBare, ">")) {
			t.Errorf("%q, want %q", line, want)
		}
		for _, p := range []string{"SIZE=", "SMTPUTF8"} {
			if strings.Contains(strings.ToUpper(wantParams), p) != strings.Contains(params, p) {
				t.Errorf("%q, want %q", line, want)
			}
		}
	}
}

func (c *pythonCase) compareMail(t *testing.T, m *received) {
	t.Helper()
	want, err := mail.ReadMessage(strings.NewReader(unstuffed(string(c.Data))))
	if err != nil {
		t.Fatal(err)
	}
	l := read(t, m.data)
	for _, name := range []string{"From", "To"} {
		got, err1 := l.header.AddressList(name)
		wanted, err2 := want.Header.AddressList(name)
		if err1 != nil || err2 != nil || !slices.EqualFunc(got, wanted, func(a, b *mail.Address) bool { return *a == *b }) {
			t.Errorf("%s: %q, want %q (%v, %v)", name, got, wanted, err1, err2)
		}
	}
	if subject := (&letter{header: want.Header}); l.subject != strings.TrimSpace(decodedHeader(t, subject.header.Get("Subject"))) {
		t.Errorf("Subject: %q", l.subject)
	}
	if date, err := l.header.Date(); err != nil || time.Since(date) > time.Hour {
		t.Errorf("Date: %v, %v", date, err)
	}
	body, err := io.ReadAll(want.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	if want.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if c.Label == "control characters" { // we do not send them to anybody's terminal
		text = `a\x00b\ac\x1b[0m` + "\n"
	}
	if l.text != text {
		t.Errorf("text %q, want %q", l.text, text)
	}
}

// unstuffed is a DATA payload as the mail that it means.
func unstuffed(data string) string {
	data = strings.TrimSuffix(data, "\r\n.\r\n") + "\r\n"
	lines := strings.Split(data, "\r\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], ".")
	}
	return strings.Join(lines, "\r\n")
}

func decodedHeader(t *testing.T, s string) string {
	t.Helper()
	l, err := parseLetter("Subject: " + s + "\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return l.subject
}

// TestOracleDefaults: what of SMTPHandler's arguments has a counterpart.
func TestOracleDefaults(t *testing.T) {
	o, err := Options{}.withDefaults()
	if err != nil || o.Timeout != 5*time.Second || o.port() != "25" {
		t.Errorf("%+v, %v", o, err)
	}
}
