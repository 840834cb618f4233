package rotate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// backups knows the names of one file's backups, and which of them exist.
type backups struct {
	path   string              // of the current file, absolute
	namer  func(string) string // nil: default names
	layout string              // of the date in names; "": they have numbers
}

// name returns the path of the backup with this suffix.
func (b *backups) name(suffix string) (string, error) {
	name := b.path + "." + suffix
	if b.namer == nil {
		return name, nil
	}
	named := b.namer(name)
	if named == "" || filepath.Clean(named) == b.path {
		return "", fmt.Errorf("rotate: Namer(%q) is %q, which cannot be a backup", name, named)
	}
	return filepath.Clean(named), nil
}

// shift is a rename from one number to the next.
type shift struct{ from, to string }

// numbered returns the renames that make the newest of count numbers free, the oldest first, and the name at that
// number. A gap ends in them, as in Python. Something at a number that cannot be a backup, such as a directory, is
// left alone, and its number is not used. Numbers beyond a wide gap are left alone too, so that any count will do.
func (b *backups) numbered(count int) (shifts []shift, dest string, err error) {
	const wide = 1000
	var names []string
	var taken []bool
	seen := map[string]bool{}
	listed, err := b.listNumbered(count)
	if err != nil {
		return nil, "", err
	}
	for i, free := 1, 0; len(names) < count && free < wide; i++ {
		name, err := b.name(strconv.Itoa(i))
		if err != nil {
			return nil, "", err
		}
		if b.namer != nil {
			if seen[name] {
				return nil, "", fmt.Errorf("rotate: Namer gives more than one number the name %s", name)
			}
			seen[name] = true
		}
		free++
		if listed != nil && !listed[i] {
			names, taken = append(names, name), append(taken, false)
			continue
		}
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			names, taken = append(names, name), append(taken, false)
		case err != nil:
			return nil, "", err
		case info.Mode().IsRegular():
			names, taken = append(names, name), append(taken, true)
			free = 0
		}
	}
	for i := len(names) - 2; i >= 0; i-- {
		if taken[i] {
			shifts = append(shifts, shift{names[i], names[i+1]})
		}
	}
	return shifts, names[0], nil
}

// listNumbered returns the numbers in use, by reading the directory once where that is cheaper than asking for each of
// many names; nil otherwise.
func (b *backups) listNumbered(count int) (map[int]bool, error) {
	const few = 50
	if count <= few || b.namer != nil {
		return nil, nil
	}
	entries, err := readDir(filepath.Dir(b.path))
	if err != nil {
		return nil, err
	}
	numbers := map[int]bool{}
	for _, e := range entries {
		if suffix, ok := strings.CutPrefix(e.Name(), filepath.Base(b.path)+"."); ok {
			if n, err := strconv.Atoi(suffix); err == nil {
				numbers[n] = true
			}
		}
	}
	return numbers, nil
}

// dated is a backup with a date, and with a counter if it is not the first of its date.
type dated struct {
	path    string
	date    string
	counter int
}

// free returns a name for the period that began at start which no file has, and which sorts after those of the same
// date.
func (b *backups) free(start time.Time) (string, error) {
	date := start.Format(b.layout)
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
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}

// surplus returns the backups in dir but for the newest count.
func (b *backups) surplus(dir string, count int) ([]string, error) {
	existing, err := b.dated(dir)
	if err != nil || len(existing) <= count {
		return nil, err
	}
	var paths []string
	for _, d := range existing[:len(existing)-count] {
		paths = append(paths, d.path)
	}
	return paths, nil
}

// dated returns the dated backups in dir, the oldest first.
func (b *backups) dated(dir string) ([]dated, error) {
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var found []dated
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if d, ok := b.parse(dir, e.Name()); ok {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(x, y dated) int {
		return cmp.Or(cmp.Compare(x.date, y.date), cmp.Compare(x.counter, y.counter))
	})
	return found, nil
}

// parse tells whether a file is a backup: one whose name this handler itself could have made.
func (b *backups) parse(dir, file string) (dated, bool) {
	if b.namer == nil {
		suffix, ok := strings.CutPrefix(file, filepath.Base(b.path)+".")
		if !ok {
			return dated{}, false
		}
		date, counter, ok := b.parseSuffix(suffix)
		return dated{filepath.Join(dir, file), date, counter}, ok
	}
	for i := 0; i+len(b.layout) <= len(file); i++ {
		for _, suffix := range b.suffixesAt(file, i) {
			if name, err := b.name(suffix); err == nil && name == filepath.Join(dir, file) {
				date, counter, _ := b.parseSuffix(suffix)
				return dated{name, date, counter}, true
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

// readDir is os.ReadDir without sorting, and empty for a directory that does not exist.
func readDir(dir string) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}
