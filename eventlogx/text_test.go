package eventlogx

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// TestText: what a string becomes.
func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"plain ~":                 "plain ~",
		"a\x00b\x00":              `a\x00b\x00`,
		"\ttab\r\nline":           "\ttab\r\nline",
		"\x1b[31m\x7f\u0085":      `\x1b[31m\x7f\u0085`,
		"Grüße, 世界 😀":             "Grüße, 世界 😀",
		"a\xffb\xc3":              "a\ufffdb\ufffd",
		"\xed\xa0\x80":            "\ufffd\ufffd\ufffd", // half of a surrogate pair
		"%1":                      "% 1",
		"%%1":                     "%% 1",
		"%{S-1-5-18}":             "% {S-1-5-18}",
		"100%":                    "100%",
		"100% sure %d %% %":       "100% sure %d %% %",
		"/a%20b%2F":               "/a% 20b% 2F",
		"fe80::1%1%0":             "fe80::1% 1% 0",
		"\ufffd is what it is %x": "\ufffd is what it is %x",
	} {
		l := new(log)
		h := newHandler("shop", quiet(t, Options{Strings: func(slog.Record) []string { return []string{in} }}), l)
		check(t, h, record(0, in))
		if diff := cmp.Diff([]string{want, want}, l.next(t).Strings); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
		if stats := h.Stats(); stats.Cut != 0 {
			t.Errorf("%q: %+v", in, stats)
		}
	}
	l := new(log)
	check(t, newHandler("shop", quiet(t, Options{KeepPercent: true}), l), record(0, "%1 \x00"))
	if got := l.next(t).Strings[0]; got != `%1 \x00` {
		t.Errorf("KeepPercent: %q", got)
	}
}

// TestCut: no more than the log takes, between characters, and counted.
func TestCut(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		more  []string
		units int // of the text that is left
		cut   bool
	}{
		"fits":          {strings.Repeat("a", maxUnits), nil, maxUnits, false},
		"one more":      {strings.Repeat("a", maxUnits+1), nil, maxUnits, true},
		"pairs":         {strings.Repeat("😀", maxUnits), nil, maxUnits - 1, true}, // an odd number
		"fitting pairs": {"a" + strings.Repeat("😀", maxUnits/2), nil, maxUnits, false},
		"bytes":         {strings.Repeat("世", maxUnits), nil, maxUnits, false}, // units are counted
		"escapes":       {strings.Repeat("\x00", maxUnits), nil, maxUnits - maxUnits%4, true},
		"codes":         {strings.Repeat("%1", maxUnits), nil, maxUnits, true},
		"others":        {strings.Repeat("a", maxUnits), []string{"bb", "", "c"}, maxUnits - 3, true},
		"others fit":    {strings.Repeat("a", maxUnits-3), []string{"bb", "", "c"}, maxUnits - 3, false},
		"only others":   {"text", []string{strings.Repeat("b", maxUnits), "c"}, 0, true},
		"many":          {"text", make([]string, maxStrings-1), 4, false},
		"too many":      {"text", make([]string, maxStrings), 4, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := new(log)
			h := newHandler("shop", quiet(t, Options{Strings: func(slog.Record) []string { return c.more }}), l)
			check(t, h, record(0, c.text))
			got := l.next(t).Strings
			if want := min(len(c.more)+1, maxStrings); len(got) != want {
				t.Errorf("%d strings, want %d", len(got), want)
			}
			if n := units(got[0]); n != c.units {
				t.Errorf("the text has %d units, want %d", n, c.units)
			}
			if strings.ContainsRune(got[0], '\ufffd') {
				t.Error("a character was cut in two")
			}
			total := 0
			for _, s := range got {
				total += units(s)
			}
			stats := h.Stats()
			if total > maxUnits || stats.Bytes != int64(2*total) || stats.Cut == 1 != c.cut {
				t.Errorf("%d units, %+v", total, stats)
			}
		})
	}
}

// FuzzText: no string is ever longer than it may be, has a NUL, half a character or an insertion code in it; what is
// plain comes through as it is.
func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "a\x00b", "😀%1", "%%{1", "\xff\xed\xa0\x80", "\x1b[0m", "\u0085"} {
		f.Add(s, 3)
	}
	odd := func(r rune) bool { return r == '%' || unicode.IsControl(r) && r != '\t' }
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 0), 1000)
		got, cut := appendText(nil, s, limit, false)
		fromBytes, cutToo := appendText(nil, []byte(s), limit, false)
		if !cmp.Equal(got, fromBytes) || cut != cutToo {
			t.Errorf("%q: bytes make another text", s)
		}
		text := decode(got)
		switch {
		case len(got) > limit:
			t.Errorf("%q: %d units of %d", s, len(got), limit)
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }):
			t.Errorf("%q: a control character in %q", s, text)
		case insertion.MatchString(text):
			t.Errorf("%q: an insertion code in %q", s, text)
		case !cut && strconv.CanBackquote(s) && !strings.ContainsFunc(s, odd) && text != s:
			t.Errorf("%q became %q", s, text)
		}
		all, cut := appendText(nil, s, 6*len(s)+1, false)
		if cut || !strings.HasPrefix(decode(all), text) {
			t.Errorf("%q: %q is not its beginning", s, text)
		}
	})
}
