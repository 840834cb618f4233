package syslogx

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// maxName is how long the name of a parameter may be (RFC 5424, section 6.3.3).
const maxName = 32

// sdName returns key as the name of a parameter. One that is allowed is returned as it is. In another each character
// that is not becomes '_', and "~" with eight hexadecimal digits, a hash of the whole key, is put at the end, where 32
// bytes leave room for it: so different keys have different names, and a key always has the same.
func sdName(key string) string {
	if isName(key) {
		return key
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key))
	digits := strconv.FormatUint(uint64(hash.Sum32()), 16)
	name := printable(key, maxName-len("~01234567"), `=]"`)
	return name + "~" + strings.Repeat("0", 8-len(digits)) + digits
}

func isName[T string | []byte](key T) bool {
	if len(key) == 0 || len(key) > maxName {
		return false
	}
	for i := range len(key) {
		if !nameBytes[key[i]] {
			return false
		}
	}
	return true
}

// nameBytes are what names are made of: printable ASCII but '=', ']' and '"'.
var nameBytes = func() (is [256]bool) {
	for c := '!'; c <= '~'; c++ {
		is[c] = !strings.ContainsRune(`=]"`, c)
	}
	return is
}()

// printable returns s with '_' for each character that is not printable ASCII, or is in not, and cut to so many bytes.
func printable(s string, most int, not string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(not, r) {
			return '_'
		}
		return r
	}, s)
	return s[:min(len(s), most)]
}

// field returns s as a field of a header; "-" if there is nothing.
func field(s string, most int) string {
	if s == "" {
		return "-"
	}
	return printable(s, most, "")
}
