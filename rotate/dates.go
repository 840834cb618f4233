package rotate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// dated is a backup with a date, and with a counter if it is not the first of its date.
type dated struct {
	backup
	date    string
	counter int
}

// free returns a name for the period of this date which no file has, and which sorts after those of the same date.
func (b *backups) free(date string) (string, error) {
	first, err := b.name(date)
	if err != nil {
		return "", err
	}
	existing, err := b.dated(filepath.Dir(first))
	if err != nil {
		return "", err
	}
	counter := 0
	for _, d := range existing {
		if d.date == date {
			counter = max(counter, d.counter+1)
		}
	}
	for ; ; counter++ {
		name := first
		if counter > 0 {
			if name, err = b.name(date + "." + strconv.Itoa(counter)); err != nil {
				return "", err
			}
			if name == first {
				return "", fmt.Errorf("rotate: %s exists, and Namer gives no other name for the same date", first)
			}
		}
		if free, err := b.unused(name); free || err != nil {
			return name, err
		}
	}
}

// unused reports whether nothing has this name, be it compressed or not.
func (b *backups) unused(name string) (bool, error) {
	names := []string{name}
	if b.ext != "" {
		names = append(names, name+b.ext)
	}
	for _, name := range names {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}

// dated returns the dated backups in dir, the oldest first.
func (b *backups) dated(dir string) ([]dated, error) {
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	byName := map[string]dated{} // of which there may be two files
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if d, ok := b.parse(dir, e.Name()); ok {
			other := byName[d.path]
			d.plain, d.packed = d.plain || other.plain, d.packed || other.packed
			byName[d.path] = d
		}
	}
	return slices.SortedFunc(maps.Values(byName), func(x, y dated) int {
		return cmp.Or(cmp.Compare(x.date, y.date), cmp.Compare(x.counter, y.counter))
	}), nil
}

// parse tells whether a file is a backup: one whose name this handler itself could have made.
func (b *backups) parse(dir, file string) (dated, bool) {
	if b.ext != "" {
		if plain, ok := strings.CutSuffix(file, b.ext); ok {
			if d, ok := b.parsePlain(dir, plain); ok {
				d.plain, d.packed = false, true
				return d, true
			}
		}
	}
	return b.parsePlain(dir, file)
}

func (b *backups) parsePlain(dir, file string) (dated, bool) {
	if b.namer == nil {
		suffix, ok := strings.CutPrefix(file, filepath.Base(b.path)+".")
		if !ok {
			return dated{}, false
		}
		date, counter, ok := b.parseSuffix(suffix)
		return dated{backup{filepath.Join(dir, file), true, false}, date, counter}, ok
	}
	for i := 0; i+len(b.layout) <= len(file); i++ {
		for _, suffix := range b.suffixesAt(file, i) {
			if name, err := b.name(suffix); err == nil && name == filepath.Join(dir, file) {
				date, counter, _ := b.parseSuffix(suffix)
				return dated{backup{name, true, false}, date, counter}, true
			}
		}
	}
	return dated{}, false
}

// parseSuffix splits DATE or DATE.COUNTER.
func (b *backups) parseSuffix(suffix string) (date string, counter int, ok bool) {
	n := len(b.layout)
	if len(suffix) < n || !matchesLayout(b.layout, suffix[:n]) {
		return "", 0, false
	}
	date, rest := suffix[:n], suffix[n:]
	if rest == "" {
		return date, 0, true
	}
	counter, err := strconv.Atoi(rest[1:])
	ok = rest[0] == '.' && err == nil && 0 < counter && counter < math.MaxInt32 && rest == "."+strconv.Itoa(counter)
	return date, counter, ok
}

// suffixesAt returns what may be a suffix at file[i:], the longer first. A date is no part of a longer number.
func (b *backups) suffixesAt(file string, i int) []string {
	end := i + len(b.layout)
	if !matchesLayout(b.layout, file[i:end]) || i > 0 && isDigit(file[i-1]) || end < len(file) && isDigit(file[end]) {
		return nil
	}
	suffixes := []string{file[i:end]}
	if end < len(file) && file[end] == '.' {
		digits := end + 1
		for digits < len(file) && isDigit(file[digits]) {
			digits++
		}
		if _, _, ok := b.parseSuffix(file[i:digits]); ok {
			suffixes = []string{file[i:digits], file[i:end]}
		}
	}
	return suffixes
}
