package snapshot

import (
	"log/slog"
	"reflect"
	"time"
	"unsafe"
)

// Whether a record holds anything that needs work is asked for every record, by the producers of a queue that may spend
// a few nanoseconds in all. slog.Record.Attrs copies the record first, and slog.Value.Kind tells kinds apart one after
// the other: 40 ns for five attributes, where reading the record in place takes 8. So this file knows how package slog
// lays out its types, asks package reflect whether that is still true, and does without if it is not.

type (
	recordLayout struct {
		Time    time.Time
		Message string
		Level   slog.Level
		PC      uintptr
		front   [5]slog.Attr
		nFront  int
		back    []slog.Attr
	}
	valueLayout struct {
		_   [0]func()
		num uint64
		any any
	}
)

// The type of what is in the interface of a slog.Value tells its kind. These are those of most constant values; numbers,
// booleans and durations share one.
var numberType, stringType, timeType uintptr

var layoutKnown = learnLayout()

func learnLayout() bool {
	if !sameLayout(reflect.TypeFor[slog.Record](), reflect.TypeFor[recordLayout]()) ||
		!sameLayout(reflect.TypeFor[slog.Value](), reflect.TypeFor[valueLayout]()) {
		return false
	}
	one, str, now := slog.IntValue(1), slog.StringValue(""), slog.TimeValue(time.Unix(0, 0))
	numberType, stringType, timeType = typeIn(&one), typeIn(&str), typeIn(&now)
	yes := slog.BoolValue(true)
	return typeIn(&yes) == numberType && stringType != numberType
}

// typeIn returns the address of the type of what is in v's interface, which is a type and a pointer.
func typeIn(v *slog.Value) uintptr {
	return *(*uintptr)(unsafe.Pointer(&(*valueLayout)(unsafe.Pointer(v)).any))
}

func sameLayout(a, b reflect.Type) bool {
	if a.NumField() != b.NumField() || a.Size() != b.Size() {
		return false
	}
	for i := range a.NumField() {
		f, g := a.Field(i), b.Field(i)
		if f.Name != g.Name || f.Type != g.Type || f.Offset != g.Offset {
			return false
		}
	}
	return true
}

// constant reports whether none of r's values can change, and clips r.
func constant(r *slog.Record) bool {
	if !layoutKnown {
		return constantAnyway(r)
	}
	l := (*recordLayout)(unsafe.Pointer(r))
	if !constantAttrs(l.front[:l.nFront]) {
		return false
	}
	if len(l.back) == 0 {
		return true
	}
	l.back = l.back[:len(l.back):len(l.back)] // as slog.Record.Clone does
	return constantAttrs(l.back)
}

// constantAnyway is constant without knowledge of package slog.
func constantAnyway(r *slog.Record) bool {
	*r = r.Clone()
	all := true
	r.Attrs(func(a slog.Attr) bool {
		all = constantValue(a.Value)
		return all
	})
	return all
}

func constantAttrs(attrs []slog.Attr) bool {
	known, number, str, time := layoutKnown, numberType, stringType, timeType
	for i := range attrs {
		if known {
			if t := typeIn(&attrs[i].Value); t == number || t == str || t == time {
				continue
			}
		}
		if !constantValue(attrs[i].Value) {
			return false
		}
	}
	return true
}

// constantValue reports whether v is of a kind that cannot change. A group is what its members are.
func constantValue(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindAny, slog.KindLogValuer:
		return false
	case slog.KindGroup:
		return constantAttrs(v.Group())
	default:
		return true
	}
}
