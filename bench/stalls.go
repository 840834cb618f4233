package bench

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Stalls writes lines through n rotations, and returns how many µs the Write took that rotated, for each of them. It
// comes to that after as many rotations as fill the backups, so that each one measured also makes one backup too many.
// It returns when all that is left are the backups, compressed if they shall be, and the file.
func Stalls(f FileWriter, name string, maxMiB, backups, n int) ([]float64, error) {
	w, err := f.Open(name, maxMiB, backups)
	if err != nil {
		return nil, err
	}
	stalls, err := rotations(w, LinesPerFile(maxMiB), backups+1+n)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return stalls[backups+1:], settle(f, filepath.Dir(name), backups)
}

// settle waits for what peers do in the background, after their Close too. It judges by one listing: a file that is
// being compressed is there twice, and between two listings its second name may come.
func settle(f FileWriter, dir string, backups int) error {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			return err
		}
		if len(names) == backups+1 && (packed(names) == backups || !f.Compresses) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: there are still %q", f.Name, names)
		}
	}
}

func packed(names []string) int {
	n := 0
	for _, name := range names {
		if filepath.Ext(name) == ".gz" {
			n++
		}
	}
	return n
}

// StallLines are the lines that are left in the files after [Stalls].
func StallLines(maxMiB, backups int) int { return backups*LinesPerFile(maxMiB) + afterLimit }

// The line that rotates is known by its number. Should a peer see that otherwise, it is one of its neighbours, and
// the longest Write of them all is the rotation.
const (
	beforeLimit = 1
	afterLimit  = 2 // with the line itself
)

func rotations(w io.Writer, perFile, n int) ([]float64, error) {
	stalls := make([]float64, n)
	written := 0
	for i := range stalls {
		if err := writeLines(w, perFile-beforeLimit-written); err != nil {
			return nil, err
		}
		for range beforeLimit + afterLimit {
			took, err := timeWrite(w)
			if err != nil {
				return nil, err
			}
			stalls[i] = max(stalls[i], took)
		}
		written = afterLimit
	}
	return stalls, nil
}

// timeWrite writes a line and returns how many µs that took.
func timeWrite(w io.Writer) (float64, error) {
	start := time.Now()
	_, err := w.Write(line)
	return float64(time.Since(start)) / float64(time.Microsecond), err
}
