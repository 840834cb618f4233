package scan

import (
	"strconv"
	"strings"
	"testing"
)

// TestEveryByte puts every byte at every place of short strings, where it is the only odd one. What is made of the
// answers is tested, in more ways, where formats are.
func TestEveryByte(t *testing.T) {
	for n := range 41 {
		check(t, strings.Repeat("a", n))
		for i := range n {
			for c := range 256 {
				check(t, strings.Repeat("a", i)+string([]byte{byte(c)})+strings.Repeat("a", n-i-1))
			}
		}
	}
}

func check(t *testing.T, s string) {
	t.Helper()
	prefix := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= 0x80 })
	if prefix < 0 {
		prefix = len(s)
	}
	if got := JSONPrefix(s); got != prefix {
		t.Fatalf("JSONPrefix(%q) = %d, want %d", s, got, prefix)
	}
	copied := make([]byte, len(s)+Spare)
	if got := CopyJSON(copied, s); got != (prefix == len(s)) || got && string(copied[:len(s)]) != s {
		t.Fatalf("CopyJSON(%q) = %v, %q", s, got, copied)
	}
	if got, want := QuoteSafe(s), strconv.Quote(s) == `"`+s+`"` && prefix == len(s); got != want {
		t.Fatalf("QuoteSafe(%q) = %v", s, got)
	}
	safe := s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || r >= 0x80 })
	if got := TextSafe(Bytes(s)); got != safe {
		t.Fatalf("TextSafe(%q) = %v, want %v", s, got, safe)
	}
	if len(s) > 0 && s[0] < 0x80 && Escaped(s[0]) != (s[0] < ' ' || s[0] == '"' || s[0] == '\\') {
		t.Fatalf("Escaped(%q) = %v", s[0], Escaped(s[0]))
	}
}
