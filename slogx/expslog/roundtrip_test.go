package expslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/slogx/expslog"
)

// unprintable is what encoding/json refuses. There is one, for its address is in
// text output.
var unprintable = make(chan int)

// The same calls, directly and through the bridges: every byte equal.
func TestRoundTripTable(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name string
		log  func(*slog.Logger)
	}{
		{"nothing", func(l *slog.Logger) { l.Info("") }},
		{"levels", func(l *slog.Logger) {
			for i := slog.Level(-9); i < 13; i++ {
				l.Log(ctx, i, "m")
			}
		}},
		{"plain", func(l *slog.Logger) {
			for i, v := range plainValues {
				l.Info("m", fmt.Sprint("k", i), v)
			}
		}},
		{"many", func(l *slog.Logger) {
			l.Info("m", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8)
		}},
		{"groups", func(l *slog.Logger) {
			l.Info("m", slog.Group("g", slog.Group("h", "a", 1, slog.Group("", "b", 2)), "c", 3), slog.Group("", "d", 4))
		}},
		{"empty groups", func(l *slog.Logger) {
			l.Info("m", slog.Group("g"), slog.Group("g", slog.Group("h")), slog.Group("g", slog.Attr{}), slog.Group("", slog.Group("")), "a", 1)
		}},
		{"empty attrs", func(l *slog.Logger) {
			l.Info("m", slog.Attr{}, slog.Any("", nil), slog.Any("k", nil), slog.Int("", 0), slog.String("", ""))
		}},
		{"far times", func(l *slog.Logger) {
			l.Info("m", "a", time.Date(1500, 1, 1, 0, 0, 0, 7, zone), "b", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		}},
		{"foreign zero", func(l *slog.Logger) { l.Info("m", "t", time.Time{}.In(zone)) }},
		{"slog's own", func(l *slog.Logger) {
			l.Info("m", "level", slog.LevelWarn, "kind", slog.KindTime, "attr", slog.Any("x", slog.Int("a", 1)),
				"source", &slog.Source{Function: "f", Line: 3}, "none", &slog.Source{}, "nil", (*slog.Source)(nil))
		}},
		{"LogValuers", func(l *slog.Logger) {
			l.Info("m",
				"group", stdValuer{slog.GroupValue(slog.Any("inner", stdValuer{slog.IntValue(1)}), slog.Attr{})},
				"empty", stdValuer{slog.GroupValue()},
				"nil", stdValuer{},
				"loop", stdLoop{}, "panic", stdPanic{}, "nil pointer", (*stdValuer)(nil),
				"99", stdCountdown(99), "100", stdCountdown(100))
		}},
		{"errors", func(l *slog.Logger) {
			l.Error("m", "err", fmt.Errorf("a: %w", errors.New("b")), "nan", math.NaN(), "chan", unprintable, "nil", error(nil))
		}},
		{"with", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", stdValuer{slog.IntValue(2)}).WithGroup("h").Info("m", "c", 3)
		}},
		{"with empty", func(l *slog.Logger) {
			l.WithGroup("g").With("b", 2).WithGroup("h").Info("m")
			l.WithGroup("g").WithGroup("h").Info("m")
			l.WithGroup("g").With(slog.Group("x")).Info("m")
			l.With(slog.Attr{}).WithGroup("").With().Info("m", "a", 1)
		}},
		{"inline groups", func(l *slog.Logger) {
			l.With(slog.Group("", "a", 1)).With(slog.Group("", "b", 2)).Info("m")
		}},
		{"bad key", func(l *slog.Logger) { l.Info("m", []any{"alone", 1, "x"}[:1]...) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, opts := range []*slog.HandlerOptions{
				{ReplaceAttr: dropTime},
				{ReplaceAttr: dropTime, AddSource: true, Level: slog.Level(-5)},
				{ReplaceAttr: redact, AddSource: true},
			} {
				var direct, bridged bytes.Buffer
				tt.log(slog.New(slog.NewJSONHandler(&direct, opts)))
				tt.log(slog.New(stdRoundTrip(slog.NewJSONHandler(&bridged, opts))))
				compare(t, "JSON", bridged.String(), direct.String())

				direct.Reset()
				bridged.Reset()
				tt.log(slog.New(slog.NewTextHandler(&direct, opts)))
				tt.log(slog.New(stdRoundTrip(slog.NewTextHandler(&bridged, opts))))
				compare(t, "text", bridged.String(), direct.String())
			}
		})
	}
}

// redact shows what ReplaceAttr is given: groups, kind, type, value.
func redact(groups []string, a slog.Attr) slog.Attr {
	a = dropTime(groups, a)
	if a.Equal(slog.Attr{}) || a.Value.Kind() == slog.KindAny && a.Key == slog.SourceKey {
		return a
	}
	if s, ok := a.Value.Any().(*slog.Source); ok && (s == nil || *s == slog.Source{}) {
		return slog.Attr{} // a nil Source comes back as an empty one
	}
	return slog.String(a.Key, fmt.Sprintf("%q %s %T %v", groups, a.Value.Kind(), a.Value.Any(), a.Value))
}

func compare(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// A node describes an attribute, to be built with either package.
type node struct {
	key  string
	kind byte
	num  int64
	kids []node
}

const (
	nodeInt = iota
	nodeUint
	nodeFloat
	nodeBool
	nodeString
	nodeTime
	nodeDuration
	nodeNil
	nodeEmpty
	nodeStruct
	nodeLevel
	nodeGroup
	nodeInline
	nodeValuer
	nodeChain
	nodeKinds
)

func (n node) text() string {
	return fmt.Sprintf("%s\x1f\"é%c", n.key, rune(n.num&0x3ff))
}

func (n node) time() time.Time { return time.Unix(n.num%(1<<33), n.num&0xfffff).In(zone) }

func (n node) std() slog.Attr {
	switch n.kind {
	case nodeInt:
		return slog.Int64(n.key, n.num)
	case nodeUint:
		return slog.Uint64(n.key, uint64(n.num))
	case nodeFloat:
		return slog.Float64(n.key, float64(n.num)/3)
	case nodeBool:
		return slog.Bool(n.key, n.num&1 == 0)
	case nodeString:
		return slog.String(n.key, n.text())
	case nodeTime:
		return slog.Time(n.key, n.time())
	case nodeDuration:
		return slog.Duration(n.key, time.Duration(n.num))
	case nodeNil:
		return slog.Any(n.key, nil)
	case nodeEmpty:
		return slog.Attr{}
	case nodeStruct:
		return slog.Any(n.key, struct{ N int64 }{n.num})
	case nodeLevel:
		return slog.Any(n.key, slog.Level(n.num%32))
	case nodeGroup:
		return slog.Attr{Key: n.key, Value: slog.GroupValue(stdAttrs(n.kids)...)}
	case nodeInline:
		return slog.Attr{Value: slog.GroupValue(stdAttrs(n.kids)...)}
	case nodeValuer:
		return slog.Any(n.key, stdValuer{slog.GroupValue(stdAttrs(n.kids)...)})
	default:
		return slog.Any(n.key, stdCountdown(n.num&127))
	}
}

func (n node) exp() xslog.Attr {
	switch n.kind {
	case nodeInt:
		return xslog.Int64(n.key, n.num)
	case nodeUint:
		return xslog.Uint64(n.key, uint64(n.num))
	case nodeFloat:
		return xslog.Float64(n.key, float64(n.num)/3)
	case nodeBool:
		return xslog.Bool(n.key, n.num&1 == 0)
	case nodeString:
		return xslog.String(n.key, n.text())
	case nodeTime:
		return xslog.Time(n.key, n.time())
	case nodeDuration:
		return xslog.Duration(n.key, time.Duration(n.num))
	case nodeNil:
		return xslog.Any(n.key, nil)
	case nodeEmpty:
		return xslog.Attr{}
	case nodeStruct:
		return xslog.Any(n.key, struct{ N int64 }{n.num})
	case nodeLevel:
		return xslog.Any(n.key, xslog.Level(n.num%32))
	case nodeGroup:
		return xslog.Attr{Key: n.key, Value: xslog.GroupValue(expAttrs(n.kids)...)}
	case nodeInline:
		return xslog.Attr{Value: xslog.GroupValue(expAttrs(n.kids)...)}
	case nodeValuer:
		return xslog.Any(n.key, expValuer{xslog.GroupValue(expAttrs(n.kids)...)})
	default:
		return xslog.Any(n.key, expCountdown(n.num&127))
	}
}

func stdAttrs(ns []node) []slog.Attr {
	var as []slog.Attr
	for _, n := range ns {
		as = append(as, n.std())
	}
	return as
}

func expAttrs(ns []node) []xslog.Attr {
	var as []xslog.Attr
	for _, n := range ns {
		as = append(as, n.exp())
	}
	return as
}

// hasEmptyGroup reports whether ns hold what log/slog's constructors drop and
// x/exp's keep.
func hasEmptyGroup(ns []node) bool {
	for _, n := range ns {
		switch n.kind {
		case nodeGroup, nodeInline, nodeValuer:
			if len(n.kids) == 0 || hasEmptyGroup(n.kids) {
				return true
			}
		}
	}
	return false
}

// reader turns fuzz data into nodes and With-chains.
type reader struct{ data []byte }

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *reader) num() int64 {
	// A few bytes, multiplied to reach all of the range now and then.
	n := int64(int8(r.byte()))<<8 | int64(r.byte())
	if n&1 == 1 {
		n *= 0x9e3779b97f4a7
	}
	return n
}

func (r *reader) nodes(depth int) []node {
	var ns []node
	for range int(r.byte() % 8) {
		n := node{kind: r.byte() % nodeKinds, num: r.num(), key: string('a' + rune(r.byte()%16))}
		if n.key == "p" {
			n.key = ""
		}
		switch n.kind {
		case nodeGroup, nodeInline, nodeValuer:
			if depth > 0 {
				n.kids = r.nodes(depth - 1)
			}
		}
		ns = append(ns, n)
	}
	return ns
}

// A step is a WithGroup if it has a name, or else a WithAttrs.
type step struct {
	group string
	attrs []node
}

// plan is what one fuzz input says to log.
type plan struct {
	steps []step
	attrs []node
	level int
	text  bool
}

func parse(data []byte) plan {
	r := &reader{data}
	var p plan
	head := r.byte()
	p.text = head&1 == 1
	p.level = int(int8(r.byte()) % 16)
	for range int(head >> 1 % 8) {
		if b := r.byte(); b&1 == 1 {
			p.steps = append(p.steps, step{group: string('A' + rune(b>>1%8))})
		} else {
			p.steps = append(p.steps, step{attrs: r.nodes(2)})
		}
	}
	p.attrs = r.nodes(3)
	return p
}

func (p plan) hasEmptyGroup() bool {
	for _, s := range p.steps {
		if hasEmptyGroup(s.attrs) {
			return true
		}
	}
	return hasEmptyGroup(p.attrs)
}

var instant = time.Date(2024, 2, 29, 12, 34, 56, 789012345, zone)

// runStd logs p with log/slog, into a handler of log/slog's or x/exp's.
func (p plan) runStd(h slog.Handler) error {
	for _, s := range p.steps {
		if s.group != "" {
			h = h.WithGroup(s.group)
		} else {
			h = h.WithAttrs(stdAttrs(s.attrs))
		}
	}
	r := slog.NewRecord(instant, slog.Level(p.level), "m", 0)
	r.AddAttrs(stdAttrs(p.attrs)...)
	return h.Handle(context.Background(), r)
}

// runExp is the same with x/exp.
func (p plan) runExp(h xslog.Handler) error {
	for _, s := range p.steps {
		if s.group != "" {
			h = h.WithGroup(s.group)
		} else if len(s.attrs) > 0 { // x/exp's own handlers write the open groups for WithAttrs(nil)
			h = h.WithAttrs(expAttrs(s.attrs))
		}
	}
	r := xslog.NewRecord(instant, xslog.Level(p.level), "m", 0)
	r.AddAttrs(expAttrs(p.attrs)...)
	return h.Handle(context.Background(), r)
}

func (p plan) stdHandler(b *bytes.Buffer) slog.Handler {
	if p.text {
		return slog.NewTextHandler(b, nil)
	}
	return slog.NewJSONHandler(b, nil)
}

func (p plan) expHandler(b *bytes.Buffer) xslog.Handler {
	if p.text {
		return xslog.NewTextHandler(b, nil)
	}
	return xslog.NewJSONHandler(b, nil)
}

func (p plan) outputStd(t *testing.T, wrap func(slog.Handler) slog.Handler) string {
	var b bytes.Buffer
	if err := p.runStd(wrap(p.stdHandler(&b))); err != nil {
		t.Error(err)
	}
	return b.String()
}

func (p plan) outputExp(t *testing.T, wrap func(xslog.Handler) xslog.Handler) string {
	var b bytes.Buffer
	if err := p.runExp(wrap(p.expHandler(&b))); err != nil {
		t.Error(err)
	}
	return b.String()
}

// sameType removes the one rightful difference between the two packages' calls:
// the type named in the message about an endless chain.
func sameType(s string) string { return strings.ReplaceAll(s, "expCountdown", "stdCountdown") }

func itself[H any](h H) H { return h }

// FuzzBridge logs generated attributes and With-chains four ways. Round trips have
// to equal the direct way, and a bridge has to equal the same calls made with
// the package on its other side.
func FuzzBridge(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 4, 3, nodeInt, 1, 2, 0, nodeString, 0, 9, 1, nodeTime, 3, 3, 2})
	f.Add([]byte{1, 0, 2, nodeGroup, 0, 0, 5, 2, nodeUint, 0xff, 1, 0, nodeValuer, 0, 0, 3, 1, nodeFloat, 7, 7, 7})
	f.Add([]byte{8, 8, 1, 0, 1, nodeBool, 0, 0, 1, 3, 0, 1, nodeInline, 0, 0, 0, 1, nodeNil, 0, 0, 15, 7})
	f.Add([]byte{6, 0xf0, 0, 1, nodeLevel, 0, 8, 1, 5, 0, 2, nodeStruct, 0, 2, 2, nodeEmpty, 0, 0, 0, 1, nodeChain, 0, 126, 4})
	f.Add(bytes.Repeat([]byte{7, nodeGroup, 3, nodeValuer, 1, nodeDuration}, 40))
	f.Add([]byte{2, 0, 1, 7, 0, 0, 0, 1, 1, 0, 0, 2, 2, 0, 0, 3, 3, 0, 0, 4, 4, 0, 0, 5, 5, 0, 0, 6, 6, 0, 0, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		p := parse(data)
		std := p.outputStd(t, itself)
		compare(t, "std, round trip", p.outputStd(t, stdRoundTrip), std)
		if p.hasEmptyGroup() {
			return
		}
		exp := p.outputExp(t, itself)
		compare(t, "exp, round trip", p.outputExp(t, expRoundTrip), exp)

		var b bytes.Buffer
		if err := p.runExp(expslog.FromStd(p.stdHandler(&b))); err != nil {
			t.Error(err)
		}
		compare(t, "x/exp calls, std handler", sameType(b.String()), sameType(std))
		b.Reset()
		if err := p.runStd(expslog.ToStd(p.expHandler(&b))); err != nil {
			t.Error(err)
		}
		compare(t, "std calls, x/exp handler", sameType(b.String()), sameType(exp))
	})
}
