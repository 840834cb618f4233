package factory

import (
	"log/slog"
	"slices"
	"unsafe"
)

// flatten returns attrs with the members of inline groups in the place of these, and without what prints nothing. It
// returns attrs itself if there is nothing to do.
func flatten(attrs []slog.Attr) []slog.Attr {
	i := 0
	for i < len(attrs) && !irregular(&attrs[i]) {
		i++
	}
	if i == len(attrs) {
		return attrs
	}
	flat := slices.Clone(attrs[:i])
	for _, a := range attrs[i:] {
		if a.Key == "" {
			a.Value = a.Value.Resolve()
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

// identical reports whether a and b are the same bits, which is quick, and has no trouble with values that cannot be
// compared.
func identical(a, b *slog.Attr) bool {
	type words [unsafe.Sizeof(slog.Attr{}) / unsafe.Sizeof(uintptr(0))]uintptr
	p, q := (*words)(unsafe.Pointer(a)), (*words)(unsafe.Pointer(b))
	for i := range p { // == would call a function
		if p[i] != q[i] {
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
