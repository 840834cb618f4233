package encode

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// goldenValues are odd values, for readers of testdata to see how each format shows them.
var goldenValues = []struct {
	name  string
	value any
}{
	{"string", "plain"},
	{"empty string", ""},
	{"space, equals sign", "a b=c"},
	{"quote, backslash", `say "hi" C:\dir`},
	{"backslash alone", `C:\dir`},
	{"control characters", "a\tb\nc\rd\x00e\x1bf\x7fg"},
	{"HTML", "<a href='x'>&amp;</a>"},
	{"letters", "café 日本語"},
	{"letters without space", "café"},
	{"line separators", "a\u2028b\u2029c\u0085d"},
	{"invisible", "zero\u200bwidth"},
	{"invalid UTF-8", "bad\xff\xfe"},
	{"int", -42},
	{"least int", int64(math.MinInt64)},
	{"greatest uint", uint64(math.MaxUint64)},
	{"float", 0.1},
	{"whole float", 3.0},
	{"large float", 1e21},
	{"small float", 1e-7},
	{"minus zero", math.Copysign(0, -1)},
	{"NaN", math.NaN()},
	{"infinity", math.Inf(-1)},
	{"bool", true},
	{"duration", 1500 * time.Millisecond},
	{"zero duration", time.Duration(0)},
	{"time", time.Date(2026, time.March, 29, 1, 59, 59, 123_456_789, time.FixedZone("CET", 3600))},
	{"whole second", time.Date(2026, time.March, 29, 0, 0, 0, 0, time.UTC)},
	{"zero time", time.Time{}},
	{"year 10000", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	{"nil", nil},
	{"error", errors.New("not found: \"x\"")},
	{"joined errors", errors.Join(errors.New("one"), errors.New("two"))},
	{"bytes", []byte("by\ntes")},
	{"slice", []string{"a", "b c"}},
	{"map", map[string]int{"b": 2, "a": 1}},
	{"struct", structure{A: 1, C: []any{nil, 2.5}, D: map[string]string{"k": "v"}}},
	{"pointer to struct", &struct{ X, y int }{1, 2}},
	{"nil pointer with methods", (*nilMethod)(nil)},
	{"Stringer", stringer{"string"}},
	{"TextMarshaler", text{"two words"}},
	{"TextMarshaler that fails", badText{}},
	{"json.Marshaler", marshaler{"<x>"}},
	{"error that panics", badError{}},
	{"level", slog.LevelWarn + 1},
	{"source", &slog.Source{Function: "main.main", File: "/src/main.go", Line: 7}},
	{"empty source", &slog.Source{}},
	{"group", slog.GroupValue(slog.Int("a", 1), slog.Group("b", "c", "d e"))},
	{"empty group", slog.GroupValue()},
	{"group of nothing", slog.GroupValue(slog.Attr{}, slog.Group("x"))},
	{"LogValuer", valuer{slog.GroupValue(slog.String("id", "7"))}},
	{"LogValuer without end", looping{}},
	{"Attr as value", slog.Int("inner", 1)},
}

// goldenRecords are the parts of a record around its attributes.
var goldenRecords = []struct {
	name  string
	level slog.Level
	msg   string
	at    time.Time
	opts  slog.HandlerOptions
	with  func(slog.Handler) slog.Handler
	attrs []slog.Attr
}{
	{name: "nothing"},
	{name: "time", at: time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC), msg: "m"},
	{name: "levels", level: slog.LevelError + 4, msg: "m"},
	{name: "below debug", level: slog.LevelDebug - 2, msg: "m"},
	{name: "odd message", msg: "two\nlines = \"one\""},
	{name: "odd keys", msg: "m", attrs: []slog.Attr{slog.Int("", 1), slog.Int("a b", 2), slog.Int("a.b", 3), slog.Int("c=\"d\"\n", 4), slog.Int("msg", 5)}},
	{name: "unknown source", msg: "m", opts: slog.HandlerOptions{AddSource: true}},
	{
		name: "With and WithGroup", msg: "m", attrs: []slog.Attr{slog.Int("d", 4)},
		with: func(h slog.Handler) slog.Handler {
			h = h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("b", 2)})
			return h.WithGroup("two words").WithAttrs([]slog.Attr{slog.Int("c", 3)})
		},
	},
	{
		name: "empty groups", msg: "m", attrs: []slog.Attr{slog.Group("x"), {}},
		with: func(h slog.Handler) slog.Handler { return h.WithGroup("g").WithGroup("h") },
	},
	{
		name: "inline group", msg: "m", attrs: []slog.Attr{slog.Group("", "a", 1, "b", 2), slog.Int("c", 3)},
	},
	{
		name: "ReplaceAttr", msg: "m", attrs: []slog.Attr{slog.Int("drop", 1), slog.Int("keep", 2), slog.Group("g", "k", 3)},
		opts: slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case "drop":
				return slog.Attr{}
			case slog.LevelKey:
				return slog.String("severity", "info")
			}
			a.Key = fmt.Sprint(groups, a.Key)
			return a
		}},
	},
}

// TestGolden shows the formats; that they are those of log/slog is the differential test's to say, and this one's too.
func TestGolden(t *testing.T) {
	var golden bytes.Buffer
	show := func(name string, opts *slog.HandlerOptions, with func(slog.Handler) slog.Handler, r slog.Record) {
		t.Helper()
		fmt.Fprintf(&golden, "# %s\n", name)
		for _, f := range []struct {
			ours, theirs func(*bytes.Buffer) slog.Handler
		}{
			{func(b *bytes.Buffer) slog.Handler { return NewJSON(b, opts) }, func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, opts) }},
			{func(b *bytes.Buffer) slog.Handler { return NewText(b, opts) }, func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, opts) }},
		} {
			var got, want bytes.Buffer
			for b, h := range map[*bytes.Buffer]slog.Handler{&got: f.ours(&got), &want: f.theirs(&want)} {
				if with != nil {
					h = with(h)
				}
				if err := h.Handle(t.Context(), r); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				_ = b
			}
			if got.String() != want.String() {
				t.Errorf("%s: got %s, log/slog has %s", name, got.String(), want.String())
			}
			golden.Write(got.Bytes())
		}
	}
	for _, tt := range goldenRecords {
		r := slog.NewRecord(tt.at, tt.level, tt.msg, 0)
		r.AddAttrs(tt.attrs...)
		show(tt.name, &tt.opts, tt.with, r)
	}
	for _, tt := range goldenValues {
		r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
		r.AddAttrs(slog.Any("v", tt.value))
		show(tt.name, nil, nil, r)
	}
	testkit.Golden(t, "formats.golden", golden.Bytes())
}
