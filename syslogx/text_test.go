package syslogx

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSDName(t *testing.T) {
	long := strings.Repeat("k", 33)
	for key, want := range map[string]string{
		"key":       "key",
		"a.b-c_d~!": "a.b-c_d~!",
		long[1:]:    long[1:],
		long:        "kkkkkkkkkkkkkkkkkkkkkkk~" + hashOf(long),
		"":          "~811c9dc5",
		"a b":       "a_b~" + hashOf("a b"),
		"a=b":       "a_b~" + hashOf("a=b"),
		`a]b"`:      "a_b_~" + hashOf(`a]b"`),
		"größe":     "gr__e~" + hashOf("größe"),
		"a\nb\x00":  "a_b_~" + hashOf("a\nb\x00"),
		"\xff":      "_~" + hashOf("\xff"),
	} {
		got := sdName(key)
		if got != want || !isName(got) {
			t.Errorf("sdName(%q) = %q, want %q", key, got, want)
		}
	}
	// Different keys, different names.
	seen := map[string]string{}
	for i := range 10000 {
		key := fmt.Sprintf("%s %d", long, i)
		name := sdName(key)
		if other, ok := seen[name]; ok {
			t.Fatalf("%q and %q are both %q", key, other, name)
		}
		seen[name] = key
	}
}

func hashOf(s string) string {
	h := uint32(2166136261) // FNV-1a
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return fmt.Sprintf("%08x", h)
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		in              string
		lines, one      string // in MSG
		value, valueOne string // in a value
	}{
		{"", "", "", "", ""},
		{"plain text", "plain text", "plain text", "plain text", "plain text"},
		{`"q" \b [s]`, `"q" \b [s]`, `"q" \b [s]`, `\"q\" \\b [s\]`, `\"q\" \\b [s\]`},
		{"tab\t漢字 é😀", "tab\t漢字 é😀", "tab\t漢字 é😀", "tab\t漢字 é😀", "tab\t漢字 é😀"},
		{"a\nb\r\nc", "a\nb\r\nc", `a\nb\r\nc`, "a\nb\r\nc", `a\\nb\\r\\nc`},
		{"\x00\x1b[1m\x7f", `\x00\x1b[1m\x7f`, `\x00\x1b[1m\x7f`, `\\x00\\x1b[1m\\x7f`, `\\x00\\x1b[1m\\x7f`},
		{"\u0085\u009b2J", `\u0085\u009b2J`, `\u0085\u009b2J`, `\\u0085\\u009b2J`, `\\u0085\\u009b2J`},
		{"bad \xff\xc3", "bad ��", "bad ��", "bad ��", "bad ��"},
		{"real �", "real �", "real �", "real �", "real �"},
	} {
		for kind, want := range map[int]string{lines: test.lines, oneLine: test.one} {
			if got := string(cleanFrom([]byte("\n"+test.in), 1, kind)); got != "\n"+want {
				t.Errorf("%q, %d: %q, want %q", test.in, kind, got, want)
			}
		}
		for kind, want := range map[int]string{lines: test.value, oneLine: test.valueOne} {
			if got := string(appendValue([]byte("]"), test.in, kind)); got != "]"+want {
				t.Errorf("value %q, %d: %q, want %q", test.in, kind, got, want)
			}
		}
	}
}

func TestCut(t *testing.T) {
	const s = "aé漢😀\xff\x80\x80\x80\x80\x80"
	for n := -1; n <= len(s)+1; n++ {
		got := cut([]byte(s), n)
		if got > max(n, 0) || got > len(s) || n <= 10 && !utf8.ValidString(s[:got]) || n >= 0 && got < n-3 && got < len(s) {
			t.Errorf("cut(%d) = %d", n, got)
		}
	}
}

func TestWholeParams(t *testing.T) {
	const sd = `[id a="1" b="x\"\] y" c="3"]`
	for n := range len(sd) {
		got := wholeParams([]byte(sd), n)
		want := 0
		for _, end := range []string{`[id a="1"`, `[id a="1" b="x\"\] y"`} {
			if len(end) < n {
				want = len(end)
			}
		}
		if got != want {
			t.Errorf("%d bytes: %q, want %q", n, sd[:got], sd[:want])
		}
	}
}
