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
	attrs, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(0, attrs.CreationTime.Nanoseconds()), true
}

// stampBirth sets the time of creation of a new file, for Windows gives it that of the file that had its name until a
// few seconds ago ("file system tunneling").
func stampBirth(f *os.File, now time.Time) error {
	ft := syscall.NsecToFiletime(now.UnixNano())
	return syscall.SetFileTime(syscall.Handle(f.Fd()), &ft, nil, nil)
}
