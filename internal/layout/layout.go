// Package layout reads records of package slog in place.
//
// slog.Record.Attrs copies the record before it calls a function for each attribute, which takes longer than to format
// one; slog.Value.Kind tells kinds apart one after the other. So this package knows how package slog lays out its types,
// asks package reflect whether that is still true, and does without if it is not.
package layout

import (
	"log/slog"
	"reflect"
	"time"
	"unsafe"
)

type (
	record struct {
		Time    time.Time
		Message string
		Level   slog.Level
		PC      uintptr
		front   [5]slog.Attr
		nFront  int
		back    []slog.Attr
	}
	value struct {
		_   [0]func()
		num uint64
		any any
	}
)

// Known says whether package slog is laid out as this package believes. Only tests change it.
var Known = learn()

// The type of what is in the interface of a slog.Value tells its kind. These are those of most constant values; numbers,
// booleans and durations share one. They are for [Type], and good for something if the layout is known.
var Number, String, Time uintptr

func learn() bool {
	if !same(reflect.TypeFor[slog.Record](), reflect.TypeFor[record]()) ||
		!same(reflect.TypeFor[slog.Value](), reflect.TypeFor[value]()) {
		return false
	}
	one, str, now := slog.IntValue(1), slog.StringValue("hello"), slog.TimeValue(time.Unix(0, 7).UTC())
	Number, String, Time = Type(&one), Type(&str), Type(&now)
	yes := slog.BoolValue(true)
	return Type(&yes) == Number && String != Number && Time != Number && Time != String &&
		Bits(&yes) == 1 && Len(&str) == 5 && Text(&str) == "hello" && Bits(&now) == 7 && Location(&now) == time.UTC
}

func same(a, b reflect.Type) bool {
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

// Attrs returns the attributes of r, first front, then back. Those of front are in r itself, if the layout is known; those
// of back may be other records', too, and must not be changed.
func Attrs(r *slog.Record) (front, back []slog.Attr) {
	if !Known {
		return copied(r), nil
	}
	l := (*record)(unsafe.Pointer(r))
	return l.front[:l.nFront], l.back
}

func copied(r *slog.Record) []slog.Attr {
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return attrs
}

// Clip makes r's next AddAttrs copy what it shares with other records, as slog.Record.Clone does.
func Clip(r *slog.Record) {
	if !Known {
		*r = r.Clone()
		return
	}
	l := (*record)(unsafe.Pointer(r))
	l.back = l.back[:len(l.back):len(l.back)]
}

// SetBack changes what is at the back of r, to as many attributes as there were. The layout must be known.
func SetBack(r *slog.Record, attrs []slog.Attr) { (*record)(unsafe.Pointer(r)).back = attrs }

// Type returns the address of the type of what is in v's interface, which is a type and a pointer.
func Type(v *slog.Value) uintptr {
	return *(*uintptr)(unsafe.Pointer(&(*value)(unsafe.Pointer(v)).any))
}

// Len returns the length of a v of type [String].
func Len(v *slog.Value) int { return int((*value)(unsafe.Pointer(v)).num) }

// Text returns the string of a v of type [String].
func Text(v *slog.Value) string { return unsafe.String((*byte)(pointer(v)), Len(v)) }

// Bits returns the 64 bits of a v of type [Number], or the nanoseconds since 1970 of one of type [Time].
func Bits(v *slog.Value) uint64 { return (*value)(unsafe.Pointer(v)).num }

// Location returns the location of a v of type [Time]; nil if that is the zero Time.
func Location(v *slog.Value) *time.Location { return (*time.Location)(pointer(v)) }

// pointer returns what is in v's interface beside the type.
func pointer(v *slog.Value) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&(*value)(unsafe.Pointer(v)).any))[1]
}
