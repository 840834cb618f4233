package pickle

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// zoo is records with values of all kinds.
func zoo() []slog.Record {
	at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_000, time.UTC)
	records := []slog.Record{
		slog.NewRecord(at, slog.LevelInfo, "plain 100% %s %(a)d", testkit.Here()),
		slog.NewRecord(at, slogx.LevelNotice, "", 0),
		slog.NewRecord(at, slog.LevelDebug, "odd \x00\n\"\\ \u2028 café 😀 \xff", testkit.Here()),
		slog.NewRecord(time.Unix(-5, 0), slogx.LevelCritical, "early", 0),
		slog.NewRecord(at, slog.LevelWarn, "attributes", testkit.Here()),
	}
	records[4].Add("z", 1, "a", -2.5, "whole", 3.0, "nan", math.NaN(), "inf", math.Inf(1), "minus", math.Inf(-1),
		"uint", uint64(math.MaxUint64), "yes", true, "no", false, "none", nil, "err", errors.New("not found"),
		"took", time.Second, "at", at, "bytes", []byte{0, 255}, "list", []any{1, "x", nil, []int{2}, []int{}},
		"map", map[string]any{"k": -0.5, "": nil}, "z", "again",
		slog.Group("g", "a", 1, slog.Group("h", "a", "x"), "a", 2), "", "empty key", "name", "mallory",
		"longer", json.Number(strings.Repeat("9", 4300)), "text", strings.Repeat("é", 200),
		"ints", []int64{
			0, -1, 255, 256, 65535, 65536, math.MaxInt32, math.MinInt32, math.MaxInt32 + 1, math.MinInt32 - 1,
			math.MaxInt64, math.MinInt64,
		})
	return records
}

// sameAsJSON holds the dict of a pickle against the dict that the shared walk gives for JSON.
func sameAsJSON(t *testing.T, e *pyrecord.Encoder, r slog.Record) {
	t.Helper()
	before := []byte("before")
	got, err := new(Decoder).Decode(Append(before, e, &r)[len(before):])
	if err != nil {
		t.Fatalf("%v: %v", err, r)
	}
	want, err := new(pyrecord.Parser).Parse(e.AppendJSON(nil, &r))
	if err != nil {
		t.Fatalf("%v: %v", err, r)
	}
	if d := diff(want, numbersAsJSON(got.Map())); d != "" {
		t.Error(d)
	}
	const keys = "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName " +
		"created msecs relativeCreated thread threadName processName process taskName"
	if keysOf(got[:21]) != keys {
		t.Errorf("keys %s", keysOf(got))
	}
}

func keysOf(d Dict) string {
	keys := make([]string, len(d))
	for i, e := range d {
		keys[i] = e.Key.(string)
	}
	return strings.Join(keys, " ")
}

// numbersAsJSON makes of big integers what a pyrecord.Parser makes of them.
func numbersAsJSON(v any) any {
	switch v := v.(type) {
	case interface{ String() string }:
		return json.Number(v.String())
	case []any:
		for i := range v {
			v[i] = numbersAsJSON(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbersAsJSON(v[k])
		}
	}
	return v
}

func TestAppend(t *testing.T) {
	for _, r := range zoo() {
		sameAsJSON(t, &pyrecord.Encoder{}, r)
		sameAsJSON(t, (&pyrecord.Encoder{Logger: "go.app", NoSource: true}).Group("g").With([]slog.Attr{slog.Int("n", 1)}), r)
	}
}

// TestToPython has CPython read what we write, and compares it with the JSON of the same record, field by field.
func TestToPython(t *testing.T) {
	records := zoo()
	e := &pyrecord.Encoder{Logger: "go.app"}
	var stdin strings.Builder
	for _, r := range records {
		stdin.WriteString(base64.StdEncoding.EncodeToString(Append(nil, e, &r)) + "\n")
	}
	lines := testkit.Python(t, "load.py", []byte(stdin.String()))
	if len(lines) != len(records) {
		t.Fatalf("%d lines for %d records", len(lines), len(records))
	}
	for i, line := range lines {
		want, err := new(pyrecord.Parser).Parse(e.AppendJSON(nil, &records[i]))
		if err != nil {
			t.Fatal(err)
		}
		got, err := new(pyrecord.Parser).Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]any{}
		for key, v := range want {
			types[key] = pythonType(v)
		}
		want["getMessage()"] = want["msg"]
		types["getMessage()"] = "str"
		want["types"] = types
		if d := diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func pythonType(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, json.Number:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	}
	return "dict"
}

// TestFromPython reads what CPython writes at all protocols.
func TestFromPython(t *testing.T) {
	lines := testkit.Python(t, "dump.py", nil)
	refused := 0
	for _, line := range lines {
		fields := unmarshal[[4]json.RawMessage](t, []byte(line))
		data := unmarshal[[]byte](t, fields[1])
		dict, err := new(Decoder).Decode(data)
		if string(fields[2]) == "true" {
			if refused++; err == nil || !strings.Contains(err.Error(), "only data is read") {
				t.Errorf("protocol %s, %.200s: %v, %v", fields[0], fields[3], dict, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("protocol %s, %.200s: %v", fields[0], fields[3], err)
			continue
		}
		if d := diff(Dict{{"k", unmarshal[typed](t, fields[3]).value(t)}}, dict); d != "" {
			t.Errorf("protocol %s: %s", fields[0], d)
		}
	}
	if len(lines) < 500 || refused < 20 || refused > len(lines)/8 {
		t.Errorf("%d values, %d refused", len(lines), refused)
	}
}

func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	r := record(slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", time.Second),
		slog.Bool("cached", true), slog.Float64("ratio", 0.5))
	r.PC = testkit.Here()
	e := new(pyrecord.Encoder).With([]slog.Attr{slog.Int64("id", math.MaxInt64)})
	b := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() { b = Append(b[:0], e, &r) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzAppend: what is written is read again, like what is written as JSON.
func FuzzAppend(f *testing.F) {
	f.Add("key", "other", "text", int64(-1), 0.5)
	f.Add("name", "name_", "\xff\"\n", int64(math.MaxInt64), math.Inf(1))
	f.Add("", "getMessage", "\u2028", int64(65536), math.NaN())
	f.Fuzz(func(t *testing.T, a, b, text string, n int64, x float64) {
		r := record(slog.Int64(a, n), slog.String(b, text), slog.Float64(a, x), slog.Group("g", slog.Uint64(b, uint64(n))),
			slog.Any("list", []any{n, text, x > 0}))
		r.Message = text
		sameAsJSON(t, new(pyrecord.Encoder).Group(a).With([]slog.Attr{slog.Any(b, map[string]any{text: n})}), r)
	})
}

// maxAllocated is what decoding may allocate: what a few bytes describe may be large, but not without bounds.
func maxAllocated(size int) int { return 8<<20 + 100*size }

// FuzzDecode: whatever comes, the Decoder does not panic, and takes so much and no more; and so does who makes a record of
// what is accepted.
func FuzzDecode(f *testing.F) {
	for _, r := range zoo() {
		f.Add(Append(nil, new(pyrecord.Encoder), &r))
	}
	for _, data := range []string{
		"}q\x00(U\x01ah\x00u.", "}(X\x01\x00\x00\x00k](K\x01M\x00\x01J\xff\xff\xff\xffG?\xf0\x00\x00\x00\x00\x00\x00eu.",
		"(dp0\nS'a'\np1\nI01\nsS'b'\nL5L\nsVc\\u0041\n(lp2\nF1.5\na(I1\nI2\ntas.", "cos\nsystem\n(U\x02idtR.",
		"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01k\x8f\x94(K\x01\x90s.", "}]q\x01h\x01a0.",
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var dict Dict
		var err error
		if got := testkit.Allocated(func() { dict, err = new(Decoder).Decode(data) }); got > maxAllocated(len(data)) {
			t.Errorf("%d bytes allocated for %d", got, len(data))
		}
		if err != nil {
			return
		}
		r, _ := slogx.MakeRecord(dict.Map())
		sameAsJSON(t, new(pyrecord.Encoder), r)
	})
}
