package slogx

import "log/slog"

// resolve returns a with the values that LogValuers stand for and without what is empty; false if nothing is left.
func resolve(a slog.Attr) (slog.Attr, bool) {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		return a, !isZero(a)
	}
	members := a.Value.Group()
	if !allResolved(members) {
		members = resolveAll(members)
		a.Value = slog.GroupValue(members...)
	}
	return a, len(members) > 0
}

// resolveAll does so for all of attrs. The slice that it returns is a new one.
func resolveAll(attrs []slog.Attr) []slog.Attr {
	var result []slog.Attr
	for _, a := range attrs {
		if a, ok := resolve(a); ok {
			result = append(result, a)
		}
	}
	return result
}

// resolveRecord does so for the attributes of r.
func resolveRecord(r slog.Record) slog.Record {
	r2 := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := resolve(a); ok {
			r2.AddAttrs(a)
		}
		return true
	})
	return r2
}

// allResolved reports whether resolve would change nothing.
func allResolved(attrs []slog.Attr) bool {
	for i := range attrs {
		switch a := &attrs[i]; a.Value.Kind() {
		case slog.KindLogValuer:
			return false
		case slog.KindGroup:
			if !allResolved(a.Value.Group()) {
				return false
			}
		default:
			if isZero(*a) {
				return false
			}
		}
	}
	return true
}

// isZero reports whether a is the zero Attr, which handlers leave out.
func isZero(a slog.Attr) bool { return a.Key == "" && a.Equal(slog.Attr{}) }
