package bench

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// LineBytes is the length of the lines in the file cases, with the newline.
const LineBytes = 200

var line = []byte(strings.Repeat("0123456789", (LineBytes-1)/10) + "012345678\n")

// LinesPerFile are those that fit into a file of so many MiB. No multiple of LineBytes is a whole MiB, so it does not
// matter whether a file may reach its limit or has to stay below it.
func LinesPerFile(maxMiB int) int { return maxMiB << 20 / LineBytes }

// A Load is what a file has to take.
type Load struct {
	MaxMiB, Backups int
	Lines           int // of all goroutines together
	Goroutines      int // 0: 1

	// Between is how long a goroutine computes between two lines; only [Latencies] has them do so.
	Between time.Duration
}

// WriteLines opens the file, writes the lines with one Write each, and closes it.
func WriteLines(f FileWriter, name string, l Load) error {
	w, err := f.Open(name, l.MaxMiB, l.Backups)
	if err != nil {
		return err
	}
	err = l.share(func(_, lines int) error { return writeLines(w, lines) })
	return errors.Join(err, w.Close())
}

func writeLines(w io.Writer, n int) error {
	for range n {
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// share divides the lines among the goroutines, which start together.
func (l Load) share(write func(worker, lines int) error) error {
	if l.Goroutines <= 1 {
		return write(0, l.Lines)
	}
	errs := make([]error, l.Goroutines)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			<-start
			errs[i] = write(i, l.linesOf(i))
		})
	}
	close(start)
	wg.Wait()
	return errors.Join(errs...)
}

// linesOf is a worker's share.
func (l Load) linesOf(worker int) int {
	workers := max(l.Goroutines, 1)
	return (l.Lines + worker) / workers
}

// CountLines counts the files in dir and the whole lines of [WriteLines] in them, each file once however many names it
// has, and compressed ones too.
func CountLines(dir string) (files, lines int, err error) {
	contents, err := readAll(dir)
	for _, b := range contents {
		lines += bytes.Count(b, line)
	}
	return len(contents), lines, err
}

// readAll returns what is in the files of dir.
func readAll(dir string) ([][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var contents [][]byte
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue // a link to a file that is read itself
		}
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err == nil && filepath.Ext(entry.Name()) == ".gz" {
			b, err = unzip(b)
		}
		if err != nil {
			return nil, err
		}
		contents = append(contents, b)
	}
	return contents, nil
}

func unzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
