package encode

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/scan"
)

// What follows is slow and evidently right.

func naiveJSON(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch _, size := utf8.DecodeRuneInString(s[i:]); {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\ufffd`)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == '\u2028' || r == '\u2029':
			h := "000" + strconv.FormatInt(int64(r), 16)
			b.WriteString(`\u` + h[len(h)-4:])
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func naivePrefix(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' || s[i] >= 0x80 {
			return i
		}
	}
	return len(s)
}

func naiveText(s string) string {
	quote := s == ""
	for _, r := range s {
		if r == '=' || r == '"' || r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) && r != 0x7f {
			quote = true // DEL needs none in log/slog
		}
	}
	if quote {
		return strconv.Quote(s)
	}
	return s
}

func checkScan(t *testing.T, s string) {
	t.Helper()
	if got, want := scan.JSONPrefix(s), naivePrefix(s); got != want {
		t.Fatalf("JSONPrefix(%q) = %d, want %d", s, got, want)
	}
	if scan.QuoteSafe(s) && strconv.Quote(s) != `"`+s+`"` {
		t.Fatalf("QuoteSafe(%q)", s)
	}
	if got, want := string(appendJSONString([]byte("x"), s)), "x"+naiveJSON(s); got != want {
		t.Fatalf("JSON: got %s, want %s", got, want)
	}
	if got, want := string(appendTextString([]byte("x"), s)), "x"+naiveText(s); got != want {
		t.Fatalf("Text: got %s, want %s", got, want)
	}
}

// TestScanEveryByte puts every byte at every place of strings of all lengths that matter to the words of package scan, where
// it is the only odd one, or the first or last of several.
func TestScanEveryByte(t *testing.T) {
	for n := range 41 {
		checkScan(t, strings.Repeat("a", n))
		for i := range n {
			before, after := strings.Repeat("a", i), strings.Repeat("a", n-i-1)
			for c := range 256 {
				checkScan(t, before+string([]byte{byte(c)})+after)
			}
			for _, odd := range []string{"\n", `"`, "\\", "=", " ", "\x7f", "\x80", "\x00", "!", "\x01"} {
				checkScan(t, before+odd+strings.Repeat(odd, n-i-1))
				checkScan(t, strings.Repeat("!", i)+odd+after)
				checkScan(t, strings.Repeat("\x1f", i)+odd+after)
			}
			for _, r := range []string{"é", "日", "\U0001f600", "\u2028", "\u2029", "\u00a0", "\u200b", "\ufffd", "\xed\xa0\x80", "\xc3", "\xe6\x97", "\xf0\x9f\x98", "\u0085"} {
				checkScan(t, before+r+after)
			}
		}
	}
}

func TestScanRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	runes := []rune("abcdefghijklmnopqrstuvwxyz  =\"\\\n\x00\x7f\x1b\u2028é日😀")
	for range 100_000 {
		var b []byte
		for range r.IntN(30) {
			if r.IntN(20) == 0 {
				b = append(b, byte(r.Uint32()))
			} else {
				b = utf8.AppendRune(b, runes[r.IntN(len(runes))])
			}
		}
		checkScan(t, string(b))
	}
}

// TestScanSubstrings: no look goes beyond the string, to what its backing array holds.
func TestScanSubstrings(t *testing.T) {
	for n := range 20 {
		for _, around := range []string{"\n", "\xff", `"`} {
			s := strings.Repeat(around, 20) + strings.Repeat("a", n) + strings.Repeat(around, 20)
			checkScan(t, s[20:20+n])
		}
	}
}
