package snapshot

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"time"
)

// class says what it takes to keep a value of a type.
type class uint8

const (
	opaque class = iota // print it now
	copied              // copy what is behind slices, maps and interfaces; give up at a pointer
	fixed               // nothing: no memory of it can be reached from elsewhere
)

// typeInfo is what is known of a type.
type typeInfo struct {
	class class

	// encoding/json prefers methods on the pointer where it can address a value, that is within a slice or behind a
	// pointer. What such methods do is not known: they may take a lock.
	pointerMethods bool // this type, or one in it, has such methods

	nests bool // values may contain themselves, through a slice, a map or an interface
}

// Types that are fixed though they have pointers in them.
var fixedTypes = map[reflect.Type]bool{
	reflect.TypeFor[time.Time]():      true,
	reflect.TypeFor[*time.Location](): true,
	reflect.TypeFor[netip.Addr]():     true,

	// Their messages are made once. What they wrap is found by errors.Is, but not printed.
	reflect.TypeOf(errors.New("")):                         true,
	reflect.TypeOf(fmt.Errorf("%w", errDepth)):             true,
	reflect.TypeOf(fmt.Errorf("%w%w", errDepth, errDepth)): true,

	// Our own.
	reflect.TypeFor[*message]():        true,
	reflect.TypeFor[*rendering]():      true,
	reflect.TypeFor[*errorRendering](): true,
}

var types sync.Map // of reflect.Type to typeInfo

func infoOf(t reflect.Type) typeInfo {
	if i, ok := types.Load(t); ok {
		return i.(typeInfo)
	}
	i := newInfo(t, map[reflect.Type]bool{})
	types.Store(t, i)
	return i
}

// newInfo finds out about t, within the types that are in seen.
func newInfo(t reflect.Type, seen map[reflect.Type]bool) typeInfo {
	if fixedTypes[t] {
		return typeInfo{class: fixed}
	}
	if seen[t] {
		return typeInfo{class: copied, nests: true} // as far as we are; copying asks again
	}
	seen[t] = true
	defer delete(seen, t)

	i := typeInfo{class: fixed}
	switch t.Kind() {
	case reflect.Pointer:
		return typeInfo{class: copied} // that is, it may be nil
	case reflect.Interface:
		i = typeInfo{class: copied, nests: true}
	case reflect.Slice:
		i = newInfo(t.Elem(), seen)
		if i.class = partsOf(i); isBytes(t) {
			i.class = copied
		}
	case reflect.Map:
		key := newInfo(t.Key(), seen)
		i = newInfo(t.Elem(), seen)
		i.class = min(partsOf(i), partsOf(key))
		i.nests = i.nests || key.nests
	case reflect.Array:
		i = newInfo(t.Elem(), seen)
	case reflect.Struct:
		if pkg := t.PkgPath(); pkg == "sync" || pkg == "sync/atomic" {
			return typeInfo{class: opaque}
		}
		for n := range t.NumField() {
			f := newInfo(t.Field(n).Type, seen)
			i.class = min(i.class, f.class)
			i.pointerMethods = i.pointerMethods || f.pointerMethods
			i.nests = i.nests || f.nests
		}
	}
	i.pointerMethods = i.pointerMethods || printsItself(reflect.PointerTo(t)) && !printsItself(t)
	if i.class == copied && t.Kind() != reflect.Interface && !isBytes(t) && printsItself(reflect.PointerTo(t)) {
		i.class = opaque
	}
	return i
}

// partsOf is the class of a slice or a map whose elements, or keys, are of type i.
func partsOf(i typeInfo) class {
	if i.pointerMethods {
		return opaque
	}
	return min(i.class, copied)
}

// isBytes reports whether values of type t are printed by Text as quoted bytes, which no method can bring about.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

var printers = []reflect.Type{
	reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[fmt.Formatter](),
	reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](),
}

// printsItself reports whether t has a method that decides how it is printed.
func printsItself(t reflect.Type) bool {
	for _, p := range printers {
		if t.Implements(p) {
			return true
		}
	}
	return false
}
