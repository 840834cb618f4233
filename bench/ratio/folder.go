package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/slogkit-go/slogkit/bench"
)

// inFolder runs work with the name of a file in a new folder, counts the lines that are there afterwards, and deletes
// all of it.
func inFolder(dir string, lines int, work func(name string) ([]float64, error)) ([]float64, error) {
	return inSomeFolder(dir, func(name string) ([]float64, error) {
		measured, err := work(name)
		if err == nil {
			err = nothingLost(filepath.Dir(name), lines)
		}
		return measured, err
	})
}

// inSomeFolder is inFolder where lines are not counted.
func inSomeFolder(dir string, work func(name string) ([]float64, error)) ([]float64, error) {
	d, err := os.MkdirTemp(dir, "pass")
	if err != nil {
		return nil, err
	}
	measured, err := work(filepath.Join(d, "app.log"))
	return measured, errors.Join(err, os.RemoveAll(d))
}

func nothingLost(dir string, want int) error {
	_, got, err := bench.CountLines(dir)
	if err == nil && got != want {
		err = fmt.Errorf("%d of %d lines are in the files", got, want)
	}
	return err
}

// only are those of all that have one of the names.
func only(all []bench.FileWriter, names ...string) []bench.FileWriter {
	return slices.DeleteFunc(all, func(f bench.FileWriter) bool { return !slices.Contains(names, f.Name) })
}
