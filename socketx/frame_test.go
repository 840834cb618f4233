package socketx

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// split takes all records out of what r reads.
func split(r io.Reader, most int) (records []string, err error) {
	b := inbox{max: most}
	for {
		data, err := b.next()
		if err != nil {
			return records, err
		}
		if data != nil {
			records = append(records, string(data))
			continue
		}
		if err := b.more(r); err != nil {
			if b.begun() {
				return records, io.ErrUnexpectedEOF
			}
			return records, nil
		}
	}
}

func TestInbox(t *testing.T) {
	large := strings.Repeat("x", 3*inboxBytes)
	for _, tc := range []struct {
		name string
		in   string
		want []string
		err  string
	}{
		{"nothing", "", nil, ""},
		{"lines", "{1}\n{2}\r\n{}\n", []string{"{1}", "{2}\r", "{}"}, ""},
		{"empty lines", "\n\r\n{1}\n\n", []string{"{1}"}, ""},
		{"lengths", "\x00\x00\x00\x01a\x00\x00\x00\x02bc", []string{"a", "bc"}, ""},
		{"both", "{1}\n\x00\x00\x00\x02{\n{3}\n\x00\x00\x00\x01\n{5}\n", []string{"{1}", "{\n", "{3}", "\n", "{5}"}, ""},
		{"JSON with a length", "\x00\x00\x00\x03{1}{2}\n", []string{"{1}", "{2}"}, ""},
		{"large", "{" + large + "\n\x00\x00\xc0\x00" + large + "{" + large + "\n", []string{"{" + large, large, "{" + large}, ""},
		{"no length", "{1}\n\x00\x00\x00\x00", []string{"{1}"}, "a record of no length"},
		{"too long", "\x00\x01\x00\x01", nil, "a record of 65537 bytes, more than 65536"},
		{"longest", "\x00\x01\x00\x00" + large[:30_000] + large[:35_536], []string{large[:30_000] + large[:35_536]}, ""},
		{"line too long", "{" + large + large, nil, " bytes, more than 65536"},
		{"something else", "{1}\nGET / HTTP/1.1\r\n", []string{"{1}"}, "neither a line of JSON nor a length and a pickle"},
		{"length of 16 MiB", "\x01\x00\x00\x00", nil, "neither a line of JSON nor a length and a pickle"},
		{"TLS", "\x16\x03\x01", nil, "neither a line of JSON nor a length and a pickle"},
		{"cut line", "{1}\n{2", []string{"{1}"}, "unexpected EOF"},
		{"cut length", "\x00\x00\x00", nil, "unexpected EOF"},
		{"cut record", "\x00\x00\x00\x02a", nil, "unexpected EOF"},
	} {
		readers := map[string]io.Reader{
			"whole": strings.NewReader(tc.in), "half": iotest.HalfReader(strings.NewReader(tc.in)),
			"with error": iotest.DataErrReader(strings.NewReader(tc.in)),
		}
		if len(tc.in) < 100 {
			readers["bytes"] = iotest.OneByteReader(strings.NewReader(tc.in))
		}
		for how, r := range readers {
			got, err := split(r, 1<<16)
			asWanted := err == nil && tc.err == "" || err != nil && tc.err != "" && strings.HasSuffix(err.Error(), tc.err)
			if !slices.Equal(got, tc.want) || !asWanted {
				t.Errorf("%s, %s: %.100q, %v", tc.name, how, got, err)
			}
		}
	}
}

// TestInboxGrows: it takes memory for what has come, not for what is announced, and gives it back.
func TestInboxGrows(t *testing.T) {
	b := inbox{max: maxRecord}
	r := io.MultiReader(strings.NewReader("\x00\xff\xff\xff"), bytes.NewReader(make([]byte, maxRecord)),
		strings.NewReader("{}\n"))
	most := 0
	for range 3 {
		if data, err := b.next(); data != nil || err != nil {
			t.Fatal(len(data), err)
		}
		if err := b.more(r); err != nil {
			t.Fatal(err)
		}
		most = max(most, len(b.buf))
	}
	if most > 4*inboxBytes {
		t.Errorf("%d bytes for %d", most, b.to)
	}
	for data, err := b.next(); data == nil; data, err = b.next() {
		if err != nil {
			t.Fatal(err)
		}
		if err := b.more(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.buf) > 2*maxRecord+2*inboxBytes {
		t.Errorf("%d bytes", len(b.buf))
	}
	if err := b.more(r); err != nil || len(b.buf) != inboxBytes {
		t.Errorf("%d bytes afterwards, %v", len(b.buf), err)
	}
}

func TestDatagram(t *testing.T) {
	for in, want := range map[string]string{
		"{1}":                 "{1}",
		"{1}\n":               "{1}\n",
		"\x00\x00\x00\x02ab":  "ab",
		"\x00\x00\x00\x02{}":  "{}",
		"\x00\x00\x00\x00":    "",
		"\x00\x00\x00\x02a":   "error: a datagram of 5 bytes with another length in it",
		"\x00\x00\x00\x02abc": "error: a datagram of 7 bytes with another length in it",
		"\x00\x00":            "error: a datagram of 2 bytes with another length in it",
		"":                    "error: neither a line of JSON nor a length and a pickle",
		"<13>hello":           "error: neither a line of JSON nor a length and a pickle",
		"{2345678901}":        "error: a record of 12 bytes, more than 10",
	} {
		data, err := datagram([]byte(in), 10)
		got := string(data)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzInbox: what comes is split in the same way, however it comes.
func FuzzInbox(f *testing.F) {
	f.Add([]byte("{1}\n\x00\x00\x00\x01a\r\n{2}\n"))
	f.Add([]byte("\x00\x00\x00\x09{\"v\":1}\n\n{"))
	f.Add([]byte("\x00\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err1 := split(bytes.NewReader(data), 100)
		pieces, err2 := split(iotest.OneByteReader(bytes.NewReader(data)), 100)
		if !slices.Equal(whole, pieces) || (err1 == nil) != (err2 == nil) {
			t.Errorf("%q, %v; byte by byte %q, %v", whole, err1, pieces, err2)
		}
		var sent []byte
		for _, r := range whole {
			sent = append(sent, sized([]byte(r))...)
		}
		if again, err := split(bytes.NewReader(sent), 100); err != nil || !slices.Equal(again, whole) {
			t.Errorf("%q became %q, %v", whole, again, err)
		}
	})
}
