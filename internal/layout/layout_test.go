package layout

import (
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKnown fails when a new Go has changed package slog's types: all works on, but slower. Change layout.go.
func TestKnown(t *testing.T) {
	if !Known {
		t.Errorf("the layout of slog.Record or slog.Value is not what it was:\n%v\n%v",
			reflect.VisibleFields(reflect.TypeFor[slog.Record]()), reflect.VisibleFields(reflect.TypeFor[slog.Value]()))
	}
}

func TestSame(t *testing.T) {
	type a struct{ X, Y int }
	for _, other := range []any{struct{ X int }{}, struct{ X, Z int }{}, struct{ X, Y uint }{}, struct{ Y, X int }{}} {
		if same(reflect.TypeFor[a](), reflect.TypeOf(other)) {
			t.Errorf("%T is laid out like %T", other, a{})
		}
	}
	if !same(reflect.TypeFor[a](), reflect.TypeFor[a]()) {
		t.Error("a type is not laid out as itself")
	}
}

// both calls f with and without knowledge of the layout.
func both(t *testing.T, f func(t *testing.T)) {
	t.Run("known", f)
	known := Known
	Known = false
	defer func() { Known = known }()
	t.Run("unknown", f)
}

func recordOf(n int) slog.Record {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "message", 0)
	for i := range n {
		r.AddAttrs(slog.Int(strconv.Itoa(i), i))
	}
	return r
}

func TestAttrs(t *testing.T) {
	both(t, func(t *testing.T) {
		for n := range 12 {
			r := recordOf(n)
			front, back := Attrs(&r)
			var want []slog.Attr
			r.Attrs(func(a slog.Attr) bool { want = append(want, a); return true })
			got := append(append([]slog.Attr(nil), front...), back...)
			if len(got) != len(want) {
				t.Fatalf("%d attributes, not %d", len(got), len(want))
			}
			for i := range got {
				if !got[i].Equal(want[i]) {
					t.Errorf("%v, not %v", got[i], want[i])
				}
			}
		}
	})
}

func TestClip(t *testing.T) {
	both(t, func(t *testing.T) {
		r := recordOf(8) // its slice has room for more
		one, other := r, r
		Clip(&one)
		one.AddAttrs(slog.String("of", "one"))
		other.AddAttrs(slog.String("of", "the other"))
		last := ""
		one.Attrs(func(a slog.Attr) bool { last = a.Value.String(); return true })
		if last != "one" {
			t.Errorf("the last attribute is of %s", last)
		}
	})
}

func TestSetBack(t *testing.T) {
	r := recordOf(7)
	SetBack(&r, []slog.Attr{slog.Int("5", 50), slog.Int("6", 60)})
	sum := int64(0)
	r.Attrs(func(a slog.Attr) bool { sum += a.Value.Int64(); return true })
	if want := int64(0 + 1 + 2 + 3 + 4 + 50 + 60); sum != want || r.NumAttrs() != 7 {
		t.Errorf("%d of %d attributes, not %d", sum, r.NumAttrs(), want)
	}
}

func TestType(t *testing.T) {
	for want, values := range map[uintptr][]slog.Value{
		Number: {
			slog.IntValue(1), slog.Uint64Value(1), slog.Float64Value(1), slog.BoolValue(true), slog.DurationValue(1), slog.AnyValue(2),
		},
		String: {slog.StringValue(""), slog.AnyValue("x")},
		Time:   {slog.TimeValue(time.Unix(1, 0))},
	} {
		for _, v := range values {
			if Type(&v) != want {
				t.Errorf("%v %v is of another type", v.Kind(), v)
			}
		}
	}
	for _, v := range []slog.Value{slog.AnyValue(nil), slog.AnyValue([]int{1}), slog.GroupValue(slog.Int("a", 1)), {}} {
		if got := Type(&v); got == Number || got == String || got == Time {
			t.Errorf("%v %v is of such a type", v.Kind(), v)
		}
	}
}

func TestContents(t *testing.T) {
	for _, want := range []string{"", "four", strings.Repeat("long", 1000)} {
		if s := slog.StringValue(want); Len(&s) != len(want) || Text(&s) != want {
			t.Errorf("%d %q", Len(&s), Text(&s))
		}
	}
	for want, v := range map[uint64]slog.Value{
		1<<64 - 2: slog.IntValue(-2), 1<<64 - 1: slog.Uint64Value(1<<64 - 1), 3: slog.DurationValue(3), 1: slog.BoolValue(true),
		0: slog.BoolValue(false), math.Float64bits(0.5): slog.Float64Value(0.5),
	} {
		if Bits(&v) != want {
			t.Errorf("%v: %x", v, Bits(&v))
		}
	}
	for _, loc := range []*time.Location{time.UTC, time.Local, time.FixedZone("east", 3600)} {
		v := slog.TimeValue(time.Unix(-1, 5).In(loc))
		if Location(&v) != loc || int64(Bits(&v)) != -1e9+5 {
			t.Errorf("%v: %d in %v", v, int64(Bits(&v)), Location(&v))
		}
	}
	if v := slog.TimeValue(time.Time{}); Location(&v) != nil {
		t.Error(Location(&v))
	}
}
