package smtpx

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/slogx"
)

// FuzzHeaders: whatever is in a record, a mail has the headers that it should have and no others, each once, and its
// reader gets what was logged.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"disk full", "a\r\nBcc: evil@example.com\r\n\r\nbody", "a\nb", "\x00\x07\x1b[0m", "Ошибка 漢字 😀", "=?utf-8?q?a=0D=0ABcc:_x?=", "\xff\xfe", "",
		" . ", "\r\n.\r\n", strings.Repeat("x", 2000), strings.Repeat("word ", 100), "\u2028\u202e\u0085", "<script>alert(1)</script>", `"><img src=x>`,
	} {
		f.Add(s, "key", "value")
		f.Add("message", s, "value")
		f.Add("message", "key", s)
	}
	f.Fuzz(func(t *testing.T, message, key, value string) {
		c := composer{
			subject: func(r slog.Record) string { return r.Message }, maxBytes: 1 << 20, table: table{most: 1 << 20},
		}
		from, err := parseFrom("Läuse <me@example.com>")
		if err != nil {
			t.Fatal(err)
		}
		to, err := parseRecipients([]string{"you@example.com", "Ann <ann@example.com>"})
		if err != nil {
			t.Fatal(err)
		}
		c.from, c.to = from, to
		r := record(slog.LevelError, message, key, value)
		e := &entry{record: r, text: message + "\n"}
		mail, err := c.compose(noon, []*entry{e}, counts{})
		if err != nil {
			t.Fatal(err)
		}
		raw := string(mail)
		l := read(t, raw)
		want := []string{
			"Auto-Submitted", "Content-Type", "Date", "From", "Importance", "Message-Id", "Mime-Version", "Priority", "Subject", "To", "X-Priority",
		}
		if got := slices.Sorted(maps.Keys(l.header)); !slices.Equal(got, want) {
			t.Errorf("headers %q", got)
		}
		for name, values := range l.header {
			if len(values) != 1 {
				t.Errorf("%s: %q", name, values)
			}
		}
		for line := range strings.SplitSeq(raw, "\r\n") {
			if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII || r < ' ' && r != '\t' }) {
				t.Errorf("line %q", line)
			}
		}
		if got := subjectLine(message); l.subject != got || utf8.RuneCountInString(got) > maxSubject || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Subject %q, want %q", l.subject, got)
		}
		if got := printable(message + "\n"); !strings.HasSuffix(l.text, got) || len(l.text) > len(got) {
			t.Errorf("text %q, want %q", l.text, got)
		}
		tags := strings.Count(l.html, "<") - strings.Count(pageHead+pageTail+tableHead+tableTail, "<")
		if rows := strings.Count(l.html, "<tr>"); tags != 6*rows || rows < 3 || rows > 4 {
			t.Errorf("%d rows, %d tags: %s", rows, tags, l.html)
		}
	})
}

// FuzzAddress: an address that is accepted cannot end a command, and is read as it was meant.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"a@b.c", "Ann <a@b.c>", `"a b"@c.d`, `"B, C" <bc@example.com>, x@y.z`, "ü@example.com", "a@[127.0.0.1]", "=?utf-8?q?=0D=0A?= <a@b.c>",
		"a@b.c>\r\nRCPT TO:<d@e.f", `"a>\" SIZE=1"@b.c`, "group: a@b.c, d@e.f;", "<@x,@y:a@b.c>", "a@b.c (comment)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := parseMailboxes(s)
		if err != nil {
			return
		}
		for _, m := range all {
			if strings.ContainsFunc(m.envelope+m.header.String(), unicode.IsControl) {
				t.Errorf("%q, %q", m.envelope, m.header)
			}
			again, err := parseFrom(m.envelope)
			if err != nil || again.envelope != m.envelope || again.header.Address != m.header.Address {
				t.Errorf("%q is read as %q: %v", m.envelope, again.envelope, err)
			}
			if !strings.HasPrefix(m.envelope, "<") || !strings.HasSuffix(m.envelope, ">") {
				t.Errorf("%q", m.envelope)
			}
		}
	})
}

// FuzzServer: whatever a server says, it gets an error or a mail, and nobody hangs.
func FuzzServer(f *testing.F) {
	f.Add("220 x\r\n250-x\r\n250-AUTH PLAIN\r\n250 SIZE 1\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n221 bye\r\n")
	f.Add("220 x\r\n250-x\r\n250 AUTH SCRAM-SHA-256\r\n334 \r\n334 cj0=\r\n")
	f.Add("220 x\r\n250-x\r\n250 AUTH CRAM-MD5 LOGIN\r\n334 PDE+\r\n235 x\r\n")
	f.Add("220-x\r\n220-y\r\n220 z\r\n500 x\r\n250 x\r\n")
	f.Add("999 \r\n")
	f.Fuzz(func(t *testing.T, script string) {
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			go func() { _, _ = io.WriteString(server, script) }()
			_, _ = io.Copy(io.Discard, server)
		}()
		h := NewHandler("mx", "a@b.c", someone, &Options{
			Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Username: "u", Password: "p", AllowPlaintextAuth: true, TLS: TLSNone,
			Timeout: time.Second, Synchronous: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				time.AfterFunc(5*time.Millisecond, func() { _ = server.Close() })
				return client, nil
			},
		})
		_ = h.Handle(t.Context(), record(slog.LevelInfo, "x"))
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		_ = server.Close()
		<-done
		if s := balanced(t, h); s.Sent+s.Failed != 1 {
			t.Errorf("%+v", s)
		}
	})
}
