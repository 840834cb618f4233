// Package snapshot makes records that can be kept: what a handler that buffers does on the caller's goroutine, so that
// nothing the caller does later shows in what is printed.
//
// LogValuers are resolved. A value that cannot change, such as a number, a string, a time, or a struct of them, stays as
// it is, and so does the message of an error made by package errors or fmt. Slices, maps, and pointers to structs are
// copied and keep their types, if they hold nothing but such values and no methods of their own decide how they are
// printed. All else is printed now, in both ways that the formats of log/slog have, JSON and Text, and becomes a value
// that keeps the two results; an error among these still is one, and errors.Is and errors.As find what they would have
// found.
//
// The promise is about bytes: slogx.JSON, slogx.Text, slog.JSONHandler and slog.TextHandler write for the snapshot what
// they would have written for the record itself, at the time it was taken.
//
// [With] keeps what a derived handler was given, so that it can be repeated on another handler or made part of a record.
package snapshot

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/layout"
)

// Record returns a record that shares nothing with r that can change.
func Record(r slog.Record) slog.Record {
	InPlace(&r)
	return r
}

// InPlace is Record for a record that need not be copied. It costs nothing to speak of, and allocates nothing, if all
// values are strings, numbers, booleans, durations and times, or groups of these.
func InPlace(r *slog.Record) {
	switch {
	case constant(r):
	case layout.Known:
		front, back := layout.Attrs(r)
		for i := range front { // they are in r
			front[i].Value, _ = value(front[i].Value, 0)
		}
		if kept := all(back, 0); kept != nil { // they are not
			layout.SetBack(r, kept)
		}
	default:
		*r = copyOf(r)
	}
}

// copyOf is for a record that cannot be read in place.
func copyOf(r *slog.Record) slog.Record {
	front, _ := layout.Attrs(r)
	kept := all(front, 0)
	if kept == nil {
		return r.Clone()
	}
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	out.AddAttrs(kept...)
	return out
}

// Attrs returns a new slice of attributes that share nothing with attrs that can change.
func Attrs(attrs []slog.Attr) []slog.Attr {
	if kept := all(attrs, 0); kept != nil {
		return kept
	}
	return slices.Clone(attrs)
}

// all returns a new slice of the attributes' snapshots; nil if none of them differs from what it was.
func all(attrs []slog.Attr, depth int) (kept []slog.Attr) {
	for i := range attrs {
		v, differs := value(attrs[i].Value, depth)
		if !differs {
			continue
		}
		if kept == nil {
			kept = slices.Clone(attrs)
		}
		kept[i].Value = v
	}
	return kept
}

// value returns the snapshot of v, and whether it differs from v.
func value(v slog.Value, depth int) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindLogValuer:
		return resolved(v, depth), true
	case slog.KindGroup:
		return group(v, depth)
	case slog.KindAny:
		return anyValue(v)
	default:
		return v, false
	}
}

func resolved(v slog.Value, depth int) slog.Value {
	v = v.Resolve() // its panic, and its endless recursion, become an error
	if v.Kind() == slog.KindGroup && len(v.Group()) == 0 {
		// A Record drops a group that is empty from the start, but not a LogValuer that resolves to one, and log/slog
		// tells them apart: only the latter opens the groups around it.
		return slog.AnyValue(emptyGroup{})
	}
	v, _ = value(v, depth+1)
	return v
}

type emptyGroup struct{}

func (emptyGroup) LogValue() slog.Value { return slog.GroupValue() }

var errDepth = errors.New("groups within groups without end")

func group(v slog.Value, depth int) (slog.Value, bool) {
	const maxDepth = 1000 // a LogValuer may resolve to a group that it is in
	attrs := v.Group()
	switch {
	case depth > maxDepth:
		return slog.AnyValue(errDepth), true
	case constantAttrs(attrs):
		return v, false
	}
	kept := all(attrs, depth+1)
	if kept == nil {
		return v, false
	}
	return slog.GroupValue(kept...), true
}
