package factory

import (
	"log/slog"
	"reflect"
)

const (
	maxNesting = 64      // of maps and slices
	maxValues  = 1 << 16 // in them
)

// mayHoldMaps reports whether v is a map, or a slice or pointer with a map behind it, or with who knows what. An error is
// logged as a text, even if it is a map.
func mayHoldMaps(v slog.Value) bool {
	if v.Kind() != slog.KindAny {
		return false
	}
	x := v.Any()
	if _, ok := x.(error); ok || x == nil {
		return false
	}
	return mayHold(reflect.TypeOf(x))
}

func mayHold(t reflect.Type) bool {
	for range maxNesting { // a type can be a slice of itself
		switch t.Kind() {
		case reflect.Map, reflect.Interface:
			return true
		case reflect.Pointer, reflect.Slice, reflect.Array:
			t = t.Elem()
		default:
			return false
		}
	}
	return false
}

// scrub returns v, whose path is given, with REDACTED for all that isSecret finds in its maps and slices, which are then
// copies. It returns v itself if that is nothing.
func scrub(v slog.Value, path []string, isSecret func(path []string, v reflect.Value) bool) slog.Value {
	s := scrubber{isSecret, maxValues}
	if clean, changed := s.scrub(path, reflect.ValueOf(v.Any()), 0); changed {
		return slog.AnyValue(clean)
	}
	return v
}

type scrubber struct {
	isSecret func(path []string, v reflect.Value) bool
	left     int // values that may yet be looked at
}

// scrub returns what to show instead of v, if it must be changed. What is too deep or too much counts as a secret.
func (s *scrubber) scrub(path []string, v reflect.Value, depth int) (clean any, changed bool) {
	if v = bare(v); !v.IsValid() {
		return nil, false
	}
	s.left--
	if depth > maxNesting || s.left < 0 || depth > 0 && s.isSecret(path, v) {
		return redaction, true
	}
	if !mayHold(v.Type()) {
		return nil, false
	}
	switch v.Kind() {
	case reflect.Pointer:
		return s.scrub(path, v.Elem(), depth+1)
	case reflect.Map:
		return s.scrubMap(path, v, depth)
	default:
		return s.scrubSlice(path, v, depth)
	}
}

// bare returns what is in v if v is an interface.
func bare(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

func (s *scrubber) scrubMap(path []string, v reflect.Value, depth int) (any, bool) {
	var clean reflect.Value
	for iter := v.MapRange(); iter.Next(); {
		inner := path
		if key := bare(iter.Key()); key.Kind() == reflect.String {
			inner = appendNames(path, key.String())
		}
		c, changed := s.scrub(inner, iter.Value(), depth+1)
		if !changed {
			continue
		}
		if !clean.IsValid() {
			clean = looseMap(v)
		}
		clean.SetMapIndex(iter.Key(), reflect.ValueOf(c))
	}
	if !clean.IsValid() {
		return nil, false
	}
	return clean.Interface(), true
}

// looseMap returns a copy of m whose values may be of any type.
func looseMap(m reflect.Value) reflect.Value {
	loose := reflect.MakeMapWithSize(reflect.MapOf(m.Type().Key(), reflect.TypeFor[any]()), m.Len())
	for iter := m.MapRange(); iter.Next(); {
		loose.SetMapIndex(iter.Key(), iter.Value())
	}
	return loose
}

func (s *scrubber) scrubSlice(path []string, v reflect.Value, depth int) (any, bool) {
	var clean []any
	for i := range v.Len() {
		c, changed := s.scrub(path, v.Index(i), depth+1)
		if !changed {
			continue
		}
		if clean == nil {
			clean = make([]any, v.Len())
			for j := range clean {
				clean[j] = v.Index(j).Interface()
			}
		}
		clean[i] = c
	}
	return clean, clean != nil
}
