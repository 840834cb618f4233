package token

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendString(t *testing.T) {
	for s, want := range map[string]string{
		"":                     `""`,
		"plain":                `"plain"`,
		"longer than a word":   `"longer than a word"`,
		"a\"b\\c/d":            `"a\"b\\c/d"`,
		"\n\r\t\b\f\v\x00\x1f": `"\n\r\t\b\f\u000b\u0000\u001f"`,
		"DEL \x7f <&>":         "\"DEL \x7f <&>\"",
		"café 日本語 😀":           `"café 日本語 😀"`,
		"\u2028 \u0085":        "\"\u2028 \u0085\"",
		"\ufffd":               "\"\ufffd\"",
		"bad \xff\x80":         `"bad \udcff\udc80"`,
		"cut \xe2\x82":         `"cut \udce2\udc82"`,
		"surrogate \xed\xa0":   `"surrogate \udced\udca0"`,
		"eight by\xe9s\n":      `"eight by\udce9s\n"`,
		"1234567\"":            `"1234567\""`,
		"12345678901234é5678":  `"12345678901234é5678"`,
	} {
		if got := string(AppendString([]byte("x"), s)); got != "x"+want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// TestScan has a special byte at each place of strings of each length.
func TestScan(t *testing.T) {
	for n := range 34 {
		for at := range n + 1 {
			for _, c := range []string{"", "\x00", "\x1f", `"`, `\`, "\x80", "\xff", " ", "!", "#", "[", "\x7f"} {
				s := strings.Repeat("a", at) + c + strings.Repeat("\xc3\xa9", n)[:n-at]
				want := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
				if want < 0 {
					want = len(s)
				}
				if got := plain(s); got != want {
					t.Fatalf("plain(%q) = %d, want %d", s, got, want)
				}
			}
		}
	}
}

func TestAppendFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -3: "-3.0", 0.25: "0.25", 1e15: "1000000000000000.0", 1e16: "1e+16", 1e-4: "0.0001",
		1e-5: "1e-05", 1700000000.123456: "1700000000.123456", math.MaxFloat64: "1.7976931348623157e+308",
		math.SmallestNonzeroFloat64: "5e-324", 123456789012345680: "1.2345678901234568e+17",
	} {
		if got := string(AppendFloat(nil, f)); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	if got := string(AppendFloat(nil, math.Copysign(0, -1))); got != "-0.0" {
		t.Errorf("minus zero: %s", got)
	}
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"\\\n\x00", "\xff\xed\xa0\x80", "é\u2028\U0001F600", "\xf0\x9f\x98"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := string(AppendString(nil, s))
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) || !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
		r := NewReader(text)
		got := r.String()
		r.End()
		if got != s || r.Err() != nil {
			t.Errorf("%q became %q, %v", s, got, r.Err())
		}
		var std string
		if err := json.Unmarshal([]byte(text), &std); err != nil || utf8.ValidString(s) && std != s {
			t.Errorf("encoding/json reads %q, %v", std, err)
		}
	})
}

func FuzzFloat(f *testing.F) {
	f.Add(0.1)
	f.Add(1e300)
	f.Add(-5e-324)
	f.Fuzz(func(t *testing.T, x float64) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return
		}
		r := NewReader(string(AppendFloat(nil, x)))
		text, integer := r.Number()
		r.End()
		got, err := strconv.ParseFloat(text, 64)
		if math.Float64bits(got) != math.Float64bits(x) || integer || err != nil || r.Err() != nil {
			t.Errorf("%v became %q", x, text)
		}
	})
}
