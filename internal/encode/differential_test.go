package encode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// The bytes of the formats must be those of log/slog for every record. The generator below makes records, With-chains
// and options out of fuzz input; any difference is a bug here (or a fixed one there: see the package comment of slogx).

// generator draws choices from fuzz input, and zeros when that is used up.
type generator struct{ data []byte }

func (g *generator) byte() byte {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return b
}

func (g *generator) n(n int) int { return int(g.byte()) % n }

func (g *generator) uint64() (x uint64) {
	for range 8 {
		x = x<<8 | uint64(g.byte())
	}
	return x
}

var oddStrings = []string{
	"", "a", "plain", "two words", "key=value", `quo"te`, `back\slash`, "tab\tnewline\nreturn\r", "nul\x00bell\adel\x7f",
	"<html>&amp;'", "\u2028\u2029", "caf\u00e9", "\u65e5\u672c\u8a9e", "\U0001f600", "bad\xff\xfeutf8", "\xc3", "\ufffd", "\u00a0nbsp", "\u200bzero",
	"exactly8", "exactly8x", "0123456789abcdef\n", strings.Repeat("long ", 50), "a.b", ".", "!BADKEY", "time", "level", "msg", "source",
}

func (g *generator) string() string {
	i := g.n(len(oddStrings) + 8)
	if i < len(oddStrings) {
		return oddStrings[i]
	}
	n := min(g.n(20), len(g.data))
	s := string(g.data[:n])
	g.data = g.data[n:]
	return s
}

var zones = []*time.Location{
	time.UTC, time.Local, time.FixedZone("", 3600), time.FixedZone("half", -(5*3600 + 1800)), time.FixedZone("lmt", 3208),
	time.FixedZone("far", 100*3600), time.FixedZone("back", -100*3600), time.FixedZone("day", 86400),
}

func (g *generator) time() time.Time {
	sec := int64(g.uint64())
	switch g.n(8) {
	case 0:
		return time.Time{}
	case 1:
		sec %= 400_000_000_000 // years up to 14000
	case 2:
		return time.Unix(253402300800, 0).Add(time.Duration(sec % 1e15)).In(zones[g.n(len(zones))])
	case 3:
		return time.Unix(0, sec%1e17).In(zones[g.n(len(zones))])
	case 4:
		return time.Date(g.n(256)-100, 1, 1, 0, 0, 0, int(uint64(sec)%1e9), zones[g.n(len(zones))])
	default:
		sec = 1_700_000_000 + sec%1000
	}
	nanos := []int64{0, 1, 999_999_999, 123_000_000, 120_000_000, 1_000, 999_999, int64(g.byte()) * 3_921_568}[g.n(8)]
	return time.Unix(sec, nanos).In(zones[g.n(len(zones))])
}

func (g *generator) float() float64 {
	odd := []float64{
		0, math.Copysign(0, -1), 1, -1, 1.5, 1e-6, 9.99e-7, 1e-7, 1e20, 1e21, 1e15, -1e15, 123456789, math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 1e-9, 1e100, math.Pi,
	}
	if i := g.n(len(odd) + 4); i < len(odd) {
		return odd[i]
	}
	return math.Float64frombits(g.uint64())
}

type (
	stringer   struct{ s string }
	valuer     struct{ v slog.Value }
	looping    struct{}
	panicking  struct{ v any }
	badError   struct{}
	nilMethod  struct{ s string }
	text       struct{ s string }
	badText    struct{}
	marshaler  struct{ s string }
	jsonError  struct{ s string }
	namedBytes []byte
	structure  struct {
		A int               `json:"a"`
		B string            `json:"b,omitempty"`
		C []any             `json:"c"`
		D map[string]string `json:"d"`
		e int
	}
)

func (s stringer) String() string                 { return s.s }
func (v valuer) LogValue() slog.Value             { return v.v }
func (l looping) LogValue() slog.Value            { return slog.AnyValue(l) }
func (p panicking) LogValue() slog.Value          { panic(p.v) }
func (badError) Error() string                    { panic("no message") }
func (n *nilMethod) MarshalJSON() ([]byte, error) { return []byte(`"` + n.s + `"`), nil }
func (n *nilMethod) MarshalText() ([]byte, error) { return []byte(n.s), nil }
func (t text) MarshalText() ([]byte, error)       { return []byte(t.s), nil }
func (badText) MarshalText() ([]byte, error)      { return nil, errors.New("no \"text\"") }
func (m marshaler) MarshalJSON() ([]byte, error)  { return json.Marshal(m.s) }
func (e jsonError) Error() string                 { return e.s }
func (e jsonError) MarshalJSON() ([]byte, error)  { return []byte(`{"err": "<x>"}`), nil }

func (g *generator) any() any {
	s := g.string()
	switch g.n(32) {
	case 0:
		return nil
	case 1:
		return errors.New(s)
	case 2:
		return fmt.Errorf("wrap %w", errors.New(s))
	case 3:
		return []byte(s)
	case 4:
		return namedBytes(s)
	case 5:
		return stringer{s}
	case 6:
		return &stringer{s}
	case 7:
		return text{s}
	case 8:
		return badText{}
	case 9:
		return marshaler{s}
	case 10:
		return jsonError{s}
	case 11:
		return badError{}
	case 12:
		return (*nilMethod)(nil)
	case 13:
		return (*jsonError)(nil)
	case 14:
		return structure{1, s, []any{s, 2.5, nil}, map[string]string{s: "v", "b": s}, 3}
	case 15:
		return &structure{A: int(g.byte())}
	case 16:
		return map[string]any{s: g.float(), "x": []int{1, 2}}
	case 17:
		return []string{s, "b"}
	case 18:
		return [3]int{1, 2, 3}
	case 19:
		return func() {}
	case 20:
		return complex(1, 2)
	case 21:
		return &slog.Source{Function: s, File: g.string(), Line: g.n(3)}
	case 22:
		return (*slog.Source)(nil)
	case 23:
		return slog.Level(int8(g.byte()))
	case 24:
		return slog.KindInt64
	case 25:
		return json.RawMessage(s)
	case 26:
		return json.Number("12")
	case 27:
		return []slog.Attr{slog.String(s, s)}
	case 28:
		return time.UTC
	case 29:
		return float32(g.float())
	case 30:
		return struct{}{}
	default:
		return slog.Attr{Key: s, Value: slog.StringValue(s)}
	}
}

func (g *generator) value(depth int) slog.Value {
	switch g.n(18) {
	case 0, 1, 2:
		return slog.StringValue(g.string())
	case 3:
		return slog.Int64Value(int64(g.uint64()))
	case 4:
		return slog.IntValue(g.n(100))
	case 5:
		return slog.Uint64Value(g.uint64())
	case 6:
		return slog.Float64Value(g.float())
	case 7:
		return slog.BoolValue(g.n(2) == 0)
	case 8:
		return slog.DurationValue(time.Duration(g.uint64() >> g.n(64)))
	case 9:
		return slog.TimeValue(g.time())
	case 10, 11, 12:
		if depth == 0 {
			return slog.Value{}
		}
		return slog.GroupValue(g.attrs(depth - 1)...)
	case 13:
		if depth == 0 {
			return slog.AnyValue(looping{})
		}
		return slog.AnyValue(valuer{g.value(depth - 1)})
	case 14:
		return slog.AnyValue(panicking{g.string()})
	default:
		return slog.AnyValue(g.any())
	}
}

func (g *generator) attrs(depth int) []slog.Attr {
	attrs := make([]slog.Attr, g.n(7))
	for i := range attrs {
		if g.n(12) != 0 { // else the zero Attr
			attrs[i] = slog.Attr{Key: g.string(), Value: g.value(depth)}
		}
	}
	return attrs
}

// replacer returns a ReplaceAttr, or nil. It is a pure function of its arguments, for it is called twice.
func (g *generator) replacer() func([]string, slog.Attr) slog.Attr {
	salt := g.byte()
	kind := g.n(8)
	return map[int]func([]string, slog.Attr) slog.Attr{
		1: func(_ []string, a slog.Attr) slog.Attr { return a },
		2: func(gs []string, a slog.Attr) slog.Attr { // shows what it is told
			return slog.String(a.Key, fmt.Sprint(gs == nil, gs, a.Value.Kind()))
		},
		3: func(_ []string, a slog.Attr) slog.Attr { // drops by key
			if len(a.Key)%3 == int(salt)%3 {
				return slog.Attr{}
			}
			return a
		},
		4: func(gs []string, a slog.Attr) slog.Attr { // a built-in becomes something else
			switch {
			case len(gs) > 0:
				return a
			case a.Key == slog.TimeKey:
				return slog.Int64("ts", 12)
			case a.Key == slog.LevelKey:
				return slog.Group("lvl", "name", a.Value.Any(), "empty", slog.GroupValue())
			case a.Key == slog.MessageKey:
				return slog.Any("", valuer{slog.StringValue("m")})
			}
			return a
		},
		5: func([]string, slog.Attr) slog.Attr { return slog.Attr{} },
		6: func(_ []string, a slog.Attr) slog.Attr {
			return slog.Attr{Key: a.Key + "=", Value: slog.AnyValue(valuer{a.Value})}
		},
	}[kind]
}

// stackOf matches what Resolve prints of a panicking LogValue: its stack is that of the handler.
var stackOf = regexp.MustCompile(`called from (?:[^\\"]|\\[^n])*(?:\\n|\n)|\(rest of stack elided\)(?:\\n|\n)`)

func differential(t *testing.T, data []byte) {
	g := &generator{data}
	opts := &slog.HandlerOptions{AddSource: g.n(2) == 0, ReplaceAttr: g.replacer(), Level: slog.Level(-1000)}
	var want, got, sunk bytes.Buffer
	json := g.n(2) == 0
	var ref slog.Handler = slog.NewTextHandler(&want, opts)
	mine := slog.Handler(NewText(&got, opts))
	if json {
		ref, mine = slog.NewJSONHandler(&want, opts), NewJSON(&got, opts)
	}
	for range g.n(5) {
		if g.n(2) == 0 {
			attrs := g.attrs(2)
			ref, mine = ref.WithAttrs(attrs), mine.WithAttrs(attrs)
		} else if name := g.string(); name != "" {
			ref, mine = ref.WithGroup(name), mine.WithGroup(name)
		}
	}
	for range 2 { // the second meets a used Line
		var pc uintptr
		if g.n(3) > 0 {
			pc, _, _, _ = runtime.Caller(g.n(2))
		}
		r := slog.NewRecord(g.time(), slog.Level(int8(g.byte())), g.string(), pc)
		r.AddAttrs(g.attrs(3)...)
		refErr, err := ref.Handle(context.Background(), r), mine.Handle(context.Background(), r)
		if (refErr == nil) != (err == nil) {
			t.Fatalf("error %v, log/slog has %v", err, refErr)
		}
		line := NewLine()
		mine.(*Handler).AppendRecord(line, &r)
		sunk.Write(line.B)
		line.Free()
	}
	w, m := stackOf.ReplaceAll(want.Bytes(), nil), stackOf.ReplaceAll(got.Bytes(), nil)
	if !bytes.Equal(w, m) {
		t.Fatalf("json %v\n got %q\nwant %q", json, m, w)
	}
	if s := stackOf.ReplaceAll(sunk.Bytes(), nil); !bytes.Equal(s, m) {
		t.Fatalf("appended %q\nwritten  %q", s, m)
	}
}

func FuzzDifferential(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomBytes(seed, 200))
	}
	f.Fuzz(differential)
}

// TestDifferential is the fuzz target on random input, as much as a test run affords.
func TestDifferential(t *testing.T) {
	n := uint64(30_000)
	if testing.Short() || testkit.Race { // there is one goroutine
		n = 3_000
	}
	differentials(t, n)
}

// TestDifferentialOfAnotherLayout is what happens with a Go whose package slog is laid out in a new way.
func TestDifferentialOfAnotherLayout(t *testing.T) {
	defer func(known bool) { layout.Known = known }(layout.Known)
	layout.Known = false
	differentials(t, 3_000)
}

func differentials(t *testing.T, n uint64) {
	for seed := range n {
		data := randomBytes(seed, 400)
		differential(t, data)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

var discard io.Writer = testkit.WriterFunc(func(p []byte) (int, error) { return len(p), nil })
