package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// CheckExact writes the lines, numbered and by one goroutine, and reports where the files are not what they would be if
// each line had been written, and the file rotated, on its own: all lines there, in order across the files, and every
// file but the last so full that no further line fits.
func CheckExact(f FileWriter, name string, l Load) error {
	w, err := f.Open(name, l.MaxMiB, l.Backups)
	if err != nil {
		return err
	}
	err = writeNumbered(w, l.Lines)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	contents, err := readAll(filepath.Dir(name))
	if err != nil {
		return err
	}
	if err := checkExact(contents, l.MaxMiB<<20, l.Lines); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

func checkExact(contents [][]byte, limit, n int) error {
	slices.SortFunc(contents, bytes.Compare) // by the first number in each
	next := 0
	for i, b := range contents {
		switch {
		case len(b) >= limit:
			return fmt.Errorf("file %d has %d bytes", i, len(b))
		case i < len(contents)-1 && len(b)+LineBytes < limit:
			return fmt.Errorf("file %d has %d bytes: another line would have fitted", i, len(b))
		}
		for got := range slices.Chunk(b, LineBytes) {
			if !bytes.Equal(got, numbered(next)) {
				return fmt.Errorf("file %d has %.20q in the place of line %d", i, got, next)
			}
			next++
		}
	}
	if next != n {
		return fmt.Errorf("%d of %d lines are in the files", next, n)
	}
	return nil
}

func writeNumbered(w io.Writer, n int) error {
	for i := range n {
		if _, err := w.Write(numbered(i)); err != nil {
			return err
		}
	}
	return nil
}

// numbered is line i. Lines compare as their numbers do.
func numbered(i int) []byte { return fmt.Appendf(nil, "%0*d\n", LineBytes-1, i) }
