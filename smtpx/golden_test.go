package smtpx

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestGolden shows whole mails, but for what differs each time.
func TestGolden(t *testing.T) {
	c := composer{maxBytes: 300, table: table{most: 900}}
	var err error
	if c.from, err = parseFrom("Läuse & Co <ops@example.com>"); err != nil {
		t.Fatal(err)
	}
	if c.to, err = parseRecipients([]string{"Ann <ann@example.net>, bob@example.net", `"o'brien@home"@example.org`}); err != nil {
		t.Fatal(err)
	}
	entryOf := func(r slog.Record, text string) *entry { return &entry{record: r, text: text} }
	one := entryOf(record(slog.LevelError, "größer als\r\nBcc: evil@example.com", "user", "<Ada>", slog.Group("req", "id", 7)), "level=ERROR …\n")
	two := entryOf(record(slog.LevelDebug, "two"), "two\nlines\x1b[0m\n")
	long := entryOf(record(slog.LevelInfo, strings.Repeat("long ", 80)), strings.Repeat("long ", 80)+"\n")

	var all strings.Builder
	show := func(title string, entries []*entry, others counts) {
		mail, err := c.compose(noon, entries, others)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(`<[A-Z2-7]{26}@`).ReplaceAllString(string(mail), "<ID@")
		boundary := regexp.MustCompile(`boundary=(\S+)`).FindStringSubmatch(text)
		if boundary != nil {
			text = strings.ReplaceAll(text, boundary[1], "BOUNDARY")
		}
		all.WriteString("=== " + title + "\n" + strings.ReplaceAll(text, "\r\n", "\n") + "\n")
	}
	show("one record", []*entry{one}, counts{})
	show("one record, and what the rate limit held back", []*entry{two}, counts{slog.LevelWarn: 2, slog.LevelError + 4: 1})
	show("a digest that is too long", []*entry{two, one, long, two}, counts{slog.LevelInfo: 100})
	c.textOnly, c.subject = true, FixedSubject("Log")
	show("as Python", []*entry{long}, counts{})

	testkit.Golden(t, "mails.golden", []byte(all.String()))
}
