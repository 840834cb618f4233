package slogx

import "log/slog"

// finding is what a look at attributes has found.
type finding int

const (
	nothing    finding = iota // to be done
	unresolved                // a LogValuer, or something empty
	duplicate
)

// look goes through attributes and allocates nothing, unless they are many.
type look struct {
	taken *keyList // before; nil in a group
	seen  keyList
}

func lookAtRecord(r *slog.Record, taken *keyList) (found finding) {
	l := look{taken: taken}
	r.Attrs(func(a slog.Attr) bool {
		found = l.at(&a)
		return found == nothing
	})
	return found
}

func (l *look) at(a *slog.Attr) finding {
	switch a.Value.Kind() {
	case slog.KindLogValuer:
		return unresolved
	case slog.KindGroup:
		return l.atGroup(a)
	}
	if a.Key == "" && isZero(*a) {
		return unresolved
	}
	return l.atKey(a.Key)
}

func (l *look) atGroup(a *slog.Attr) finding {
	members := a.Value.Group()
	if a.Key == "" {
		return l.atAll(members)
	}
	if found := l.atKey(a.Key); found != nothing {
		return found
	}
	var inner look
	return inner.atAll(members)
}

func (l *look) atAll(attrs []slog.Attr) finding {
	for i := range attrs {
		if found := l.at(&attrs[i]); found != nothing {
			return found
		}
	}
	return nothing
}

func (l *look) atKey(key string) finding {
	hash := hashOf(key)
	if l.taken != nil && l.taken.find(key, hash) >= 0 || l.seen.find(key, hash) >= 0 {
		return duplicate
	}
	l.seen.add(key, hash)
	return nothing
}
