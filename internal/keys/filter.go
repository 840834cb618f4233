// Package keys answers "surely not there" for keys of attributes in a few instructions.
package keys

// Filter is a set of keys of which only a hash is kept. The zero Filter is empty.
type Filter [4]uint64

// May reports whether key may be in f; if not, it is not.
func (f *Filter) May(key string) bool {
	h := hash(key)
	return f[h>>6]&(1<<(h&63)) != 0
}

// Add adds key to f and reports whether it may have been there before.
func (f *Filter) Add(key string) (maybe bool) {
	h := hash(key)
	word, bit := &f[h>>6], uint64(1)<<(h&63)
	maybe = *word&bit != 0
	*word |= bit
	return maybe
}

// hash looks at the length and two bytes: keys of one program differ there more often than not.
func hash(key string) uint8 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint8(n)*29 + key[0]*7 + key[n-1]*37
}
