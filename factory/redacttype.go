package factory

import (
	"log/slog"
	"reflect"
	"sync"
	"time"
)

// RedactType returns a [Layer] that logs "REDACTED" instead of values of type T or *T; if T is an interface, of all types
// that implement it, themselves or by a pointer. It covers records, attributes of logger.With and groups. Redacted as a
// whole are also
//
//   - values whose type has a T in it, as a field, an element or a key, at any depth: fmt prints even unexported fields, and
//     these without their methods;
//   - errors that wrap a T, for their message is likely to have its message in it, and what [ErrorChain] made of them.
//
// In maps and slices of interfaces the elements are replaced one by one, in a copy. Not looked at is what an interface in a
// struct holds, and what an error mentions without wrapping it.
//
// A LogValuer is resolved before a ReplaceAttr is called: a T that is one decides for itself what is logged. T may be a type
// that slog has a Kind for, such as time.Duration, but slog cannot tell an int from an int64, say.
//
// The layer belongs at the end, as [Redact] does, but in front of [Truncate].
func RedactType[T any]() Layer {
	s := newSecretType(reflect.TypeFor[T]())
	isSecret := func(_ []string, v reflect.Value) bool { return s.shows(v.Interface()) }
	return Layer{Name: "redact", ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch {
		case s.redacts(a.Value):
			a.Value = slog.StringValue(redaction)
		case mayHoldMaps(a.Value):
			a.Value = scrub(a.Value, nil, isSecret)
		}
		return a
	}}
}

// A secretType is a type, or an interface, whose values must not be seen.
type secretType struct {
	t      reflect.Type
	kinds  map[slog.Kind]bool // that are not KindAny
	holder sync.Map           // reflect.Type → bool: whether a value of it may show a t
}

func newSecretType(t reflect.Type) *secretType {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s := &secretType{t: t, kinds: map[slog.Kind]bool{}}
	for _, v := range []any{false, time.Duration(0), 0.0, int64(0), "", time.Time{}, uint64(0)} {
		if s.is(reflect.TypeOf(v)) {
			s.kinds[slog.AnyValue(v).Kind()] = true
		}
	}
	switch kind := slog.AnyValue(reflect.Zero(t).Interface()).Kind(); kind {
	case slog.KindAny, slog.KindLogValuer, slog.KindGroup:
	default: // an int, which slog keeps as an int64
		s.kinds[kind] = true
	}
	return s
}

// redacts reports whether v must not be logged as it is.
func (s *secretType) redacts(v slog.Value) bool {
	if v.Kind() != slog.KindAny {
		return s.kinds[v.Kind()]
	}
	x := v.Any()
	return x != nil && s.shows(x)
}

// shows reports whether a secret is in x, or known to x.
func (s *secretType) shows(x any) bool {
	if s.in(reflect.TypeOf(x)) {
		return true
	}
	switch x := x.(type) {
	case causes:
		for _, c := range x {
			if c.err == nil || s.in(reflect.TypeOf(c.err)) { // nil: what the chain left out
				return true
			}
		}
	case error:
		return wraps(x) && s.wrapped(x)
	}
	return false
}

// wrapped reports whether err wraps a secret, or more than can be looked at.
func (s *secretType) wrapped(err error) bool {
	all := unwrapAll(err)
	for _, w := range all.errs {
		if s.in(reflect.TypeOf(w.err)) {
			return true
		}
	}
	return all.more
}

// in reports whether a value of type t may show a secret. Programs have few types, so each is looked at once.
func (s *secretType) in(t reflect.Type) bool {
	if known, ok := s.holder.Load(t); ok {
		return known.(bool)
	}
	found := s.search(t, map[reflect.Type]bool{})
	s.holder.Store(t, found)
	return found
}

func (s *secretType) search(t reflect.Type, seen map[reflect.Type]bool) bool {
	if s.is(t) {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return s.search(t.Elem(), seen)
	case reflect.Map:
		return s.search(t.Key(), seen) || s.search(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if s.search(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

func (s *secretType) is(t reflect.Type) bool {
	if s.t.Kind() == reflect.Interface {
		return t.Implements(s.t) || reflect.PointerTo(t).Implements(s.t)
	}
	return t == s.t
}
