package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// compressAll compresses what backups are not, the newest first: the oldest may be deleted before it is their turn. One
// that fails spares no other.
func (w *Writer) compressAll() error {
	if w.config.Compressor == nil {
		return nil
	}
	unlock, err := w.lockCompression()
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.removeTemporary(); err != nil {
		return err
	}
	failed := map[string]error{}
	var errs []error
	for !w.giveUp.Load() {
		x, err := w.nextToCompress(failed)
		if err != nil {
			errs = append(errs, err)
		}
		if x == nil {
			break
		}
		if err := safe.Do(func() error { return w.compress(x) }); err != nil {
			failed[x.path] = err
		}
	}
	for _, err := range failed {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// nextToCompress returns the newest backup that is not compressed, nor among those that failed.
func (w *Writer) nextToCompress(failed map[string]error) (*backup, error) {
	unlock, err := w.lockBackups()
	if err != nil {
		return nil, err
	}
	defer unlock()
	dir, err := w.backupDir()
	if err != nil {
		return nil, err
	}
	all, err := w.backups.list(dir, w.config.keep)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if x := all[i]; x.plain && failed[x.path] == nil {
			return &x, nil
		}
	}
	return nil, nil
}

// temporaryPath names a backup that is being compressed.
func (w *Writer) temporaryPath() (string, error) {
	dir, err := w.backupDir()
	return filepath.Join(dir, filepath.Base(w.path)+".compressing"+w.backups.ext), err
}

// removeTemporary removes what a crash has left of a compression.
func (w *Writer) removeTemporary() error {
	path, err := w.temporaryPath()
	if err != nil {
		return err
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return os.Remove(path)
}

// compress replaces a backup by one that is compressed, of the same mode and time of change.
func (w *Writer) compress(x *backup) error {
	temporary, err := w.temporaryPath()
	if err != nil {
		return err
	}
	info, err := w.compressTo(temporary, x)
	switch {
	case err != nil:
	case x.packed:
		return w.dropMade(x, info)
	default:
		err = w.replacePlain(info, temporary)
	}
	if removeErr := os.Remove(temporary); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
		err = errors.Join(err, removeErr)
	}
	return err
}

// dropPlain removes a backup that was compressed already, before a crash; that shows in its time.
func (w *Writer) dropPlain(x *backup, info fs.FileInfo) error {
	packed, err := os.Lstat(x.path + w.backups.ext)
	if err != nil {
		return err
	}
	if d := packed.ModTime().Sub(info.ModTime()).Abs(); d > 2*time.Second { // as coarse as a file system may be
		return fmt.Errorf("%s exists, and is not made of %s", x.path+w.backups.ext, x.path)
	}
	return os.Remove(x.path)
}

// dropMade is dropPlain for a backup that others may have renamed since it was found.
func (w *Writer) dropMade(x *backup, info fs.FileInfo) error {
	unlock, err := w.lockBackups()
	if err != nil {
		return err
	}
	defer unlock()
	if now, err := os.Lstat(x.path); err != nil || !os.SameFile(now, info) {
		return nil // the next run finds it
	}
	return w.dropPlain(x, info)
}

// dropTwins is dropPlain for all that are about to be moved, which is not done to two files at once: a crash in between
// would leave the records at two numbers, and nobody could tell.
func (w *Writer) dropTwins(slots []backup) {
	for i := range slots {
		x := &slots[i]
		if !x.plain || !x.packed {
			continue
		}
		// compressAll reports what fails.
		if info, err := os.Lstat(x.path); err == nil && w.dropPlain(x, info) == nil {
			x.plain = false
		}
	}
}

// compressTo writes what a backup is compressed to a new file, unless it was compressed already.
func (w *Writer) compressTo(path string, x *backup) (fs.FileInfo, error) {
	in, err := os.OpenFile(x.path, os.O_RDONLY|logfile.NoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // only read
	info, err := in.Stat()
	if err != nil || x.packed {
		return info, err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	err = safe.Do(func() error { return w.compressInto(out, in, info) })
	return info, join(err, out.Close())
}

// compressInto commits to disk what it has written.
func (w *Writer) compressInto(out, in *os.File, info fs.FileInfo) error {
	if err := out.Chmod(info.Mode().Perm()); err != nil && !closeFirst { // Windows has no such modes
		return err
	}
	z, err := w.config.Compressor.NewWriter(out)
	if err != nil {
		return err
	}
	if err := w.copyBetween(z, in); err != nil {
		_ = z.Close() // it would say the same
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return errors.Join(os.Chtimes(out.Name(), time.Time{}, info.ModTime()), out.Sync())
}

// errGivenUp ends a compression that Close does not wait for.
var errGivenUp = errors.New("not finished before Close; the next start will")

// copyBetween is io.Copy with time in between for what is more urgent: backups get their names while others are still
// being compressed.
func (w *Writer) copyBetween(dst io.Writer, src io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := w.meanwhile(); err != nil {
			return err
		}
	}
}

// meanwhile does what is more urgent than compression. Its error says to leave that.
func (w *Writer) meanwhile() error {
	if w.giveUp.Load() {
		return errGivenUp
	}
	// Windows renames no file that is open, even by us.
	if !closeFirst && w.aside.Load() > 0 && !w.stuck.Load() {
		_ = w.archive() // the next run tries again
	}
	return nil
}

// replacePlain gives the compressed file the place of the backup it was made of, whatever number that has meanwhile, if
// it was not deleted.
func (w *Writer) replacePlain(plain fs.FileInfo, temporary string) error {
	unlock, err := w.lockBackups()
	if err != nil {
		return err
	}
	defer unlock()
	dir, err := w.backupDir()
	if err != nil {
		return err
	}
	all, err := w.backups.list(dir, w.config.keep)
	if err != nil {
		return err
	}
	for _, x := range all {
		info, err := os.Lstat(x.path)
		if err != nil || !os.SameFile(info, plain) {
			continue
		}
		if info.Size() != plain.Size() || !info.ModTime().Equal(plain.ModTime()) { // or another file has its inode
			return fmt.Errorf("%s was changed while it was compressed", x.path)
		}
		if x.packed {
			return fmt.Errorf("%s exists", x.path+w.backups.ext)
		}
		if err := os.Rename(temporary, x.path+w.backups.ext); err != nil {
			return err
		}
		if err := syncDir(dir); err != nil {
			return err
		}
		if err := os.Remove(x.path); err != nil {
			return err
		}
		w.count(func(s *Stats) { s.Compressed++ })
		return nil
	}
	return nil
}
