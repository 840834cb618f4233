package snapshot

import (
	"log/slog"
	"reflect"
	"unsafe"

	"github.com/slogkit-go/slogkit/internal/layout"
)

// Size returns about how many bytes of memory r, a snapshot, keeps beside the Record itself.
func Size(r *slog.Record) int {
	const within = 5 // attributes, which are in the Record itself
	front, back := layout.Attrs(r)
	return len(r.Message) + sizeOfAttrs(front) + sizeOfAttrs(back) + max(0, len(front)+len(back)-within)*attrSize
}

// Take is InPlace and Size in one, which for constant values is one look instead of two.
func Take(r *slog.Record) (size int) {
	if layout.Known {
		front, back := layout.Attrs(r)
		if size, plain := sizeOfPlain(front); plain && len(back) == 0 {
			return len(r.Message) + size
		}
	}
	InPlace(r)
	return Size(r)
}

// sizeOfPlain is sizeOfAttrs if all values are numbers, booleans, durations, strings or times.
func sizeOfPlain(attrs []slog.Attr) (size int, plain bool) {
	number, str, time := layout.Number, layout.String, layout.Time
	for i := range attrs {
		a := &attrs[i]
		size += len(a.Key)
		switch t := layout.Type(&a.Value); t {
		case str:
			size += layout.Len(&a.Value)
		case number, time:
		default:
			return 0, false
		}
	}
	return size, true
}

const attrSize = int(unsafe.Sizeof(slog.Attr{}))

// sizeOfAttrs leaves out the slice itself.
func sizeOfAttrs(attrs []slog.Attr) int {
	size := 0
	known, number, str, time := layout.Known, layout.Number, layout.String, layout.Time
	for i := range attrs {
		a := &attrs[i]
		size += len(a.Key)
		if known {
			t := layout.Type(&a.Value)
			if t == str {
				size += layout.Len(&a.Value)
			}
			if t == number || t == str || t == time {
				continue
			}
		}
		size += sizeOf(a.Value)
	}
	return size
}

func sizeOf(v slog.Value) int {
	switch v.Kind() {
	case slog.KindString:
		return len(v.String())
	case slog.KindGroup:
		return len(v.Group())*attrSize + sizeOfAttrs(v.Group())
	case slog.KindAny:
		return sizeOfAny(v.Any())
	default:
		return 0
	}
}

func sizeOfAny(x any) int {
	switch x := x.(type) { // the commonest, without reflection
	case nil:
		return 0
	case []byte:
		return len(x) + 24
	case *message:
		return len(x.msg) + len(x.text) + 48
	case *rendering:
		return len(x.json) + len(x.text) + 32
	case *errorRendering:
		return len(x.json) + len(x.text) + len(x.msg) + 64
	}
	v := reflect.ValueOf(x)
	if fixedTypes[v.Type()] && v.Kind() == reflect.Pointer {
		if err, ok := x.(error); ok {
			return len(err.Error()) + 32
		}
		return 0
	}
	w := weigher{nodes: 10_000}
	w.add(v, 0)
	return w.bytes
}

// weigher adds up what a value refers to, as far as it has patience for.
type weigher struct{ bytes, nodes int }

func (w *weigher) add(v reflect.Value, depth int) {
	w.bytes += int(v.Type().Size())
	w.refer(v, depth)
}

// refer adds what v refers to, without v itself.
func (w *weigher) refer(v reflect.Value, depth int) {
	const maxDepth = 100
	w.nodes--
	if depth > maxDepth || w.nodes < 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		w.bytes += v.Len()
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			w.add(v.Elem(), depth+1)
		}
	case reflect.Slice:
		w.bytes += v.Len() * int(v.Type().Elem().Size())
		w.elements(v, depth)
	case reflect.Array:
		w.elements(v, depth)
	case reflect.Map:
		const overhead = 8 // of an entry
		w.bytes += v.Len() * overhead
		for iter := v.MapRange(); w.nodes > 0 && iter.Next(); {
			w.add(iter.Key(), depth+1)
			w.add(iter.Value(), depth+1)
		}
	case reflect.Struct:
		if fixedTypes[v.Type()] {
			return // a time's location is not the record's
		}
		for i := range v.NumField() {
			w.refer(v.Field(i), depth+1)
		}
	}
}

func (w *weigher) elements(v reflect.Value, depth int) {
	switch v.Type().Elem().Kind() {
	case reflect.String, reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		for i := 0; w.nodes > 0 && i < v.Len(); i++ {
			w.refer(v.Index(i), depth+1)
		}
	}
}
