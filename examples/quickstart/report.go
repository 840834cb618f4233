package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// report lists the log files in dir and how fast they were written.
func report(out io.Writer, dir string, logged int, spent time.Duration) error {
	paths, err := filepath.Glob(filepath.Join(dir, "app.*"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe files in %s:\n\n", dir)
	const row = "%8v %8v  %s\n"
	fmt.Fprintf(out, row, "bytes", "records", "file")
	records := 0
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := bytes.Count(content, []byte("\n"))
		records += n
		fmt.Fprintf(out, row, len(content), n, filepath.Base(path))
	}
	fmt.Fprintf(out, "\n%d records in files, %d deleted with backups beyond BackupCount.\n", records, max(0, logged-records))
	if spent > 0 {
		fmt.Fprintf(out, "%.0f lines a second, each parsed and written to two files with a system call of its own.\n",
			float64(logged)/2/spent.Seconds())
	}
	return nil
}
