package pyrecord

import (
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestParse(t *testing.T) {
	type dict = map[string]any
	for text, want := range map[string]dict{
		`{}`: {},
		` {"a": 1, "b": -2.0, "c": [null, true, "x"], "d": {"e": 1e3}}` + "\n": {
			"a": int64(1), "b": -2.0, "c": []any{nil, true, "x"}, "d": dict{"e": 1000.0},
		},
		`{"a":9223372036854775807,"b":9223372036854775808,"c":-1e999}`: {
			"a": int64(math.MaxInt64), "b": json.Number("9223372036854775808"), "c": math.Inf(-1),
		},
		`{"a":NaN,"b":[Infinity,-Infinity]}`: {"a": math.NaN(), "b": []any{math.Inf(1), math.Inf(-1)}},
		`{"a":1,"a":2}`:                      {"a": int64(2)},
		`{"a":"\ud83d\ude00\udcff"}`:         {"a": "😀\xff"},
	} {
		if d := diff(want, parse(t, text)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                      `byte 0: want {, not the end`,
		`[]`:                    `byte 0: want {, not '['`,
		`{"a":1} {}`:            `byte 8: text after the end`,
		`{"a":nan}`:             `byte 5: want null, not 'n'`,
		`{'a':1}`:               `byte 1: want a string, not '\''`,
		"{\"a\":\"\xe9\"}":      `byte 6: not UTF-8`,
		strings.Repeat("[", 99): `byte 0: want {, not '['`,
		`{"a":` + strings.Repeat("[", 1000) + `}`: `byte 204: nested too deeply`,
	} {
		dict, err := new(Parser).Parse([]byte(text))
		if dict != nil || err == nil || err.Error() != "slogkit: Python record: "+want {
			t.Errorf("%s: %v, %v, want %s", text, dict, err, want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	text := []byte(`{"a":1,"b":[2,{"c":3}]}`)
	for _, tc := range []struct {
		p    Parser
		want string
	}{
		{Parser{}, ""},
		{Parser{MaxBytes: len(text), MaxValues: 5}, ""},
		{Parser{MaxBytes: len(text) - 1}, "23 bytes, more than 22"},
		{Parser{MaxValues: 4}, "too many values"},
	} {
		_, err := tc.p.Parse(text)
		if (err == nil) != (tc.want == "") || err != nil && !strings.HasSuffix(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %s", tc.p, err, tc.want)
		}
	}
}

// maxAllocated is what parsing so many bytes may allocate: a map of one entry takes most.
func maxAllocated(size int) int { return 64<<10 + 100*size }

func TestParseHostile(t *testing.T) {
	const n = 1 << 18
	usual, lax := Parser{MaxBytes: 2 * n}, Parser{MaxBytes: 2 * n, MaxValues: n}
	for _, s := range []string{`0`, `[]`, `{}`, `{"":0}`, `[[]]`, `""`, `"\n"`, strings.Repeat("9", 500), `1.5`, `NaN`} {
		text := []byte(`{"":[` + strings.TrimSuffix(strings.Repeat(s+",", n/(len(s)+1)-2), ",") + `]}`)
		var err error
		if got := testkit.Allocated(func() { _, err = usual.Parse(text) }); got > 16*n {
			t.Errorf("%.10s: %d bytes allocated for %d, %v", s, got, len(text), err)
		}
		if got := testkit.Allocated(func() { _, err = lax.Parse(text) }); got > maxAllocated(len(text)) || err != nil {
			t.Errorf("%.10s: %d bytes allocated for %d, %v", s, got, len(text), err)
		}
	}
}

// FuzzParse: whatever is accepted makes a record, which can be sent and read again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"name": "root", "msg": "%s", "args": ["x"], "levelno": 20, "created": 1.5, "lineno": 3, "extra": {"a": [NaN, {}]}}`,
		`{"a": -Infinity, "b": 1e999, "c": 99999999999999999999, "": {"": "\udcff\ud83d"}, "name_": 1, "name": 1}`,
		`{"a":{"a":{"a":{}}},"levelno":-1e9}`, `{`, ``, `[NaN]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var dict map[string]any
		var err error
		if got := testkit.Allocated(func() { dict, err = new(Parser).Parse(data) }); got > maxAllocated(len(data)) {
			t.Errorf("%d bytes allocated for %d", got, len(data))
		}
		if err != nil {
			return
		}
		r, _ := slogx.MakeRecord(dict)
		if again := parsed(t, &Encoder{}, r); again["msg"] != strings.ToValidUTF8(r.Message, "\ufffd") {
			t.Errorf("%q became %q", r.Message, again["msg"])
		}
	})
}

// FuzzRecord: keys and values arrive, each under its own name.
func FuzzRecord(f *testing.F) {
	f.Add("key", "key", "text", int64(-1), 0.5)
	f.Add("name", "name_", "\xff\"\n", int64(math.MaxInt64), math.Inf(1))
	f.Add("", "getMessage", "\u2028", int64(0), math.NaN())
	f.Fuzz(func(t *testing.T, a, b, text string, n int64, x float64) {
		r := record(slog.Int64(a, n), slog.String(b, text), slog.Group("", slog.Float64(a, x)),
			slog.Group("g", slog.String(b, text), slog.Int64(a, n)))
		dict := parsed(t, new(Encoder).With([]slog.Attr{slog.Uint64(b, uint64(n))}), r)
		if len(dict) != 21+5 {
			t.Fatalf("%d keys: %v", len(dict), dict)
		}
		var s, inner names
		s.ofRecord = true
		text, a, b = valid(text), valid(a), valid(b)
		want := map[string]any{}
		for _, e := range []struct {
			key   string
			value any
		}{{b, parsed(t, &Encoder{}, record(slog.Uint64("k", uint64(n))))["k"]}, {a, n}, {b, text}, {a, x}} {
			want[s.add(e.key)] = e.value
		}
		want[s.add("g")] = map[string]any{inner.add(b): text, inner.add(a): n}
		for key, v := range want {
			if d := diff(v, dict[key]); d != "" {
				t.Errorf("%q: %s", key, d)
			}
		}
	})
}
