//go:build darwin || freebsd || netbsd

package logfile

import (
	"os"
	"syscall"
	"time"
)

// birth returns when f was created.
func birth(f *os.File) (time.Time, bool) {
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(st.Birthtimespec.Unix()), true
}

func stampBirth(*os.File, time.Time) error { return nil }
