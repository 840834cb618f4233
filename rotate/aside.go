package rotate

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// asideInfix marks the name of a file that was moved aside.
const asideInfix = ".rotating."

// asideFile is a file that was moved aside.
type asideFile struct {
	path  string
	stamp int64  // when
	date  string // that its backup shall have; "": none was planned
}

// listAside returns the files that were moved aside, the oldest first.
func (w *Writer) listAside() ([]asideFile, error) {
	dir, base := filepath.Split(w.path)
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var found []asideFile
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base+asideInfix)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		digits, date, dated := strings.Cut(rest, ".")
		stamp, err := strconv.ParseInt(digits, 10, 64)
		if err == nil && digits == strconv.FormatInt(stamp, 10) && dated == (date != "") {
			found = append(found, asideFile{filepath.Join(dir, e.Name()), stamp, date})
		}
	}
	slices.SortFunc(found, func(x, y asideFile) int { return cmp.Compare(x.stamp, y.stamp) })
	return found, nil
}

// listOldest is listAside without those for which older ones may be missing: who reads a directory while files come into
// it may see a later one and not an earlier one. A second look sees all that were there before the last of the first.
func (w *Writer) listOldest() ([]asideFile, error) {
	found, err := w.listAside()
	if err != nil || len(found) == 0 || w.shared == nil && len(found) == int(w.aside.Load()) {
		return found, err
	}
	last := found[len(found)-1].stamp
	found, err = w.listAside()
	return slices.DeleteFunc(found, func(a asideFile) bool { return a.stamp > last }), err
}

// leftovers reports whether the keeper has something to do though nothing was rotated yet.
func (w *Writer) leftovers() bool {
	c := &w.config
	if c.keep == 0 {
		return false
	}
	found, err := w.listAside()
	if w.shared == nil {
		w.aside.Add(int32(len(found)))
	}
	return err != nil || len(found) > 0 || c.Compressor != nil || c.MaxAge > 0 || c.MaxTotalBytes > 0
}
