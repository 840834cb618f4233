package pyrecord

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

type badJSON struct{}

func (badJSON) MarshalJSON() ([]byte, error) { panic("no JSON") }

// extras is the JSON of what follows Python's own keys.
func extras(t *testing.T, e *Encoder, r slog.Record) string {
	t.Helper()
	line := string(e.AppendJSON([]byte("before"), &r))
	line, ok := strings.CutPrefix(line, "before{")
	if !ok || strings.ContainsFunc(line, func(c rune) bool { return c < ' ' }) {
		t.Errorf("not a line: %q", line)
	}
	_, text, ok := strings.Cut(line, `,"taskName":null`)
	if !ok {
		t.Fatal(line)
	}
	return strings.TrimPrefix("{"+strings.TrimPrefix(text, ","), ",")
}

func TestBuiltIns(t *testing.T) {
	pc := testkit.Here()
	src := slog.Record{PC: pc}.Source()
	at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.FixedZone("CEST", 7200))
	ms := at.Sub(began).Seconds() * 1000
	for name, tc := range map[string]struct {
		e    Encoder
		r    slog.Record
		want string
	}{
		"usual": {
			Encoder{},
			slog.NewRecord(at, slog.LevelWarn, "100% %s", pc),
			`"name":"root","msg":"100% %s","args":null,"levelname":"WARNING","levelno":30,"pathname":"` + src.File +
				`","filename":"dict_test.go","module":"dict_test","exc_info":null,"exc_text":null,"stack_info":null,"lineno":` +
				fmt.Sprint(src.Line) + `,"funcName":"` + src.Function + `","created":1774780496.7890124,"msecs":789.0`,
		},
		"named, of another process": {
			Encoder{Logger: "app.db", Process: "worker", NoSource: true},
			func() slog.Record {
				r := slog.NewRecord(at, 25, "", 0)
				r.AddAttrs(slog.Any(slog.SourceKey, &slog.Source{File: `C:\srv\.db.py`, Line: 7}))
				return r
			}(),
			`"name":"app.db","msg":"","args":null,"levelname":"Level 83","levelno":83,"pathname":"C:\\srv\\.db.py",` +
				`"filename":".db.py","module":".db","exc_info":null,"exc_text":null,"stack_info":null,"lineno":7,"funcName":"",` +
				`"created":1774780496.7890124,"msecs":789.0`,
		},
		"nowhere": {
			Encoder{NoSource: true},
			slog.NewRecord(time.Unix(0, 0), slog.LevelDebug, "m\n\xff", pc),
			`"name":"root","msg":"m\n` + "\ufffd" + `","args":null,"levelname":"DEBUG","levelno":10,"pathname":"(unknown file)",` +
				`"filename":"(unknown file)","module":"(unknown file)","exc_info":null,"exc_text":null,"stack_info":null,` +
				`"lineno":0,"funcName":"(unknown function)","created":0.0,"msecs":0.0`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			line := string(tc.e.AppendJSON(nil, &tc.r))
			got, rest, _ := strings.Cut(line, `,"relativeCreated":`)
			if got != "{"+tc.want {
				t.Errorf("\n got %s\nwant {%s", got, tc.want)
			}
			number, rest, _ := strings.Cut(rest, ",")
			want := fmt.Sprintf(`"thread":null,"threadName":null,"processName":"%s","process":%d,"taskName":null}`,
				cmp.Or(tc.e.Process, "MainProcess"), os.Getpid())
			if rest != want {
				t.Errorf("\n got %s\nwant %s", rest, want)
			}
			var relative float64
			if err := json.Unmarshal([]byte(number), &relative); err != nil || tc.r.Time.Equal(at) && math.Abs(relative-ms) > 0.01 {
				t.Errorf("relativeCreated %s, want %v", number, ms)
			}
		})
	}
}

func TestLevelNames(t *testing.T) {
	for level, want := range map[slog.Level]string{
		-20: "Level -30", -8: "NOTSET", -4: "DEBUG", 0: "INFO", 2: "Level 25", 4: "WARNING", 8: "ERROR", 12: "CRITICAL",
		16: "Level 60",
	} {
		r := slog.NewRecord(time.Time{}, level, "m", 0)
		if got := parsed(t, &Encoder{}, r)["levelname"]; got != want {
			t.Errorf("%d: %v, want %s", level, got, want)
		}
	}
}

func TestNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := float64(time.Now().UnixMicro()) / 1e6
		if got := parsed(t, &Encoder{}, record())["created"]; got != want {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestValues(t *testing.T) {
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	for name, tc := range map[string]struct {
		value any
		want  string
	}{
		"string":        {"say \"hi\"\n", `"say \"hi\"\n"`},
		"invalid UTF-8": {"bad\xff\xfe!", "\"bad\ufffd!\""},
		"int":           {int64(math.MinInt64), `-9223372036854775808`},
		"uint":          {uint64(math.MaxUint64), `18446744073709551615`},
		"big":           {huge, `-123456789012345678901234567890`},
		"too big":       {json.Number(strings.Repeat("9", 5000)), `"` + strings.Repeat("9", 5000) + `"`},
		"big unsigned":  {json.Number("18446744073709551615"), `18446744073709551615`},
		"float":         {0.25, `0.25`},
		"whole":         {3.0, `3.0`},
		"minus zero":    {math.Copysign(0, -1), `-0.0`},
		"NaN":           {math.NaN(), `NaN`},
		"Inf":           {math.Inf(1), `Infinity`},
		"-Inf":          {math.Inf(-1), `-Infinity`},
		"bool":          {true, `true`},
		"duration":      {1500 * time.Millisecond, `1500000000`},
		"time":          {time.Date(2026, 3, 29, 12, 0, 0, 5, time.UTC), `"2026-03-29T12:00:00.000000005Z"`},
		"nil":           {nil, `null`},
		"error":         {errors.New("not\xfffound"), "\"not\ufffdfound\""},
		"bytes":         {[]byte("bytes"), `"Ynl0ZXM="`},
		"level":         {slog.LevelWarn, `"WARN"`},
		"source":        {&slog.Source{Function: "f", File: "a.go", Line: 3}, `{"function":"f","file":"a.go","line":3}`},
		"no source":     {(*slog.Source)(nil), `{}`},
		"struct": {
			struct {
				B any
				A []any `json:"a"`
			}{map[string]any{"z": false, "k": "<v>\xff"}, []any{nil, 1, -2.5, 1e300, "x", true}},
			`{"B":{"k":"<v>` + "\ufffd" + `","z":false},"a":[null,1,-2.5,1e+300,"x",true]}`,
		},
		"too large":     {json.Number("1e999"), `Infinity`},
		"empty":         {[]any{[]int{}, map[string]int{}}, `[[],{}]`},
		"panic":         {badJSON{}, `"!PANIC: no JSON"`},
		"not JSON":      {func() {}, `"!ERROR:json: unsupported type: func()"`},
		"LogValuer":     {valuer{slog.AnyValue(valuer{slog.IntValue(7)})}, `7`},
		"group":         {slog.GroupValue(slog.Int("b", 1), slog.Group("a", "x", 2)), `{"b":1,"a":{"x":2}}`},
		"LogValuer too": {valuer{slog.GroupValue(slog.Int("b", 1))}, `{"b":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			a := slog.Any("k", tc.value)
			if got := extras(t, &Encoder{}, record(a)); got != `{"k":`+tc.want+`}` {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			with := new(Encoder).With([]slog.Attr{a})
			if got := extras(t, with, record()); got != `{"k":`+tc.want+`}` {
				t.Errorf("With: got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	a := func(key string) slog.Attr { return slog.Int(key, 1) }
	many := []slog.Attr{a("k_2"), a("k_9")}
	manyWant := `{"k_2":1,"k_9":1,`
	for i := range 12 {
		many = append(many, a("k"), a(fmt.Sprint("x", i)))
		name := "k"
		if i > 0 {
			name = fmt.Sprint("k_", []int{0, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14}[i])
		}
		manyWant += fmt.Sprintf(`"%s":1,"x%d":1,`, name, i)
	}
	for name, tc := range map[string]struct {
		e     *Encoder
		attrs []slog.Attr
		want  string
	}{
		"order": {nil, []slog.Attr{a("z"), a("a"), a("")}, `{"z":1,"a":1,"":1}`},
		"twice": {nil, []slog.Attr{a("k"), a("k"), a("k_2"), a("k")}, `{"k":1,"k_2":1,"k_2_2":1,"k_3":1}`},
		"many":  {nil, many, strings.TrimSuffix(manyWant, ",") + `}`},
		"reserved": {
			nil,
			[]slog.Attr{a("name"), a("msg"), a("message"), a("asctime"), a("getMessage"), a("names")},
			`{"name_":1,"msg_":1,"message_":1,"asctime_":1,"getMessage_":1,"names":1}`,
		},
		"reserved, twice": {nil, []slog.Attr{a("name"), a("name_"), a("name")}, `{"name_":1,"name__2":1,"name__3":1}`},
		"in a group":      {nil, []slog.Attr{slog.Group("msg", a("msg"), a("msg"))}, `{"msg_":{"msg":1,"msg_2":1}}`},
		"inline": {
			nil,
			[]slog.Attr{a("k"), slog.Group("", a("k"), a("args"), slog.Group("", a("k")))},
			`{"k":1,"k_2":1,"args_":1,"k_3":1}`,
		},
		"groups":        {nil, []slog.Attr{slog.Group("g", a("k")), slog.Group("g", a("k"))}, `{"g":{"k":1},"g_2":{"k":1}}`},
		"empty":         {nil, []slog.Attr{{}, slog.Any("g", valuer{slog.GroupValue()}), slog.Any("", valuer{})}, `{}`},
		"invalid UTF-8": {nil, []slog.Attr{a("\xff"), a("\xfe")}, `{"` + "\ufffd" + `":1,"` + "\ufffd" + `_2":1}`},
		"With": {
			new(Encoder).With([]slog.Attr{a("k"), a("name")}),
			[]slog.Attr{a("k"), a("name")},
			`{"k":1,"name_":1,"k_2":1,"name__2":1}`,
		},
		"Group":        {new(Encoder).Group("name"), []slog.Attr{a("name")}, `{"name_":{"name":1}}`},
		"Group, twice": {new(Encoder).With([]slog.Attr{a("g")}).Group("g"), []slog.Attr{a("k")}, `{"g":1,"g_2":{"k":1}}`},
		"empty Group":  {new(Encoder).With([]slog.Attr{a("k")}).Group("g").Group("h"), nil, `{"k":1}`},
		"Group With":   {new(Encoder).Group("g").With([]slog.Attr{a("k")}).Group("h"), nil, `{"g":{"k":1}}`},
		"all": {
			new(Encoder).With([]slog.Attr{a("a")}).Group("g").With([]slog.Attr{a("b")}).With([]slog.Attr{a("c")}).Group("h"),
			[]slog.Attr{a("d")},
			`{"a":1,"g":{"b":1,"c":1,"h":{"d":1}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := tc.e
			if e == nil {
				e = new(Encoder)
			}
			if got := extras(t, e, record(tc.attrs...)); got != tc.want {
				t.Errorf("\n got %s\nwant %s", got, tc.want)
			}
		})
	}
	e := new(Encoder)
	if e.With(nil) != e || e.Group("") != e {
		t.Error("nothing makes another Encoder")
	}
}

// TestRelayed: the source of another process, said in its own keys, is not said again, nor does it open a group.
func TestRelayed(t *testing.T) {
	r := record(slog.Any(slog.SourceKey, &slog.Source{File: "/a.py", Line: 7}))
	if got := extras(t, new(Encoder).Group("g"), r); got != `{}` {
		t.Errorf("got %s", got)
	}
	r.AddAttrs(slog.Int("a", 1))
	if got := extras(t, new(Encoder).Group("g"), r); got != `{"g":{"a":1}}` {
		t.Errorf("got %s", got)
	}
}

func TestSiblings(t *testing.T) {
	parent := new(Encoder).With([]slog.Attr{slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3)}).Group("g")
	b, c := parent.With([]slog.Attr{slog.Int("b", 1)}), parent.With([]slog.Attr{slog.Int("c", 1)})
	h, i := parent.Group("h"), parent.Group("i")
	for e, want := range map[*Encoder]string{
		b: `{"b":1,"x":0}`, c: `{"c":1,"x":0}`, h: `{"h":{"x":0}}`, i: `{"i":{"x":0}}`, parent: `{"x":0}`,
	} {
		if got := extras(t, e, record(slog.Int("x", 0))); got != `{"a":1,"b":2,"c":3,"g":`+want+`}` {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	shared := map[string]int{"k": 1}
	e := new(Encoder).With([]slog.Attr{slog.Any("m", shared)})
	shared["k"] = 2
	if got := extras(t, e, record()); got != `{"m":{"k":1}}` {
		t.Errorf("With keeps a map: %s", got)
	}
}

// TestDeep: what an Encoder writes a Parser takes, however deep it is nested.
func TestDeep(t *testing.T) {
	cycle := make([]slog.Attr, 1)
	cycle[0] = slog.Attr{Key: "c", Value: slog.GroupValue(cycle...)}
	inline := make([]slog.Attr, 1)
	inline[0] = slog.Attr{Value: slog.GroupValue(inline...)}
	e := new(Encoder)
	for range 2 * maxDepth {
		e = e.Group("g")
	}
	for name, line := range map[string]string{
		"group": extras(t, new(Encoder), record(cycle...)), "inline": extras(t, new(Encoder), record(inline...)),
		"Group": extras(t, e, record(slog.Group("h", "a", 1))),
	} {
		if strings.Count(line, "{") > maxDepth+1 || !strings.Contains(line, "nested too deeply") {
			t.Errorf("%s: %s", name, line)
		}
		if _, err := new(Parser).Parse([]byte(line)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25),
	}
	group := []slog.Attr{slog.Group("g", "a", 1, slog.Group("h", "b", uint64(2))), slog.Any("nil", nil)}
	buf := make([]byte, 0, 4096)
	plain := new(Encoder)
	with := plain.With([]slog.Attr{slog.Int("w", 1), slog.Group("v", "a", 1), slog.Any("u", errors.New("e"))})
	for name, e := range map[string]*Encoder{
		"plain": plain, "NoSource": {NoSource: true}, "With": with, "Group": with.Group("h"),
	} {
		for _, attrs := range [][]slog.Attr{nil, attrs[:1], attrs, group} {
			r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", testkit.Here())
			r.AddAttrs(attrs...)
			if got := testing.AllocsPerRun(100, func() { e.AppendJSON(buf, &r) }); got != 0 {
				t.Errorf("%s, %v: %v allocations", name, attrs, got)
			}
		}
	}
}
