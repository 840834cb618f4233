package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/slogkit-go/slogkit/internal/logfile"
)

// writeHeader begins a new file, or removes it.
func (w *Writer) writeHeader(file *logfile.File, path string, header []byte) error {
	if len(header) == 0 {
		w.bare = 0
		return nil
	}
	if _, err := file.Write(header); err != nil {
		undo := os.Remove
		if !file.Made() { // somebody else's empty file, or link
			undo = func(path string) error { return os.Truncate(path, 0) }
		}
		return errors.Join(fmt.Errorf("write the header: %w", err), file.Close(), undo(path))
	}
	w.bare = int64(len(header))
	return nil
}

// emptyAt reports whether opening path begins a file.
func emptyAt(path string, opts logfile.Options) bool {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return info.Mode().IsRegular() && (info.Size() == 0 || opts.Truncate)
}
