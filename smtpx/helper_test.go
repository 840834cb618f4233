package smtpx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// patience is for what comes soon, unless the machine is very busy.
const patience = time.Minute

// patient has a server take as long as it does on a busy machine, unless the test says how long.
func patient(o Options) *Options {
	o.Timeout, o.SendTimeout = cmp.Or(o.Timeout, patience), cmp.Or(o.SendTimeout, patience)
	o.CloseTimeout, o.BlockTimeout = cmp.Or(o.CloseTimeout, patience), cmp.Or(o.BlockTimeout, patience)
	return &o
}

var noon = time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)

// record makes a record at noon.
func record(level slog.Level, msg string, args ...any) slog.Record {
	r := slog.NewRecord(noon, level, msg, 0)
	r.Add(args...)
	return r
}

// letter is a mail as its reader sees it.
type letter struct {
	header     mail.Header
	subject    string
	text, html string
}

// read parses a mail.
func read(t testing.TB, raw string) *letter {
	t.Helper()
	l, err := parseLetter(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return l
}

func parseLetter(raw string) (*letter, error) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return nil, err
	}
	l := &letter{header: m.Header}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if kind != "multipart/alternative" {
		l.text, err = decoded(kind, "text/plain", m.Header.Get("Content-Transfer-Encoding"), m.Body)
		return l, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, part := range []struct {
		kind string
		text *string
	}{{"text/plain", &l.text}, {"text/html", &l.html}} {
		p, err := parts.NextRawPart()
		if err != nil {
			return nil, err
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return nil, err
		}
		if *part.text, err = decoded(kind, part.kind, p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return nil, err
		}
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		return nil, fmt.Errorf("more than two parts, or no end: %w", err)
	}
	return l, nil
}

func decoded(kind, want, encoding string, r io.Reader) (string, error) {
	if kind != want || encoding != "quoted-printable" {
		return "", fmt.Errorf("a part is %s in %s", kind, encoding)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(r))
	return strings.ReplaceAll(string(b), "\r\n", "\n"), err
}

// closing closes h when the test is over.
func closing(t testing.TB, h *Handler) *Handler {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = h.Shutdown(ctx)
	})
	return h
}

// balanced fails the test if a record is missing in h's counts, or waits.
func balanced(t testing.TB, h *Handler) Stats {
	t.Helper()
	s := h.Stats()
	if s.Handled != s.Sent+s.Dropped+s.Failed+s.Suppressed+s.Waiting || s.Waiting != 0 {
		t.Errorf("the counts do not add up: %+v", s)
	}
	return s
}

var rowPattern = regexp.MustCompile(`(?s)<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>`)

// tableOf returns the rows of a mail's tables.
func tableOf(t testing.TB, page string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, row := range rowPattern.FindAllStringSubmatch(page, -1) {
		name := html.UnescapeString(row[1])
		if _, ok := rows[name]; ok {
			t.Errorf("two rows are named %q", name)
		}
		rows[name] = html.UnescapeString(row[2])
	}
	return rows
}

// nested returns rows as the groups that their dotted names mean.
func nested(t testing.TB, rows map[string]string) map[string]any {
	t.Helper()
	top := map[string]any{}
	for name, value := range rows {
		testkit.Nest(t, top, name, value)
	}
	return top
}

func atoi(t testing.TB, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bare is the format of Python's default formatter: the message.
func bare(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
	return &writing{slog.NewTextHandler(w, opts), func(r slog.Record) error {
		_, err := io.WriteString(w, r.Message+"\n")
		return err
	}}
}

// failing is a format that fails.
func failing(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
	return &writing{slog.NewTextHandler(w, opts), func(slog.Record) error { return errors.New("cannot format") }}
}

type writing struct {
	slog.Handler
	write func(slog.Record) error
}

func (h *writing) Handle(_ context.Context, r slog.Record) error { return h.write(r) }
