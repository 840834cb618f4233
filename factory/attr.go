package factory

import (
	"log/slog"
	"slices"
	"unsafe"
)

// flatten returns attrs with the members of inline groups in the place of these, and without what prints nothing. It
// returns attrs itself if there is nothing to do.
func flatten(attrs []slog.Attr) []slog.Attr {
	if regular(attrs) {
		return attrs
	}
	flat := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		if a.Key == "" {
			resolve(&a.Value)
		}
		switch {
		case !irregular(&a):
			flat = append(flat, a)
		case a.Key == "" && a.Value.Kind() == slog.KindGroup:
			flat = append(flat, flatten(a.Value.Group())...)
		}
	}
	return flat
}

// flattenTail flattens attrs[n:], whose memory is pooled. It reports whether there was something to do.
func flattenTail(attrs []slog.Attr, n int) (_ []slog.Attr, changed bool) {
	tail := attrs[n:]
	if regular(tail) {
		return attrs, false
	}
	flat := flatten(tail)
	clear(tail)
	return append(attrs[:n], flat...), true
}

// hasKey reports whether one of attrs has key.
func hasKey(attrs []slog.Attr, key string) bool {
	return slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == key })
}

// regular reports whether flatten has nothing to do.
func regular(attrs []slog.Attr) bool {
	for i := range attrs {
		if irregular(&attrs[i]) {
			return false
		}
	}
	return true
}

// irregular reports whether a is an inline group, or may be, or prints nothing.
func irregular(a *slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindGroup:
		return a.Key == "" || len(a.Value.Group()) == 0
	case slog.KindLogValuer:
		return a.Key == ""
	case slog.KindAny:
		return a.Key == "" && a.Value.Any() == nil
	default:
		return false
	}
}

// resolved returns attrs with what their LogValuers, also those in groups, stand for now; attrs itself if there are none.
func resolved(attrs []slog.Attr) []slog.Attr {
	if !slices.ContainsFunc(attrs, hasValuer) {
		return attrs
	}
	plain := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		resolve(&a.Value)
		if a.Value.Kind() == slog.KindGroup {
			a.Value = slog.GroupValue(resolved(a.Value.Group())...)
		}
		plain[i] = a
	}
	return plain
}

// resolve is slog.Value.Resolve, which defers, where there is something to do.
func resolve(v *slog.Value) {
	if v.Kind() == slog.KindLogValuer {
		*v = v.Resolve()
	}
}

func hasValuer(a slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindLogValuer:
		return true
	case slog.KindGroup:
		return slices.ContainsFunc(a.Value.Group(), hasValuer)
	default:
		return false
	}
}

// identical reports whether a and b are the same bits, which is quick, and has no trouble with values that cannot be
// compared.
func identical(a, b *slog.Attr) bool {
	type words [unsafe.Sizeof(slog.Attr{}) / unsafe.Sizeof(uintptr(0))]uintptr
	p, q := (*words)(unsafe.Pointer(a)), (*words)(unsafe.Pointer(b))
	var differ uintptr
	for i := range p { // without a branch, for they mostly are
		differ |= p[i] ^ q[i]
	}
	return differ == 0
}

// allIdentical is identical for slices of the same length.
func allIdentical(a, b []slog.Attr) bool {
	for i := range a {
		if !identical(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

// equal reports whether a and b say the same, as far as can be told.
func equal(a, b slog.Attr) (same bool) {
	if identical(&a, &b) {
		return true
	}
	defer func() {
		if recover() != nil {
			same = false // maps and slices cannot be compared
		}
	}()
	return a.Equal(b)
}
