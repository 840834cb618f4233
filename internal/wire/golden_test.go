package wire

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

type (
	stringer  struct{ s string }
	bytesType []byte
	structure struct {
		B int
		A []any             `json:",omitempty"`
		M map[string]string `json:"m"`
	}
	badJSON  struct{}
	badError struct{}
	failing  struct{}
	valuer   struct{ v slog.Value }
	endless  struct{}
	rawJSON  string
)

func (s stringer) String() string              { return s.s }
func (badJSON) MarshalJSON() ([]byte, error)   { panic("no JSON") }
func (badError) Error() string                 { panic(errors.New("no message")) }
func (failing) MarshalText() ([]byte, error)   { return nil, errors.New("no text") }
func (v valuer) LogValue() slog.Value          { return v.v }
func (e endless) LogValue() slog.Value         { return slog.AnyValue(e) }
func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

var huge, _ = new(big.Int).SetString("123456789012345678901234567890", 10)

// goldenValues shows how each kind of value looks on the wire, and what the receiver's formats print of it. text is set
// where Text prints something else than it would have printed of the value itself.
var goldenValues = []struct {
	name  string
	value any
	text  bool
}{
	{name: "string", value: "plain"},
	{name: "empty string", value: ""},
	{name: "escapes", value: "say \"hi\"\nC:\\dir\t\x00\x1b\x7f"},
	{name: "letters", value: "café 日本語 \u2028"},
	{name: "invalid UTF-8", value: "bad\xff\xed\xa0\x80"},
	{name: "int", value: -42},
	{name: "least int", value: int64(math.MinInt64)},
	{name: "uint", value: uint64(7)},
	{name: "greatest uint", value: uint64(math.MaxUint64)},
	{name: "float", value: 0.1},
	{name: "whole float", value: 3.0},
	{name: "large float", value: 1e21},
	{name: "small float", value: 1e-7},
	{name: "minus zero", value: math.Copysign(0, -1)},
	{name: "NaN", value: math.NaN()},
	{name: "another NaN", value: math.Float64frombits(0xfff8_0000_0000_0000)},
	{name: "infinity", value: math.Inf(1)},
	{name: "minus infinity", value: math.Inf(-1)},
	{name: "bool", value: true},
	{name: "duration", value: 1500 * time.Millisecond},
	{name: "time", value: time.Date(2026, time.March, 29, 1, 59, 59, 123_456_789, time.FixedZone("CET", 3600))},
	{name: "whole second", value: time.Date(2026, time.March, 29, 0, 0, 0, 0, time.UTC)},
	{name: "zero time", value: time.Time{}},
	{name: "offset with seconds", value: time.Date(1935, 1, 1, 0, 0, 0, 5, time.FixedZone("AMT", 1172))},
	{name: "year 10000", value: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	{name: "group", value: slog.GroupValue(slog.Int("a", 1), slog.Group("b", "c", "d"), slog.Int("a", 2))},
	{name: "empty group", value: slog.GroupValue()},
	{name: "nil", value: nil},
	{name: "error", value: errors.New("not found")},
	{name: "joined errors", value: errors.Join(errors.New("one"), errors.New("two"))},
	{name: "bytes", value: []byte("by\xfftes")},
	{name: "no bytes", value: []byte{}},
	{name: "nil bytes", value: []byte(nil)},
	{name: "named bytes", value: bytesType("bytes")},
	{name: "level", value: slog.LevelWarn + 1},
	{name: "source", value: &slog.Source{Function: "main.main", File: "/src/main.go", Line: 7}},
	{name: "empty source", value: &slog.Source{}},
	{name: "nil source", value: (*slog.Source)(nil)},
	{name: "slice", value: []string{"a", "b c"}, text: true},
	{name: "nil slice", value: []string(nil), text: true},
	{name: "map", value: map[string]any{"b": 2, "a": []int{1}}, text: true},
	{name: "struct", value: structure{B: 1, A: []any{nil, 2.5}, M: map[string]string{"k": "<v>"}}, text: true},
	{name: "pointer to struct", value: &struct{ X, y int }{1, 2}, text: true},
	{name: "nil pointer", value: (*structure)(nil)},
	{name: "named int", value: time.March, text: true},
	{name: "big.Int", value: huge},
	{name: "Stringer", value: stringer{"s"}, text: true},
	{name: "TextMarshaler", value: netip.MustParseAddr("10.0.0.1")},
	{name: "TextMarshaler that fails", value: failing{}, text: true},
	{name: "json.Marshaler", value: rawJSON(` {"z" : 1, "a":"\u0041"}`), text: true},
	{name: "json.Marshaler of invalid UTF-8", value: rawJSON("\"\xff\""), text: true},
	{name: "json.Marshaler that panics", value: badJSON{}, text: true},
	{name: "error that panics", value: badError{}, text: true},
	{name: "nil error", value: (*badError)(nil)},
	{name: "what JSON has not", value: func() {}, text: true},
	{name: "LogValuer", value: valuer{slog.GroupValue(slog.Any("id", valuer{slog.Int64Value(7)}))}},
	{name: "LogValuer without end", value: endless{}},
	{name: "Attr", value: slog.Int("inner", 1), text: true},
}

var goldenRecords = []struct {
	name   string
	record func() slog.Record
}{
	{"nothing", func() slog.Record { return slog.Record{} }},
	{"time, level, message", func() slog.Record {
		at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.FixedZone("CEST", 7200))
		return slog.NewRecord(at, slog.LevelError+4, "two\nlines", 0)
	}},
	{"source", func() slog.Record {
		src := &slog.Source{Function: "main.main", File: "/src/main.go", Line: 7}
		return record(slog.Any(slog.SourceKey, src), slog.Int("a", 1))
	}},
	{"order, duplicates, odd keys", func() slog.Record {
		return record(slog.Int("z", 1), slog.Int("a", 2), slog.Int("z", 3), slog.Int("", 4), slog.Int("msg", 5),
			slog.Int("\"\n\xff", 6))
	}},
	{"inline group, nested groups", func() slog.Record {
		return record(slog.Group("", "a", 1, slog.Group("g", slog.Group("h", "b", 2), "c", 3)), slog.Int("d", 4))
	}},
}

// printed is what a format prints.
func printed(t *testing.T, format slogx.Format, r slog.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := format(&b, &slog.HandlerOptions{Level: slog.Level(math.MinInt)}).Handle(t.Context(), r); err != nil {
		t.Error(err)
	}
	return b.String()
}

// TestGolden shows the wire form, and what the formats print of it at the other end, which JSON always and Text nearly
// always does as if nothing lay between.
func TestGolden(t *testing.T) {
	var golden bytes.Buffer
	show := func(name string, given slog.Record, text bool) {
		line := appended(t, &Encoder{}, given)
		r := decoded(t, line)
		json, logfmt := printed(t, slogx.JSON, r), printed(t, slogx.Text, r)
		if want := printed(t, slogx.JSON, given); json != want && name != "json.Marshaler of invalid UTF-8" {
			t.Errorf("%s: JSON prints\n%s, not\n%s", name, json, want)
		}
		if same := logfmt == printed(t, slogx.Text, given); same == text {
			t.Errorf("%s: Text prints\n%s, of the value itself\n%s", name, logfmt, printed(t, slogx.Text, given))
		}
		fmt.Fprintf(&golden, "# %s\n%s\n%s%s", name, line, json, logfmt)
	}
	for _, g := range goldenRecords {
		show(g.name, g.record(), false)
	}
	for _, g := range goldenValues {
		show(g.name, record(slog.Any("v", g.value)), g.text)
	}
	testkit.Golden(t, "wire.golden", golden.Bytes())
}
