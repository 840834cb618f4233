package filelock

import (
	"fmt"
	"io"
)

// maxContent is more than anybody has to tell.
const maxContent = 1 << 20

// Read returns the content of the file, at most 1 MiB.
func (f *File) Read() ([]byte, error) {
	b, err := io.ReadAll(io.NewSectionReader(f.f, 0, maxContent+1))
	if err == nil && len(b) > maxContent {
		return nil, f.failed("read", fmt.Errorf("more than %d bytes", maxContent))
	}
	return b, err
}

// Replace replaces the content of the file. Who reads meanwhile without a lock, or after this process was killed, may
// find nothing, or a part.
func (f *File) Replace(content []byte) error {
	if len(content) > maxContent {
		return f.failed("write", fmt.Errorf("more than %d bytes", maxContent))
	}
	if err := f.f.Truncate(0); err != nil {
		return err
	}
	_, err := f.f.WriteAt(content, 0)
	return err
}
