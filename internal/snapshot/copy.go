package snapshot

import (
	"log/slog"
	"maps"
	"reflect"
	"slices"
)

// anyValue returns the snapshot of v, which is of slog.KindAny, and whether it differs from v.
func anyValue(v slog.Value) (slog.Value, bool) {
	x := v.Any()
	if x == nil {
		return v, false
	}
	rv := reflect.ValueOf(x)
	if unchangeable(rv) {
		return v, false
	}
	switch x := x.(type) { // the commonest, without reflection
	case []byte:
		return slog.AnyValue(slices.Clone(x)), true
	case []int:
		return slog.AnyValue(slices.Clone(x)), true
	case []string:
		return slog.AnyValue(slices.Clone(x)), true
	case map[string]string:
		return slog.AnyValue(maps.Clone(x)), true
	}
	if c, ok := copyAny(rv); ok {
		return slog.AnyValue(c), true
	}
	return slog.AnyValue(capture(x)), true
}

// copyAny returns a copy of the same type; false if v is to be captured instead.
func copyAny(v reflect.Value) (any, bool) {
	t := v.Type()
	if t.Kind() != reflect.Pointer {
		c := reflect.New(t).Elem()
		c.Set(v)
		if !detach(c, 0) {
			return nil, false
		}
		return c.Interface(), true
	}
	// What is behind a pointer is printed, but only behind the first, and only if it is a compound. Of others it is the
	// address.
	switch t.Elem().Kind() {
	case reflect.Array, reflect.Slice, reflect.Struct, reflect.Map:
	default:
		return nil, false
	}
	if partsOf(infoOf(t.Elem())) == opaque || printsItself(t) {
		return nil, false
	}
	p := reflect.New(t.Elem())
	p.Elem().Set(v.Elem())
	if !detach(p.Elem(), 0) {
		return nil, false
	}
	return p.Convert(t).Interface(), true
}

// detach makes v, a variable, independent of all that it was copied from. False means that it could not.
func detach(v reflect.Value, depth int) bool {
	const maxDepth = 100 // it may contain itself
	switch {
	case unchangeable(v):
		return true
	case depth > maxDepth || infoOf(v.Type()).class == opaque:
		return false
	}
	switch v.Kind() {
	case reflect.Slice:
		return detachSlice(v, depth)
	case reflect.Map:
		return detachMap(v, depth)
	case reflect.Interface:
		return detachInterface(v, depth)
	case reflect.Array:
		return detachElements(v, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if !detach(v.Field(i), depth+1) {
				return false
			}
		}
		return true
	default: // a pointer: its address is printed
		return false
	}
}

func detachSlice(v reflect.Value, depth int) bool {
	if !v.CanSet() {
		return false
	}
	c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(c, v)
	v.Set(c)
	return infoOf(v.Type().Elem()).class == fixed || detachElements(c, depth)
}

func detachElements(v reflect.Value, depth int) bool {
	for i := range v.Len() {
		if !detach(v.Index(i), depth+1) {
			return false
		}
	}
	return true
}

func detachMap(v reflect.Value, depth int) bool {
	if !v.CanSet() {
		return false
	}
	c := reflect.MakeMapWithSize(v.Type(), v.Len())
	for iter := v.MapRange(); iter.Next(); {
		key, elem := iter.Key(), reflect.New(v.Type().Elem()).Elem()
		elem.SetIterValue(iter)
		if !unchangeable(key) || !detach(elem, depth+1) {
			return false
		}
		c.SetMapIndex(key, elem)
	}
	v.Set(c)
	return true
}

func detachInterface(v reflect.Value, depth int) bool {
	if !v.CanSet() {
		return false
	}
	inner := reflect.New(v.Elem().Type()).Elem()
	inner.Set(v.Elem())
	if !detach(inner, depth+1) {
		return false
	}
	v.Set(inner)
	return true
}

// unchangeable reports whether nothing that v holds now can change, though other values of its type might.
func unchangeable(v reflect.Value) bool {
	if infoOf(v.Type()).class == fixed {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Map:
		return v.IsNil()
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Interface:
		return v.IsNil() || unchangeable(v.Elem())
	case reflect.Struct:
		if infoOf(v.Type()).class == opaque {
			return false
		}
		for i := range v.NumField() {
			if !unchangeable(v.Field(i)) {
				return false
			}
		}
		return true
	default:
		return false
	}
}
