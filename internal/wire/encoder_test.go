package wire

import (
	"log/slog"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/internal/wire/token"
)

func TestTimes(t *testing.T) {
	zones := []*time.Location{
		time.UTC, time.Local, time.FixedZone("CET", 3600), time.FixedZone("", -12600), time.FixedZone("", 86340),
		time.FixedZone("", 86400), time.FixedZone("", -30), time.FixedZone("", math.MaxInt32),
	}
	for _, sec := range []int64{
		0, 1774780496, -1, minSecond, minSecond - 1, minSecond + 86400, maxSecond - 1, maxSecond, maxSecond + 2*86400,
		math.MinInt64, math.MaxInt64,
	} {
		for _, nsec := range []int64{0, 1, 999_999_999, 120_000_000} {
			for _, zone := range zones {
				at := time.Unix(sec, nsec).In(zone)
				r := slog.NewRecord(at, 0, "", 0)
				r.AddAttrs(slog.Time("t", at))
				got := decoded(t, appended(t, &Encoder{}, r))
				if diff := recordDiff(r, got); diff != "" {
					t.Errorf("%d %d %v: %s", sec, nsec, zone, diff)
				}
			}
		}
	}
	r := slog.NewRecord(time.Now(), 0, "", 0) // with a monotonic clock
	if diff := recordDiff(r, decoded(t, appended(t, &Encoder{}, r))); diff != "" {
		t.Error(diff)
	}
}

func TestLevels(t *testing.T) {
	for _, level := range []slog.Level{math.MinInt, -5, -4, 0, 3, 8, 20, math.MaxInt} {
		r := slog.NewRecord(time.Time{}, level, "m", 0)
		if got := decoded(t, appended(t, &Encoder{}, r)); got.Level != level {
			t.Errorf("%d became %d", level, got.Level)
		}
	}
}

func TestSource(t *testing.T) {
	pc := testkit.Here()
	want := *slog.Record{PC: pc}.Source()
	r := slog.NewRecord(time.Time{}, 0, "m", pc)
	r.AddAttrs(slog.Any(slog.SourceKey, &slog.Source{File: "another"}), slog.Int("a", 1))
	for range 2 { // the second time it is remembered
		attrs := attrsOf(decoded(t, appended(t, &Encoder{}, r)))
		if len(attrs) != 3 || attrs[0].Key != slog.SourceKey || *attrs[0].Value.Any().(*slog.Source) != want {
			t.Fatalf("%v, want %v first", attrs, want)
		}
		if attrsDiff(attrs[1:], attrsOf(r)) != "" {
			t.Errorf("the attributes became %v", attrs[1:])
		}
	}
	line := appended(t, &Encoder{NoSource: true}, r)
	if strings.Contains(line, "encoder_test.go") {
		t.Error(line)
	}

	// What another process has said is passed on.
	relayed := record(slog.Any(slog.SourceKey, &want))
	line = appended(t, &Encoder{NoSource: true}, relayed)
	if diff := recordDiff(relayed, decoded(t, line)); diff != "" {
		t.Errorf("%s: %s", diff, line)
	}
	for name, r := range map[string]slog.Record{
		"nowhere":     {PC: 1},
		"empty":       record(slog.Any(slog.SourceKey, &slog.Source{})),
		"nil":         record(slog.Any(slog.SourceKey, (*slog.Source)(nil))),
		"text":        record(slog.String(slog.SourceKey, "file")),
		"another key": record(slog.Any("src", &want)),
		"second":      record(slog.Int("a", 1), slog.Any(slog.SourceKey, &want)),
	} {
		line := appended(t, &Encoder{}, r)
		if strings.Contains(line, sourceField) {
			t.Errorf("%s: %s", name, line)
		}
		decoded(t, line)
	}
}

// TestCallSites has more call sites than are remembered, of which many want the same place, from several goroutines.
func TestCallSites(t *testing.T) {
	pc := testkit.Here()
	want := *slog.Record{PC: pc}.Source()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range uintptr(3 * len(callSites)) {
				callSiteAt(1 + uintptr(g) + i*i)
				if got := callSiteAt(pc).src; got != want {
					t.Errorf("%v, want %v", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestWithAndGroup(t *testing.T) {
	a, b, c := slog.Int("a", 1), slog.String("b", "two"), slog.Bool("c", true)
	plain := new(Encoder)
	for name, tc := range map[string]struct {
		e    *Encoder
		r    slog.Record
		want []slog.Attr
	}{
		"With":               {plain.With([]slog.Attr{a}), record(b), []slog.Attr{a, b}},
		"With, no more":      {plain.With([]slog.Attr{a, b}), record(), []slog.Attr{a, b}},
		"Group":              {plain.Group("g"), record(a, b), []slog.Attr{slog.Group("g", a, b)}},
		"empty Group":        {plain.Group("g").Group("h"), record(), nil},
		"With Group":         {plain.With([]slog.Attr{a}).Group("g"), record(b), []slog.Attr{a, slog.Group("g", b)}},
		"With empty Group":   {plain.With([]slog.Attr{a}).Group("g"), record(), []slog.Attr{a}},
		"Group With":         {plain.Group("g").With([]slog.Attr{a}), record(b), []slog.Attr{slog.Group("g", a, b)}},
		"Group With nothing": {plain.Group("g").With(nil), record(b), []slog.Attr{slog.Group("g", b)}},
		"all": {
			plain.With([]slog.Attr{a}).Group("g").With([]slog.Attr{b}).Group("h").Group("i").With([]slog.Attr{c}).Group("j"),
			record(a),
			[]slog.Attr{a, slog.Group("g", b, slog.Group("h", slog.Group("i", c, slog.Group("j", a))))},
		},
		"of nothing": {plain.Group("g").With([]slog.Attr{slog.Group("h")}), record(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			line := appended(t, tc.e, tc.r)
			r, err := new(Decoder).Decode([]byte(line))
			if err != nil {
				t.Fatal(err, line)
			}
			if diff := attrsDiff(attrsOf(r), tc.want); diff != "" {
				t.Errorf("%s: %s", diff, line)
			}
		})
	}
	if plain.With(nil) != plain || plain.Group("") != plain {
		t.Error("nothing makes another Encoder")
	}
}

// TestSiblings: what is derived from one Encoder does not share memory that is written to.
func TestSiblings(t *testing.T) {
	parent := new(Encoder).With([]slog.Attr{slog.Int("p", 0)}).Group("g").Group("h")
	var lines, want []string
	for i := range 3 {
		want = append(want, appended(t, &Encoder{}, record(
			slog.Int("p", 0), slog.Group("g", slog.Group("h", slog.Int("a", i), slog.Group("i", "x", 1))))))
	}
	var derived []*Encoder
	for i := range 3 {
		derived = append(derived, parent.With([]slog.Attr{slog.Int("a", i)}).Group("i"))
	}
	for _, e := range derived {
		lines = append(lines, appended(t, e, record(slog.Int("x", 1))))
	}
	for i := range lines {
		if lines[i] != want[i] {
			t.Errorf("%s\nwant %s", lines[i], want[i])
		}
	}
	groups := new(Encoder).Group("a").Group("b").Group("c")
	b, c := groups.Group("b"), groups.Group("c")
	if line := appended(t, b, record(slog.Int("x", 1))); !strings.Contains(line, `["b",{"g":["x"`) {
		t.Errorf("%s, after a Group c beside %v", line, c)
	}
}

// TestDeep: what an Encoder writes a Decoder takes, however deep it is nested.
func TestDeep(t *testing.T) {
	list := func(depth int) any {
		var v any
		for range depth {
			v = []any{v}
		}
		return v
	}
	for depth := range 2 * token.MaxDepth {
		v := slog.AnyValue(list(depth))
		line := appended(t, &Encoder{}, record(slog.Any("list", v), slog.Any("group", nested(depth))))
		r := decoded(t, line)
		brackets := strings.Count(line, "[")
		if cut := strings.Count(line, "nested too deeply"); (cut > 0) != (depth >= token.MaxDepth/2) {
			t.Errorf("%d deep: %d cut, %d brackets", depth, cut, brackets)
		}
		attrs := attrsOf(r)
		if depth < token.MaxDepth/2 && (attrsDiff(attrs[1:], []slog.Attr{slog.Any("group", nested(depth))}) != "") {
			t.Errorf("%d deep: %s", depth, line)
		}
	}
	e := new(Encoder)
	for range token.MaxDepth {
		e = e.Group("g").With([]slog.Attr{slog.Int("a", 1)})
	}
	line := appended(t, e, record(slog.Any("v", nested(1)), slog.Any("w", list(5))))
	if decoded(t, line); !strings.Contains(line, "nested too deeply") {
		t.Error(line)
	}

	cycle := make([]slog.Attr, 1)
	cycle[0] = slog.Attr{Key: "c", Value: slog.GroupValue(cycle...)}
	decoded(t, appended(t, &Encoder{}, record(cycle...)))
}

func TestSnapshot(t *testing.T) {
	for _, g := range goldenValues {
		v := slog.AnyValue(g.value)
		got := Snapshot(v)
		r := decoded(t, appended(t, &Encoder{}, record(slog.Any("first", 1), slog.Attr{Key: "v", Value: v})))
		want := slog.GroupValue() // which a record leaves out
		if attrs := attrsOf(r); len(attrs) > 1 {
			want = attrs[1].Value
		}
		if diff := valueDiff(got, want); diff != "" {
			t.Errorf("%s: %s", g.name, diff)
		}
		if diff := valueDiff(Snapshot(got), got); diff != "" {
			t.Errorf("%s, again: %s", g.name, diff)
		}
	}
	shared := []byte("abc")
	snapshot := Snapshot(slog.GroupValue(slog.Any("b", shared)))
	shared[0] = 'X'
	if got := string(snapshot.Group()[0].Value.Any().([]byte)); got != "abc" {
		t.Errorf("it became %s", got)
	}
	if got := Snapshot(nested(token.MaxDepth)); !strings.Contains(got.String(), "too deeply") {
		t.Errorf("%v", got)
	}
}

// TestGolden has the values; this is what the type itself does.
func TestJSON(t *testing.T) {
	for text, want := range map[string]string{`"a\nb"`: "a\nb", `{"a":1}`: `{"a":1}`, "": "null", "7": "7"} {
		j := JSON{text}
		if got := j.String(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if b, err := j.MarshalJSON(); string(b) != j.Text() || err != nil {
			t.Errorf("%s: %s, %v", text, b, err)
		}
	}
	if line := appended(t, &Encoder{}, record(slog.Any("k", JSON{}))); !strings.Contains(line, `["k",null]`) {
		t.Errorf("the zero JSON became %s", line)
	}
	if a, b := slog.AnyValue(JSON{"1"}), slog.AnyValue(JSON{"1"}); !a.Equal(b) {
		t.Error("the same is not equal")
	}
}

func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Float64("ratio", 0.25), slog.Time("started", time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)),
	}
	more := []slog.Attr{
		slog.Group("g", "a", 1, slog.Group("h", "b", uint64(2))), slog.Bool("cached", true), slog.Any("nil", nil),
		slog.String("odd", "\"\xff\n"), slog.Float64("inf", math.Inf(1)),
	}
	buf := make([]byte, 0, 4096)
	plain := new(Encoder)
	for name, e := range map[string]*Encoder{
		"plain": plain, "NoSource": {NoSource: true}, "With": plain.With(attrs), "Group": plain.With(attrs).Group("g").Group("h"),
	} {
		for _, attrs := range [][]slog.Attr{nil, attrs[:1], attrs, more} {
			r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", testkit.Here())
			r.AddAttrs(attrs...)
			if got := testing.AllocsPerRun(100, func() { e.Append(buf, &r) }); got != 0 {
				t.Errorf("%s, %v: %v allocations", name, attrs, got)
			}
		}
	}
	d := new(Decoder)
	r := slog.NewRecord(time.Now().UTC(), slog.LevelInfo, "request served", 0)
	r.AddAttrs(attrs...)
	line := plain.Append(nil, &r)
	if got := testing.AllocsPerRun(100, func() { _, _ = d.Decode(line) }); got > 1 { // the strings
		t.Errorf("decoding: %v allocations", got)
	}
	r.PC = testkit.Here()
	line = plain.Append(nil, &r)
	if got := testing.AllocsPerRun(100, func() { _, _ = d.Decode(line) }); got > 3 { // the source, the sixth attribute
		t.Errorf("decoding with a source: %v allocations", got)
	}
	runtime.KeepAlive(line)
}
