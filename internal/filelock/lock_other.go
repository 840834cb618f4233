//go:build !unix && !windows

package filelock

import (
	"errors"
	"os"
)

const noFollow = 0 // the check before opening must do

func lock(*os.File, int64, Mode) (bool, error) { return false, errors.ErrUnsupported }

func convert(*os.File, int64, Mode) (bool, error) { return false, errors.ErrUnsupported }

func unlock(*os.File, int64) error { return errors.ErrUnsupported }
