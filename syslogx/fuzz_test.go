package syslogx

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	syslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/octetcounting"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

var nasty = []string{
	"", "hello", `"q" \ ]`, `\]`, `\\"`, "a\nb\r\n", "<14>1 - - - - - - forged", "\x00\x1b\x7f\u0085", "漢字 😀", "bad \xff\xc3", "key=1 [x y=\"z\"]",
	strings.Repeat("k", 33), "12 <14>1 ", "- ", "\ufeffBOM", "\t",
}

// expected is what is left of s, written down once more, the slow way.
func expected(s string, kind int) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(r)
		case r == '\t' || kind == lines && (r == '\n' || r == '\r') || r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xa0):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r >= 0x80:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			if c, ok := map[rune]string{'\a': `\a`, '\b': `\b`, '\f': `\f`, '\v': `\v`}[r]; ok {
				b.WriteString(c)
			} else {
				fmt.Fprintf(&b, `\x%02x`, r)
			}
		}
	}
	return b.String()
}

func field5424(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// FuzzRFC5424: whatever goes in, somebody else's parser gets the same out of it.
func FuzzRFC5424(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, nasty[(i+1)%len(nasty)], nasty[(i+2)%len(nasty)], i, int64(i)*1e18, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, msg, key, value string, level int, when int64, stream bool) {
		network, kind := "udp", lines
		opts := someone(Options{Hostname: value, MsgID: msg})
		if stream {
			network, kind, opts.Framing = "tcp", oneLine, Newline
		}
		at := time.Unix(0, when)
		r := slog.NewRecord(at, slog.Level(level), msg, 0)
		r.AddAttrs(slog.String(key, value))
		text := render(t, NewHandler(network, "localhost", opts).WithAttrs([]slog.Attr{slog.String("w", value)}).WithGroup("g"), r)
		if stream {
			if strings.Count(text, "\n") != 1 {
				t.Fatalf("%q", text)
			}
			text = text[:len(text)-1]
		}
		parsed, err := rfc5424.NewParser().Parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		m := parsed.(*rfc5424.SyslogMessage)
		if got, want := field5424(m.Message), expected(msg, kind); got != want {
			t.Errorf("MSG is %q, want %q, in %q", got, want, text)
		}
		name, want := "g."+key, expected(value, kind)
		if !isName(name) {
			name = sdName(name)
		}
		data := (*m.StructuredData)[defaultID]
		if len(*m.StructuredData) != 1 || data["w"] != want || data[name] != want {
			t.Errorf("structured data is %q, want %q in %q, in %q", data, want, name, text)
		}
		if int(*m.Severity) != int(MapPriority(slog.Level(level))) || *m.Facility != 1 {
			t.Errorf("%q", text)
		}
		if got := m.Timestamp; at.IsZero() != (got == nil) || got != nil && !got.Equal(at.Truncate(time.Microsecond)) {
			t.Errorf("the time is %v, want %v", got, at)
		}
		if field5424(m.Appname) != "app" || field5424(m.ProcID) != "42" {
			t.Errorf("%q", text)
		}
	})
}

// FuzzRFC3164 likewise.
func FuzzRFC3164(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, nasty[(i+1)%len(nasty)], i, int64(i)*1e9, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, msg, value string, level int, when int64, stream bool) {
		network, kind := "udp", lines
		opts := someone(Options{Protocol: RFC3164})
		if stream {
			network, kind, opts.Framing = "tcp", oneLine, Newline
		}
		at := time.Unix(when%(1<<33), 0)
		r := slog.NewRecord(at, slog.Level(level), "m"+msg, 0) // the parser refuses an empty one
		r.AddAttrs(slog.String("key", value))
		text := render(t, NewHandler(network, "localhost", opts), r)
		if stream {
			if strings.Count(text, "\n") != 1 {
				t.Fatalf("%q", text)
			}
			text = text[:len(text)-1]
		}
		parsed, err := rfc3164.NewParser(rfc3164.WithYear(rfc3164.Year{YYYY: at.Local().Year()}), rfc3164.WithTimezone(time.UTC),
			rfc3164.WithEmbeddedNewlines()).Parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		m := parsed.(*rfc3164.SyslogMessage)
		var line bytes.Buffer
		slog.New(slog.NewTextHandler(&line, nil)).Info("", "key", value)
		_, attr, _ := strings.Cut(strings.TrimSuffix(line.String(), "\n"), ` msg="" `)
		if got, want := field5424(m.Message), expected("m"+msg+" "+attr, kind); got != want {
			t.Errorf("the message is %q, want %q, in %q", got, want, text)
		}
		if int(*m.Severity) != int(MapPriority(slog.Level(level))) || *m.Facility != 1 {
			t.Errorf("%q", text)
		}
		if field5424(m.Hostname) != "host.example" || field5424(m.Appname) != "app" || field5424(m.ProcID) != "42" {
			t.Errorf("%q", text)
		}
		if m.Timestamp == nil || m.Timestamp.Format(time.Stamp) != at.Local().Format(time.Stamp) {
			t.Errorf("the time is %v, want %v", m.Timestamp, at)
		}
	})
}

// FuzzFraming: however many messages there are, and whatever is in them, as many come out.
func FuzzFraming(f *testing.F) {
	for i, s := range nasty {
		f.Add(s, nasty[(i+1)%len(nasty)], i)
	}
	f.Fuzz(func(t *testing.T, a, b string, limit int) {
		const most = 1 << 20
		limit = minMaxMessage + max(limit, 0)%most
		for _, framing := range []Framing{OctetCounting, Newline, NUL} {
			opts := someone(Options{Framing: framing, MaxMessageBytes: limit})
			h := NewHandler("tcp", "localhost", opts)
			var stream bytes.Buffer
			for _, msg := range []string{a, b, a} {
				r := record(0, msg, b, a)
				m := messages.Get().(*message)
				if err := h.format.append(t.Context(), m, &r); err != nil {
					t.Fatal(err)
				}
				if m.size() > limit {
					h.format.shorten(m, limit)
				}
				if m.size() > limit {
					t.Errorf("%d bytes are more than %d", m.size(), limit)
				}
				stream.Write(h.format.frame(m))
				m.free()
			}
			var got int
			switch framing {
			case OctetCounting:
				octetcounting.NewParser(syslog.WithMaxMessageLength(2*most), syslog.WithListener(func(r *syslog.Result) {
					if r.Error != nil {
						t.Errorf("%q: %v", stream.String(), r.Error)
					}
					got++
				})).Parse(&stream)
			case Newline:
				got = bytes.Count(stream.Bytes(), []byte("\n"))
			case NUL:
				got = bytes.Count(stream.Bytes(), []byte{0})
				if bytes.ContainsAny(stream.Bytes(), "\n\r") {
					t.Errorf("%q", stream.String())
				}
			}
			if got != 3 {
				t.Errorf("framing %d: 3 messages became %d: %q", framing, got, stream.String())
			}
		}
	})
}
