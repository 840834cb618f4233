package expslog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/slogx/expslog"
)

var zone = time.FixedZone("X", 5*3600+1800)

// plainValues are those that both packages' AnyValue treat alike.
var plainValues = []any{
	nil,
	"", "text", "a\x00\n\xff",
	0, -1, int64(math.MinInt64), int64(math.MaxInt64), int8(-8),
	uint64(0), uint64(math.MaxUint64), uintptr(7),
	0.0, -1.5, math.Inf(1), math.SmallestNonzeroFloat64, float32(0.5),
	true, false,
	time.Duration(0), -time.Hour,
	time.Time{},
	time.Unix(0, 0),
	time.Date(2024, 2, 29, 12, 34, 56, 789012345, time.UTC),
	time.Date(2024, 2, 29, 12, 34, 56, 789012345, zone),
	errors.New("boom"),
	struct{ A, B int }{1, 2},
	complex(1, 2),
}

func TestPlainValues(t *testing.T) {
	for _, v := range plainValues {
		std, exp := slog.AnyValue(v), xslog.AnyValue(v)
		if got := toExp(t, std); got.Kind() != exp.Kind() || !got.Equal(exp) {
			t.Errorf("ToStd passes %T %v as %s %v, want %s %v", v, v, got.Kind(), got, exp.Kind(), exp)
		}
		if got := toStd(t, exp); got.Kind() != std.Kind() || !got.Equal(std) {
			t.Errorf("FromStd passes %T %v as %s %v, want %s %v", v, v, got.Kind(), got, std.Kind(), std)
		}
	}
}

func TestPointersKeepTheirIdentity(t *testing.T) {
	type big struct{ n int }
	p := &big{1}
	if got := toExp(t, slog.AnyValue(p)).Any(); got != any(p) {
		t.Errorf("ToStd: got %v, want %p", got, p)
	}
	if got := toStd(t, xslog.AnyValue(p)).Any(); got != any(p) {
		t.Errorf("FromStd: got %v, want %p", got, p)
	}
}

func TestNaN(t *testing.T) {
	if got := toExp(t, slog.Float64Value(math.NaN())); !math.IsNaN(got.Float64()) {
		t.Errorf("ToStd: got %v", got)
	}
	if got := toStd(t, xslog.Float64Value(math.NaN())); !math.IsNaN(got.Float64()) {
		t.Errorf("FromStd: got %v", got)
	}
}

func TestTimeLocation(t *testing.T) {
	want := time.Date(2024, 2, 29, 12, 34, 56, 789012345, zone)
	for name, got := range map[string]time.Time{
		"ToStd":   toExp(t, slog.TimeValue(want)).Time(),
		"FromStd": toStd(t, xslog.TimeValue(want)).Time(),
	} {
		if !got.Equal(want) || got.Location() != zone {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// Times outside of x/exp's range: the instant is there, is printed, and comes back.
func TestFarTimes(t *testing.T) {
	for _, tt := range []struct {
		time time.Time
		text string
	}{
		{time.Date(1500, 1, 2, 3, 4, 5, 6, time.UTC), "1500-01-02T03:04:05.000000006Z"},
		{time.Date(3000, 1, 2, 3, 4, 5, 0, zone), "3000-01-02T03:04:05+05:30"},
		{time.Date(12345, 1, 2, 3, 4, 5, 0, time.UTC), "12345-01-02T03:04:05Z"},
	} {
		exp := toExp(t, slog.TimeValue(tt.time))
		if got := exp.String(); got != tt.time.String() {
			t.Errorf("String: got %s, want %s", got, tt.time)
		}
		timer, ok := exp.Any().(interface{ Time() time.Time })
		if !ok || !timer.Time().Equal(tt.time) {
			t.Errorf("%v arrives as %#v", tt.time, exp.Any())
		}
		back := toStd(t, exp)
		if back.Kind() != slog.KindTime || !back.Time().Equal(tt.time) || back.Time().Location() != tt.time.Location() {
			t.Errorf("%v comes back as %s %v", tt.time, back.Kind(), back)
		}

		var buf bytes.Buffer
		slog.New(expslog.ToStd(xslog.NewJSONHandler(&buf, nil))).Info("m", "t", tt.time)
		if got := parseLines(t, buf.Bytes())[0]["t"]; got != tt.text {
			t.Errorf("JSON: got %v, want %s", got, tt.text)
		}
		buf.Reset()
		slog.New(expslog.ToStd(xslog.NewTextHandler(&buf, nil))).Info("m", "t", tt.time)
		if want := "t=" + tt.text + "\n"; !strings.HasSuffix(buf.String(), want) {
			t.Errorf("text: got %q, want suffix %q", buf.String(), want)
		}
	}
}

// The last instants that fit x/exp stay times; the next ones are kept otherwise.
func TestTimeRange(t *testing.T) {
	first, last := time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)
	for _, tt := range []struct {
		time time.Time
		kind xslog.Kind
	}{
		{first, xslog.KindTime},
		{first.Add(-1), xslog.KindAny},
		{last, xslog.KindTime},
		{last.Add(1), xslog.KindAny},
	} {
		exp := toExp(t, slog.TimeValue(tt.time))
		if exp.Kind() != tt.kind {
			t.Errorf("%v: got kind %v, want %v", tt.time, exp.Kind(), tt.kind)
		}
		if back := toStd(t, exp); back.Kind() != slog.KindTime || !back.Time().Equal(tt.time) {
			t.Errorf("%v comes back as %v", tt.time, back)
		}
	}
}

func TestGroups(t *testing.T) {
	std := slog.GroupValue(
		slog.Int("a", 1),
		slog.Group("g", slog.String("b", "x"), slog.Group("h", slog.Bool("c", true))),
		slog.Group("", slog.Int("inline", 2)),
		slog.Attr{})
	exp := xslog.GroupValue(
		xslog.Int("a", 1),
		xslog.Group("g", xslog.String("b", "x"), xslog.Group("h", xslog.Bool("c", true))),
		xslog.Group("", xslog.Int("inline", 2)),
		xslog.Attr{})
	if got := toExp(t, std); !got.Equal(exp) {
		t.Errorf("ToStd: got %v, want %v", got, exp)
	}
	if got := toStd(t, exp); !got.Equal(std) {
		t.Errorf("FromStd: got %v, want %v", got, std)
	}
	if got := toExp(t, slog.GroupValue()); got.Kind() != xslog.KindGroup || len(got.Group()) != 0 {
		t.Errorf("ToStd: empty group is %s %v", got.Kind(), got)
	}
	if got := toStd(t, xslog.GroupValue()); got.Kind() != slog.KindGroup || len(got.Group()) != 0 {
		t.Errorf("FromStd: empty group is %s %v", got.Kind(), got)
	}
}

// Values of one package that the other knows only as any. Compared deeply, for
// both packages' types print as slog.X.
func TestForeignValues(t *testing.T) {
	stdSource, expSource := &slog.Source{Function: "f", File: "x.go", Line: 3}, &xslog.Source{Function: "f", File: "x.go", Line: 3}
	for _, tt := range []struct {
		name string
		in   any
		want xslog.Value
	}{
		{"exp Attr", xslog.Int("a", 1), xslog.AnyValue(xslog.Int("a", 1))},
		{"exp Attrs", []xslog.Attr{xslog.Int("a", 1)}, xslog.GroupValue(xslog.Int("a", 1))},
		{"exp Value", xslog.IntValue(3), xslog.IntValue(3)},
		{"exp Level", xslog.LevelWarn, xslog.AnyValue(xslog.LevelWarn)},
		{"exp Kind", xslog.KindBool, xslog.AnyValue(xslog.KindBool)},
		{"exp LogValuer", expValuer{xslog.IntValue(3)}, xslog.AnyValue(expValuer{xslog.IntValue(3)})},
		{"std Level", slog.LevelWarn, xslog.AnyValue(xslog.LevelWarn)},
		{"std Kind", slog.KindBool, xslog.AnyValue(xslog.KindBool)},
		{"std Attr", slog.Any("a", slog.LevelWarn), xslog.AnyValue(xslog.Any("a", xslog.LevelWarn))},
	} {
		got := toExp(t, slog.AnyValue(tt.in))
		if got.Kind() != tt.want.Kind() || !reflect.DeepEqual(got.Any(), tt.want.Any()) {
			t.Errorf("ToStd, %s: got %s %#v, want %s %#v", tt.name, got.Kind(), got.Any(), tt.want.Kind(), tt.want.Any())
		}
	}
	for _, tt := range []struct {
		name string
		in   any
		want slog.Value
	}{
		{"std Attr", slog.Int("a", 1), slog.AnyValue(slog.Int("a", 1))},
		{"std Attrs", []slog.Attr{slog.Int("a", 1)}, slog.GroupValue(slog.Int("a", 1))},
		{"std Value", slog.IntValue(3), slog.IntValue(3)},
		{"std Level", slog.LevelWarn, slog.AnyValue(slog.LevelWarn)},
		{"std Kind", slog.KindBool, slog.AnyValue(slog.KindBool)},
		{"std LogValuer", stdValuer{slog.IntValue(3)}, slog.AnyValue(stdValuer{slog.IntValue(3)})},
		{"exp Level", xslog.LevelWarn, slog.AnyValue(slog.LevelWarn)},
		{"exp Kind", xslog.KindBool, slog.AnyValue(slog.KindBool)},
		{"exp Attr", xslog.Any("a", xslog.LevelWarn), slog.AnyValue(slog.Any("a", slog.LevelWarn))},
	} {
		got := toStd(t, xslog.AnyValue(tt.in))
		if got.Kind() != tt.want.Kind() || !reflect.DeepEqual(got.Any(), tt.want.Any()) {
			t.Errorf("FromStd, %s: got %s %#v, want %s %#v", tt.name, got.Kind(), got.Any(), tt.want.Kind(), tt.want.Any())
		}
	}
	for _, in := range []any{stdSource, expSource} {
		if got, ok := toExp(t, slog.AnyValue(in)).Any().(*xslog.Source); !ok || *got != *expSource {
			t.Errorf("ToStd: %T arrives as %v", in, got)
		}
		if got, ok := toStd(t, xslog.AnyValue(in)).Any().(*slog.Source); !ok || *got != *stdSource {
			t.Errorf("FromStd: %T arrives as %v", in, got)
		}
	}
}

func TestNilSource(t *testing.T) {
	var buf bytes.Buffer
	slog.New(expslog.ToStd(xslog.NewJSONHandler(&buf, nil))).Info("m", "s", (*slog.Source)(nil), "a", 1)
	m := parseLines(t, buf.Bytes())[0]
	if _, ok := m["s"]; ok || m["a"] != 1.0 {
		t.Errorf("got %v", m)
	}
	if got, ok := toStd(t, xslog.AnyValue((*xslog.Source)(nil))).Any().(*slog.Source); !ok || got != nil {
		t.Errorf("FromStd: got %v", got)
	}
}

// LogValuers of both packages.

type stdValuer struct{ v slog.Value }

func (s stdValuer) LogValue() slog.Value { return s.v }

type expValuer struct{ v xslog.Value }

func (e expValuer) LogValue() xslog.Value { return e.v }

type stdLoop struct{}

func (l stdLoop) LogValue() slog.Value { return slog.AnyValue(l) }

type expLoop struct{}

func (l expLoop) LogValue() xslog.Value { return xslog.AnyValue(l) }

type stdPanic struct{ S string }

func (stdPanic) LogValue() slog.Value { panic("std") }

type expPanic struct{ S string }

func (expPanic) LogValue() xslog.Value { panic("exp") }

// stdCountdown and expCountdown take n calls to become "done".

type stdCountdown int

func (n stdCountdown) LogValue() slog.Value {
	if n <= 1 {
		return slog.StringValue("done")
	}
	return slog.AnyValue(n - 1)
}

type expCountdown int

func (n expCountdown) LogValue() xslog.Value {
	if n <= 1 {
		return xslog.StringValue("done")
	}
	return xslog.AnyValue(n - 1)
}

func TestLogValuerResolves(t *testing.T) {
	std := stdValuer{slog.GroupValue(slog.Int("a", 1), slog.Any("b", stdValuer{slog.StringValue("x")}))}
	exp := toExp(t, slog.AnyValue(std)).Resolve()
	if exp.Kind() != xslog.KindGroup || len(exp.Group()) != 2 {
		t.Fatalf("ToStd: resolves to %v", exp)
	}
	if b := exp.Group()[1].Value; b.Kind() != xslog.KindLogValuer || b.Resolve().String() != "x" {
		t.Errorf("ToStd: inner LogValuer is %s %v", b.Kind(), b.Resolve())
	}

	std2 := toStd(t, xslog.AnyValue(expValuer{
		xslog.GroupValue(xslog.Int("a", 1), xslog.Any("b", expValuer{xslog.StringValue("x")})),
	})).Resolve()
	if std2.Kind() != slog.KindGroup || len(std2.Group()) != 2 {
		t.Fatalf("FromStd: resolves to %v", std2)
	}
	if b := std2.Group()[1].Value; b.Kind() != slog.KindLogValuer || b.Resolve().String() != "x" {
		t.Errorf("FromStd: inner LogValuer is %s %v", b.Kind(), b.Resolve())
	}
}

type lazy struct{ calls *int }

func (l lazy) LogValue() slog.Value {
	*l.calls++
	return slog.IntValue(*l.calls)
}

func TestLogValuerIsLazy(t *testing.T) {
	calls := 0
	v := toExp(t, slog.AnyValue(lazy{&calls}))
	back := toStd(t, v)
	if calls != 0 {
		t.Errorf("called %d times though nobody resolved it", calls)
	}
	if got := v.Resolve().Int64(); got != 1 || calls != 1 {
		t.Errorf("resolves to %d after %d calls, want 1 and 1", got, calls)
	}
	if _, ok := back.Any().(lazy); !ok {
		t.Errorf("comes back as %T", back.Any())
	}
}

func TestLogValuerComesBack(t *testing.T) {
	if got := toStd(t, toExp(t, slog.AnyValue(stdLoop{}))).Any(); got != any(stdLoop{}) {
		t.Errorf("std: got %T", got)
	}
	if got := toExp(t, toStd(t, xslog.AnyValue(expLoop{}))).Any(); got != any(expLoop{}) {
		t.Errorf("exp: got %T", got)
	}
}

func TestLogValuerLoop(t *testing.T) {
	want := slog.AnyValue(stdLoop{}).Resolve().String()
	if got := toExp(t, slog.AnyValue(stdLoop{})).Resolve().String(); got != want || !strings.Contains(got, "stdLoop") {
		t.Errorf("ToStd: got %q, want %q", got, want)
	}
	want = xslog.AnyValue(expLoop{}).Resolve().String()
	if got := toStd(t, xslog.AnyValue(expLoop{})).Resolve().String(); got != want || !strings.Contains(got, "expLoop") {
		t.Errorf("FromStd: got %q, want %q", got, want)
	}
}

// The bridge neither shortens nor lengthens the chains that resolve.
func TestLogValuerChain(t *testing.T) {
	for n := 97; n <= 102; n++ {
		want := slog.AnyValue(stdCountdown(n)).Resolve().String()
		if got := toExp(t, slog.AnyValue(stdCountdown(n))).Resolve().String(); got != want {
			t.Errorf("ToStd, %d calls: got %q, want %q", n, got, want)
		}
		want = xslog.AnyValue(expCountdown(n)).Resolve().String()
		if got := toStd(t, xslog.AnyValue(expCountdown(n))).Resolve().String(); got != want {
			t.Errorf("FromStd, %d calls: got %q, want %q", n, got, want)
		}
	}
}

func TestLogValuerPanic(t *testing.T) {
	var nilStd *stdValuer // LogValue has a value receiver
	for _, v := range []any{stdPanic{}, nilStd} {
		got := toExp(t, slog.AnyValue(v)).Resolve().String()
		if !strings.HasPrefix(got, "LogValue panicked\n") || !strings.Contains(got, "LogValue (") {
			t.Errorf("ToStd, %T: got %q", v, got)
		}
	}
	var nilExp *expValuer
	for _, v := range []any{expPanic{}, nilExp} {
		got := toStd(t, xslog.AnyValue(v)).Resolve().String()
		if !strings.HasPrefix(got, "LogValue panicked\n") || !strings.Contains(got, "LogValue (") {
			t.Errorf("FromStd, %T: got %q", v, got)
		}
	}
}

// A handler that does not resolve shows the user's value.
func TestUnresolvedLogValuer(t *testing.T) {
	for name, got := range map[string]any{
		"ToStd":   toExp(t, slog.AnyValue(stdPanic{"s"})).Any(),
		"FromStd": toStd(t, xslog.AnyValue(expPanic{"s"})).Any(),
	} {
		if s := fmt.Sprintf("%+v", got); s != "{S:s}" {
			t.Errorf("%s: prints as %s", name, s)
		}
		if b, err := json.Marshal(got); err != nil || string(b) != `{"S":"s"}` {
			t.Errorf("%s: marshals as %s, %v", name, b, err)
		}
	}
}
