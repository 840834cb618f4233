package slogx

// A keyList finds the places of keys: by comparing, and without allocating, while they are few; in a map when they are
// many. A key is given together with its hashOf, to compute that once.
type keyList struct {
	n      int
	hashes uint64 // of all keys, or-ed: they tell of most keys that they are not here
	few    [24]string
	many   map[string]int // nil: few has them all
}

// hashOf sets one of 64 bits.
func hashOf(key string) uint64 {
	if key == "" {
		return 1
	}
	return 1 << ((len(key) + 7*int(key[0]) + 31*int(key[len(key)-1])) & 63)
}

// find returns the place of key, the last if it was added more than once, or -1.
func (l *keyList) find(key string, hash uint64) int {
	if l.hashes&hash == 0 {
		return -1
	}
	return l.search(key)
}

func (l *keyList) search(key string) int {
	if l.many != nil {
		if i, ok := l.many[key]; ok {
			return i
		}
		return -1
	}
	for i := l.n - 1; i >= 0; i-- {
		if l.few[i] == key {
			return i
		}
	}
	return -1
}

// add gives key the next place.
func (l *keyList) add(key string, hash uint64) {
	l.hashes |= hash
	switch {
	case l.n < len(l.few):
		l.few[l.n] = key
	case l.n == len(l.few):
		l.many = make(map[string]int, 2*l.n)
		for i, k := range l.few {
			l.many[k] = i
		}
		fallthrough
	default:
		l.many[key] = l.n
	}
	l.n++
}
