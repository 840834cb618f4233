package smtpx

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// composer makes mails.
type composer struct {
	from     mailbox
	to       []mailbox
	subject  func(slog.Record) string // nil: level and message
	textOnly bool
	maxBytes int
	table    table
}

// compose returns a mail that shows these records, and counts others. An error with a mail is one of user code.
func (c *composer) compose(now time.Time, shown []*entry, others counts) (text []byte, err error) {
	worst := slices.MaxFunc(shown, func(a, b *entry) int { return cmp.Compare(a.record.Level, b.record.Level) })
	subject, err := c.subjectOf(worst.record)
	if more := int64(len(shown)-1) + others.total(); more > 0 {
		subject = shortenSubject(subject, fmt.Sprintf(" (+%d more)", more))
	}

	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(c.from.header)
	for _, to := range c.to {
		m.AddToMailAddress(to.header)
	}
	m.SetGenHeader(mail.HeaderSubject, encodedWords(subject))
	m.SetDateWithValue(now)
	m.SetMessageIDWithValue(c.messageID())
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834, section 5
	level := worst.record.Level
	for of := range others {
		level = max(level, of)
	}
	for name, value := range priority(level) {
		m.SetGenHeader(mail.Header(name), value)
	}

	note := c.note(shown, others)
	m.SetBodyString(mail.TypeTextPlain, c.plain(note, shown))
	if !c.textOnly {
		records := make([]slog.Record, len(shown))
		for i, e := range shown {
			records[i] = e.record
		}
		m.AddAlternativeString(mail.TypeTextHTML, c.table.page(note, records))
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), err
}

// subjectOf returns the subject for r, a default one if user code fails.
func (c *composer) subjectOf(r slog.Record) (subject string, err error) {
	subject = c.table.title(r)
	if c.subject != nil {
		err = safe.Do(func() error {
			subject = c.subject(r)
			return nil
		})
	}
	if err != nil {
		err = fmt.Errorf("smtpx: Subject: %w", err)
	}
	return subjectLine(subject), err
}

// messageID returns an identifier that no other mail has (RFC 5322, section 3.6.4), on the host of the sender.
func (c *composer) messageID() string {
	host := strings.TrimSuffix(c.from.envelope[strings.LastIndexByte(c.from.envelope, '@')+1:], ">")
	if !isASCII(host) {
		host = "localhost"
	}
	return rand.Text() + "@" + host
}

// priority returns the headers that programs sort by (RFC 2156, section 5.3, and what came before it).
func priority(level slog.Level) map[string]string {
	switch {
	case level >= slog.LevelError:
		return map[string]string{"Importance": "high", "Priority": "urgent", "X-Priority": "1"}
	case level < slog.LevelInfo:
		return map[string]string{"Importance": "low", "Priority": "non-urgent", "X-Priority": "5"}
	default:
		return nil
	}
}

// note says what a mail is about that is not just one record.
func (c *composer) note(shown []*entry, others counts) string {
	var parts []string
	if len(shown) > 1 {
		parts = append(parts, fmt.Sprintf("%d records", len(shown)))
	}
	if len(others) > 0 {
		parts = append(parts, others.String())
	}
	return strings.Join(parts, "; ")
}

// plain returns the text part. Where it has several records each begins a line, and nothing else does.
func (c *composer) plain(note string, shown []*entry) string {
	var b strings.Builder
	if note != "" {
		b.WriteString(note + "\n\n")
	}
	for i, e := range shown {
		if i > 0 && b.Len() > c.maxBytes {
			fmt.Fprintf(&b, "… (and %d more)\n", len(shown)-i)
			break
		}
		text := shorten(strings.TrimSuffix(printable(e.text), "\n"), c.maxBytes)
		if len(shown) > 1 {
			text = strings.ReplaceAll(text, "\n", "\n    ")
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
