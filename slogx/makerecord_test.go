package slogx

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recordText shows a record's level, message and attributes, without the time.
func recordText(r slog.Record) string {
	text := fmt.Sprintf("%d %q", r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if s, ok := a.Value.Any().(*slog.Source); ok {
			text += fmt.Sprintf(" %s=%s:%d:%s", a.Key, s.File, s.Line, s.Function)
		} else {
			text += fmt.Sprintf(" %s=%s(%v)", a.Key, a.Value.Kind(), a.Value)
		}
		return true
	})
	return text
}

func TestMakeRecord(t *testing.T) {
	type dict = map[string]any
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for name, tc := range map[string]struct {
		in   dict
		want string
	}{
		"nothing":            {nil, `0 ""`},
		"message":            {dict{"msg": "hello %s", "args": nil}, `0 "hello %s"`},
		"no arguments":       {dict{"msg": "100%", "args": []any{}}, `0 "100%"`},
		"no keys":            {dict{"msg": "100%", "args": dict{}}, `0 "100%"`},
		"false":              {dict{"msg": "100%", "args": false}, `0 "100%"`},
		"tuple":              {dict{"msg": "%s is %.1f%%", "args": []any{"load", 99.55}}, `0 "load is 99.5%"`},
		"mapping":            {dict{"msg": "%(a)d", "args": dict{"a": 1.0}}, `0 "1"`},
		"list of a mapping":  {dict{"msg": "%(a)d", "args": []any{map[any]any{"a": int64(1)}}}, `0 "1"`},
		"printed mapping":    {dict{"msg": "%s", "args": []any{dict{"a": nil}}}, `0 "{'a': None}"`},
		"empty mapping":      {dict{"msg": "%s", "args": []any{dict{}}}, `0 "{}"`},
		"scalar":             {dict{"msg": "%s!", "args": "x"}, `0 "x!"`},
		"UseNumber":          {dict{"msg": "%d %s", "args": []any{json.Number("7"), json.Number("1.0")}}, `0 "7 1.0"`},
		"None":               {dict{"msg": nil}, `0 "None"`},
		"msg is a number":    {dict{"msg": 1e16}, `0 "1e+16"`},
		"msg is a list":      {dict{"msg": []any{"it's", true}}, `0 "[\"it's\", True]"`},
		"levelno":            {dict{"levelno": int64(40)}, `8 ""`},
		"levelno, JSON":      {dict{"levelno": 50.0}, `12 ""`},
		"levelno, UseNumber": {dict{"levelno": json.Number("25")}, `2 ""`},
		"levelno, uint8":     {dict{"levelno": uint8(10)}, `-4 ""`},
		"levelno wins":       {dict{"levelno": 30, "levelname": "NOTICE"}, `4 ""`},
		"DEBUG":              {dict{"levelname": "DEBUG"}, `-4 ""`},
		"INFO":               {dict{"levelname": "INFO"}, `0 ""`},
		"WARN":               {dict{"levelname": "WARN"}, `4 ""`},
		"WARNING":            {dict{"levelname": "Warning", "levelno": nil}, `4 ""`},
		"ERROR":              {dict{"levelname": "ERROR"}, `8 ""`},
		"FATAL":              {dict{"levelname": "FATAL"}, `12 ""`},
		"CRITICAL":           {dict{"levelname": "CRITICAL"}, `12 ""`},
		"NOTSET":             {dict{"levelname": "NOTSET"}, `-8 ""`},
		"Level 25":           {dict{"levelname": "Level 25"}, `2 ""`},
		"source":             {dict{"pathname": "/a.py", "lineno": 7.0, "funcName": "f"}, `0 "" source=/a.py:7:f`},
		"only a line":        {dict{"pathname": nil, "lineno": int64(7)}, `0 "" source=:7:`},
		"unknown source":     {dict{"pathname": "(unknown file)", "lineno": 0, "funcName": "(unknown function)"}, `0 ""`},
		"kept": {
			dict{
				"name": "root", "process": 4242.0, "processName": "MainProcess", "thread": 140735283838976.0,
				"threadName": "MainThread", "taskName": nil, "exc_info": nil, "exc_text": "Traceback", "stack_info": "S",
			},
			`0 "" name=String(root) process=Int64(4242) processName=String(MainProcess) thread=Int64(140735283838976)` +
				` threadName=String(MainThread) exc_text=String(Traceback) stack_info=String(S)`,
		},
		"dropped": {
			dict{
				"levelname": "INFO", "levelno": 20, "filename": "a.py", "module": "a", "msecs": 1.0,
				"relativeCreated": 2.0,
			},
			`0 ""`,
		},
		"extra": {
			dict{
				"z": 1.0, "b": true, "nil": nil, "i": int64(-3), "u": json.Number("18446744073709551615"),
				"f": json.Number("2.50"), "n": json.Number("-7"), "inf": json.Number("1e999"), "small": big.NewInt(5),
				"l": []any{1.0, "a", json.Number("1.50")}, "huge": huge, "huger": json.Number(huge.String()),
				"uint": new(big.Int).SetUint64(math.MaxUint64), "msg2": "m", "noint": (*big.Int)(nil),
			},
			`0 "" b=Bool(true) f=Float64(2.5) huge=Any(123456789012345678901234567890)` +
				` huger=Any(123456789012345678901234567890) i=Int64(-3) inf=String(1e999) l=Any([1 a 1.50])` +
				` msg2=String(m) n=Int64(-7) nil=Any(<nil>) noint=Any(<nil>) small=Int64(5) u=Uint64(18446744073709551615)` +
				` uint=Uint64(18446744073709551615) z=Float64(1)`,
		},
		"groups": {
			dict{
				"g": dict{"b": dict{"y": json.Number("1"), "x": nil}, "a": []any{dict{"k": map[any]any{1: 2, "1": 3}}}},
				"h": map[any]any{int64(2): "two", "a": "A"}, "empty": dict{},
			},
			`0 "" empty=Any(map[]) g=Group([a=[map[k:map[1:2 1_:3]]] b=[x=<nil> y=1]]) h=Group([2=two a=A])`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := MakeRecord(tc.in)
			if err != nil {
				t.Error(err)
			}
			if got := recordText(r); got != tc.want {
				t.Errorf("\n got %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestMakeRecordErrors(t *testing.T) {
	type dict = map[string]any
	for name, tc := range map[string]struct {
		in     dict
		want   string
		errors []string
	}{
		"levelno": {
			dict{"levelno": "high", "levelname": "ERROR"},
			`8 "" levelno=String(high)`,
			[]string{`record key "levelno": want an integer, got string 'high'`},
		},
		"levelno, bool":    {dict{"levelno": true}, `0 "" levelno=Bool(true)`, []string{`"levelno"`, "bool True"}},
		"levelno, half":    {dict{"levelno": 22.5}, `0 "" levelno=Float64(22.5)`, []string{`"levelno"`, "float64 22.5"}},
		"levelno, too big": {dict{"levelno": 1e300}, `0 "" levelno=Float64(1e+300)`, []string{`"levelno"`}},
		"levelname":        {dict{"levelname": "TRACE"}, `0 "" levelname=String(TRACE)`, []string{`"levelname": unknown level`}},
		"levelname, type":  {dict{"levelname": 5}, `0 "" levelname=Int64(5)`, []string{`"levelname": want a string, got int 5`}},
		"level number":     {dict{"levelname": "Level x"}, `0 "" levelname=String(Level x)`, []string{`"levelname"`}},
		"created":          {dict{"created": []int{1}}, `0 "" created=Any([1])`, []string{`"created": want seconds`, `got []int [1]`}},
		"pathname":         {dict{"pathname": 1, "lineno": 3}, `0 "" source=:3: pathname=Int64(1)`, []string{`"pathname": want a string, got int 1`}},
		"lineno":           {dict{"funcName": "f", "lineno": "3"}, `0 "" source=:0:f lineno=String(3)`, []string{`"lineno": want an integer, got string '3'`}},
		"too few": {
			dict{"msg": "%d %d", "args": []any{1}},
			`0 "%d %d" args=Any([1])`,
			[]string{`"args": msg % args: not enough arguments for format string, got []any [1]`},
		},
		"too many":  {dict{"msg": "x", "args": []any{1, 2}}, `0 "x" args=Any([1 2])`, []string{"not all arguments converted"}},
		"no key":    {dict{"msg": "%(b)s", "args": dict{"a": 1}}, `0 "%(b)s" args=Group([a=1])`, []string{"KeyError: 'b'", "map[string]any"}},
		"wrong arg": {dict{"msg": "%d", "args": []any{"x"}}, `0 "%d" args=Any([x])`, []string{"a real number is required, not str"}},
		"all at once": {
			dict{"msg": "%y", "args": 1, "levelno": nil, "levelname": false, "created": "now", "funcName": 2, "k": "v"},
			`0 "%y" k=String(v) created=String(now) levelname=Bool(false) args=Int64(1) funcName=Int64(2)`,
			[]string{`"created"`, `"levelname"`, `"args"`, `"funcName"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := MakeRecord(tc.in)
			if got := recordText(r); got != tc.want {
				t.Errorf("\n got %s\nwant %s", got, tc.want)
			}
			for _, want := range tc.errors {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v lacks %s", err, want)
				}
			}
		})
	}
}

func TestMakeRecordTime(t *testing.T) {
	for want, created := range map[string]any{
		"2023-11-14T22:13:20Z":           int64(1700000000),
		"2023-11-14T22:13:20.123456Z":    1700000000.123456,
		"2023-11-14T22:13:20.999999Z":    json.Number("1700000000.999999"),
		"2023-11-14T22:13:21Z":           1700000000.9999999,
		"1969-12-31T23:59:58.5Z":         -1.5,
		"1970-01-01T00:00:00.000001Z":    1e-6,
		"9999-12-30T00:00:00Z":           json.Number("253402128000"),
		"0001-01-03T00:00:00Z":           -62135424000.0,
		"2023-11-14T22:13:20.250000000Z": float32(1700000000.0),
	} {
		r, err := MakeRecord(map[string]any{"created": created})
		if f, ok := created.(float32); ok { // 1700000000 is not a float32
			want = time.Unix(int64(f), 0).UTC().Format(time.RFC3339Nano)
		}
		if got := r.Time.UTC().Format(time.RFC3339Nano); got != want || err != nil {
			t.Errorf("created %v: %s, %v, want %s", created, got, err, want)
		}
	}
}

// TestMakeRecordMicroseconds reads back what Python writes: the float nearest to a number of microseconds.
func TestMakeRecordMicroseconds(t *testing.T) {
	for us := int64(1700000000_000000); us < 1700000000_000000+5e12; us += 99999_999_99 {
		r, err := MakeRecord(map[string]any{"created": float64(us) / 1e6})
		if r.Time.UnixMicro() != us || r.Time.Nanosecond()%1000 != 0 || err != nil {
			t.Fatalf("%d µs became %s, %v", us, r.Time, err)
		}
	}
}

func TestMakeRecordNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, created := range map[string]any{
			"None": nil, "NaN": math.NaN(), "Inf": math.Inf(1), "-Inf": math.Inf(-1), "late": 253402300800.0 + 86400,
			"early": -62135596800.0 - 86400, "huge": 1e300, "int": int64(math.MaxInt64), "least": int64(math.MinInt64),
			"big": new(big.Int).Lsh(big.NewInt(1), 99), "bool": true, "text": "1700000000",
		} {
			r, err := MakeRecord(map[string]any{"created": created})
			if !r.Time.Equal(time.Now()) {
				t.Errorf("%s: the time is %s", name, r.Time)
			}
			if created == nil && err == nil {
				continue
			}
			if err == nil || !strings.Contains(err.Error(), `"created"`) || r.NumAttrs() != 1 {
				t.Errorf("%s: error %v, %s", name, err, recordText(r))
			}
		}
	})
}

func TestMakeRecordCopies(t *testing.T) {
	in := func() map[string]any {
		return map[string]any{
			"msg": "%s", "args": []any{1, []any{2}}, "bytes": []byte("abc"), "big": new(big.Int).Lsh(big.NewInt(1), 80),
			"list": []any{[]any{"a"}, map[string]any{"k": []byte("v")}}, "group": map[string]any{"in": []any{1}},
		}
	}
	dict := in()
	r, err := MakeRecord(dict)
	if err == nil {
		t.Error("no error for two arguments")
	}
	if diff := cmp.Diff(in(), dict, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("the dict changed: %s", diff)
	}
	before := recordText(r)
	dict["bytes"].([]byte)[0] = 'X'
	dict["big"].(*big.Int).SetInt64(0)
	dict["list"].([]any)[0].([]any)[0] = "X"
	dict["list"].([]any)[1].(map[string]any)["k"].([]byte)[0] = 'X'
	dict["group"].(map[string]any)["in"].([]any)[0] = "X"
	dict["args"].([]any)[1].([]any)[0] = "X"
	if after := recordText(r); after != before {
		t.Errorf("the record shares memory with the dict\nbefore %s\nafter  %s", before, after)
	}
}

// TestMakeRecordHostile has what a pickle can say in few bytes.
func TestMakeRecordHostile(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = []any{cycle}
	laughs := any(strings.Repeat("ha", 1000))
	for range 50 {
		laughs = []any{laughs, map[any]any{1: laughs}}
	}
	many := map[string]any{}
	wide := map[string]any{}
	for i := range 3000 {
		wide[fmt.Sprint(i)] = i
	}
	for i := range 3000 {
		many[fmt.Sprint("k", i)] = wide
	}
	for name, in := range map[string]map[string]any{
		"cycle": cycle, "sharing": {"a": laughs, "b": laughs, "msg": laughs, "args": laughs}, "many": many,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := MakeRecord(in)
			if err == nil {
				t.Error("no error")
			}
			h := slog.NewJSONHandler(io.Discard, nil)
			if err := h.Handle(t.Context(), r); err != nil {
				t.Error(err)
			}
			if r.NumAttrs() < len(in)-2 { // msg and args may have become the message
				t.Errorf("%d attributes of %d keys", r.NumAttrs(), len(in))
			}
		})
	}
}

// TestMakeRecordPython is a record of CPython 3.13, as json.dumps(record.__dict__) has it.
func TestMakeRecordPython(t *testing.T) {
	const text = `{"name": "app.db", "msg": "%s took %d ms", "args": ["query", 12], "levelname": "WARNING", "levelno": 30,
		"pathname": "/srv/app/db.py", "filename": "db.py", "module": "db", "exc_info": null, "exc_text": null,
		"stack_info": null, "lineno": 88, "funcName": "run", "created": 1760000000.1234567, "msecs": 123.0,
		"relativeCreated": 5.0, "thread": 139872, "threadName": "MainThread", "processName": "MainProcess",
		"process": 17, "taskName": null, "user": {"id": 5, "name": "eve"}}`
	for _, useNumber := range []bool{false, true} {
		d := json.NewDecoder(strings.NewReader(text))
		if useNumber {
			d.UseNumber()
		}
		var dict map[string]any
		if err := d.Decode(&dict); err != nil {
			t.Fatal(err)
		}
		r, err := MakeRecord(dict)
		want := `4 "query took 12 ms" source=/srv/app/db.py:88:run name=String(app.db) process=Int64(17)` +
			` processName=String(MainProcess) thread=Int64(139872) threadName=String(MainThread) user=Group([id=5 name=eve])`
		if got := recordText(r); got != want || err != nil {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
		if got := r.Time.UTC().Format(time.RFC3339Nano); got != "2025-10-09T08:53:20.123457Z" {
			t.Errorf("time %s", got)
		}
	}
}

func FuzzMakeRecord(f *testing.F) {
	f.Add(`{"msg": "%s %(a)d", "args": ["x", {"a": 1}], "levelno": 25, "created": 1700000000.5, "x": [{"": {}}]}`)
	f.Add(`{"msg": {"a": "%"}, "args": {"a": 1}, "levelno": "x", "created": -1e300, "lineno": 1e99, "pathname": []}`)
	f.Add(`{"levelname": "Level 99999999999999999999", "process": 0.5, "": null, "args": 1e400}`)
	f.Fuzz(func(t *testing.T, text string) {
		decode := func() (dict map[string]any, err error) {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			err = d.Decode(&dict)
			return dict, err
		}
		dict, err := decode()
		if err != nil {
			return
		}
		r, err := MakeRecord(dict)
		if before, _ := decode(); !reflect.DeepEqual(dict, before) {
			t.Error("the dict changed")
		}
		if err != nil && r.NumAttrs() == 0 {
			t.Errorf("error %v without an attribute", err)
		}
		if y := r.Time.Year(); y < 1 || y > 9999 {
			t.Errorf("time %s", r.Time)
		}
	})
}
