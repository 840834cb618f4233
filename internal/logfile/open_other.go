//go:build !unix

package logfile

import (
	"io/fs"
	"os"
)

const NoFollow = 0 // the check before opening must do

func openFile(path string, flag int, _ fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag, 0)
}

// deleted: an open file cannot be.
func deleted(*os.File) bool { return false }
