// Package keys has sets of attribute keys that answer "no" in a few instructions.
package keys

import "slices"

// Set is a set of keys, in the order in which they were added. The zero Set is empty.
type Set struct {
	bits [4]uint64 // of the hashes of keys: a bit that is not set is a sure no
	keys []string
}

// Has reports whether key is in s.
func (s *Set) Has(key string) bool { return s.May(key) && slices.Contains(s.keys, key) }

// May reports whether key may be in s. It is quicker than Has, for it can be inlined.
func (s *Set) May(key string) bool {
	h := hash(key)
	return s.bits[h>>6]&(1<<(h&63)) != 0
}

// Add adds key to s.
func (s *Set) Add(key string) {
	h := hash(key)
	s.bits[h>>6] |= 1 << (h & 63)
	s.keys = append(s.keys, key)
}

// AddAll adds the keys of t to s.
func (s *Set) AddAll(t *Set) {
	for i, b := range t.bits {
		s.bits[i] |= b
	}
	s.keys = append(s.keys, t.keys...)
}

// Reset empties s and keeps its memory.
func (s *Set) Reset() {
	clear(s.keys) // so that it holds no key for ever
	s.bits, s.keys = [4]uint64{}, s.keys[:0]
}

// Empty reports whether s has no keys.
func (s *Set) Empty() bool { return len(s.keys) == 0 }

// hash looks at the length and two bytes: keys of one program differ there more often than not.
func hash(key string) uint8 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint8(n)*29 + key[0]*7 + key[n-1]*37
}
