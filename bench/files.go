package bench

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// LineBytes is the length of the lines in the file cases, with the newline.
const LineBytes = 200

var line = []byte(strings.Repeat("0123456789", (LineBytes-1)/10) + "012345678\n")

// WriteLines opens the file, writes n lines with one Write each, and closes it.
func WriteLines(f FileWriter, name string, maxMiB, backups, n int) error {
	w, err := f.Open(name, maxMiB, backups)
	if err != nil {
		return err
	}
	err = writeLines(w, n)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

func writeLines(w io.Writer, n int) error {
	for range n {
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// CountLines counts the files in dir and the whole lines of [WriteLines] in them, each file once however many names it has.
func CountLines(dir string) (files, lines int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, 0, err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue // a link to a file that is counted itself
		}
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return files, lines, err
		}
		files++
		lines += bytes.Count(b, line)
	}
	return files, lines, nil
}
