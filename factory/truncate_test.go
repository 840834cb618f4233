package factory

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	digits := strings.Repeat("0123456789", 10)
	for _, test := range []struct {
		name  string
		in    string
		limit int
		want  string
	}{
		{"empty", "", 1, ""},
		{"fits", digits, 100, digits},
		{"one too many", digits, 99, digits[:81] + "...(19 bytes cut)"},
		{"half", digits, 50, digits[:32] + "...(68 bytes cut)"},
		{"nothing but the ellipsis", digits, 18, "...(100 bytes cut)"},
		{"no room for the ellipsis", digits, 17, digits[:17]},
		{"one byte", digits, 1, "0"},
		{"before a rune", "€" + digits, 20, "...(103 bytes cut)"},
		{"after a rune", "€" + digits, 21, "€...(100 bytes cut)"},
		{"tiny, before a rune", "€€", 5, "€"},
		{"tiny, in the first rune", "€€", 2, ""},
		{"not UTF-8", strings.Repeat("\x80", 30), 20, "\x80\x80\x80...(27 bytes cut)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := cut(test.in, test.limit); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzCut(f *testing.F) {
	for _, s := range []string{
		"", "a", "abc€def", strings.Repeat("€", 40), strings.Repeat("x", 1000), "\xff\x80\x80\x80\x80\x80", "...(5 bytes cut)",
	} {
		for _, limit := range []int{1, 5, 17, 20, 64} {
			f.Add(s, limit)
		}
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 1 {
			t.Skip()
		}
		got := cut(s, limit)
		if len(got) > limit {
			t.Errorf("%d bytes, limit %d: %q", len(got), limit, got)
		}
		if again := cut(got, limit); again != got {
			t.Errorf("cut again: %q, before %q", again, got)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("a rune of %q is split: %q", s, got)
		}
		if len(s) <= limit {
			if got != s {
				t.Errorf("got %q, want %q", got, s)
			}
			return
		}
		want := s[:min(len(got), len(s))]
		if i := strings.LastIndex(got, "...("); limit >= len(ellipsis(len(s))) && i >= 0 {
			want = s[:i] + ellipsis(len(s)-i)
		}
		if got != want {
			t.Errorf("cut(%q, %d) = %q", s, limit, got)
		}
	})
}

type quietJSON struct{ error }

func (quietJSON) MarshalJSON() ([]byte, error) { return []byte(`"quiet"`), nil }

type quietText struct{ error }

func (quietText) MarshalText() ([]byte, error) { return []byte("quiet"), nil }

type panicking struct{}

func (panicking) Error() string { panic("secret") }

func TestTruncateValues(t *testing.T) {
	long, short := strings.Repeat("x", 100), strings.Repeat("x", 12)+"...(88 bytes cut)"
	for _, test := range []struct {
		name string
		in   any
		want any // nil: as it was
	}{
		{"string", long, short},
		{"bytes", []byte(long), []byte(short)},
		{"error", errors.New(long), short},
		{"short string", "x", nil},
		{"short bytes", []byte("x"), nil},
		{"short error", errors.New("x"), nil},
		{"nothing", nil, nil},
		{"error with MarshalJSON", quietJSON{errors.New(long)}, nil},
		{"error with MarshalText", quietText{errors.New(long)}, nil},
		{"error that panics", panicking{}, nil},
		{"Stringer", netip.MustParsePrefix("2001:db8:1234:5678:9abc:def0::/96"), nil},
		{"raw JSON", json.RawMessage(`"` + long + `"`), nil},
		{"number", 1 << 60, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := slog.Any("key", test.in)
			want := a
			if test.want != nil {
				want = slog.Any("key", test.want)
			}
			got := Truncate(0, 30).ReplaceAttr([]string{"g"}, a)
			if got.Key != "key" || !reflect.DeepEqual(got.Value.Any(), want.Value.Any()) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestTruncateMessage(t *testing.T) {
	r := slog.Record{Message: strings.Repeat("x", 100)}
	if got := Truncate(21, 0).Factory(t.Context(), r).Message; got != "xxx...(97 bytes cut)" {
		t.Errorf("got %q", got)
	}
	for _, l := range []Layer{Truncate(0, 0), Truncate(-1, -1)} {
		if l.Factory != nil || l.ReplaceAttr != nil {
			t.Errorf("no limit, but %+v", l)
		}
	}
}

func TestTruncateAllocations(t *testing.T) {
	l := Truncate(20, 20)
	for _, v := range []any{"short", errors.New("short"), []byte("short"), 1} {
		a := slog.Any("key", v)
		if got := testing.AllocsPerRun(100, func() { l.ReplaceAttr(nil, a) }); got != 0 {
			t.Errorf("%T: %v allocations", v, got)
		}
	}
	r := slog.Record{Message: "short"}
	if got := testing.AllocsPerRun(100, func() { l.Factory(t.Context(), r) }); got != 0 {
		t.Errorf("message: %v allocations", got)
	}
}
