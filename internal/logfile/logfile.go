// Package logfile opens and appends to log files: private from creation, no symbolic link followed unless asked, one
// write for a record, and after a record that could not be written whole the next begins a line of its own.
package logfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Options say how a file is opened.
type Options struct {
	Perm          fs.FileMode // of a new file; 0: 0600, and what the umask takes is left off
	DirPerm       fs.FileMode // of new directories; 0: 0700
	MakeDirs      bool        // make missing directories
	FollowSymlink bool        // accept a symbolic link at the last component
	Truncate      bool        // empty an existing file
	Lines         bool        // each record surely ends with a newline
}

func (o *Options) perm() fs.FileMode {
	if o.Perm == 0 {
		return 0o600
	}
	return o.Perm
}

// ErrNoName is returned for a file without a name.
var ErrNoName = errors.New("file name is empty")

// ErrSymlink is returned for a symbolic link where none is accepted.
var ErrSymlink = errors.New("is a symbolic link, and FollowSymlink is not set")

// File is an open log file. It is not safe for concurrent use.
type File struct {
	f       *os.File
	info    fs.FileInfo // as it was opened
	place   *place      // where it was opened
	size    int64
	lines   bool // Options.Lines
	torn    bool // the last record in it stops in the middle
	unended bool // torn, if the records are lines
	linked  bool // opened through a symbolic link
	pipe    bool
	created bool // by Open
}

// Abs is filepath.Abs, but for the error of an empty name.
func Abs(name string) (string, error) {
	if name == "" {
		return "", ErrNoName
	}
	return filepath.Abs(name)
}

// Open opens the file at path for appending, and creates it if need be.
func Open(path string, o Options) (*File, error) {
	for range 3 { // against others who create and remove it meanwhile
		file, err := openExisting(path, o)
		if errors.Is(err, fs.ErrNotExist) {
			file, err = create(path, o)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		return file, nil
	}
	return nil, fmt.Errorf("open %s: created and removed by somebody else again and again", path)
}

func openExisting(path string, o Options) (*File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return openLinked(path, o)
	}
	f, err := openAppend(path, NoFollow|o.truncate(info), info.Mode())
	if err != nil {
		return nil, err
	}
	return newFile(f, path, o, false, false)
}

// openAppend opens an existing file of the given type, one on disk also for reading where that is allowed: how it ends
// tells whether its last record is whole.
func openAppend(path string, flag int, mode fs.FileMode) (*os.File, error) {
	if mode.IsRegular() {
		f, err := openFile(path, os.O_RDWR|os.O_APPEND|flag, mode)
		if !errors.Is(err, fs.ErrPermission) {
			return f, err
		}
	}
	return openFile(path, os.O_WRONLY|os.O_APPEND|flag, mode)
}

// openLinked opens through a symbolic link, and makes its target if need be.
func openLinked(path string, o Options) (*File, error) {
	if !o.FollowSymlink && !isStdio(path) {
		return nil, fmt.Errorf("open %s: %w", path, ErrSymlink)
	}
	var f *os.File
	info, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, o.perm())
	} else if err == nil {
		f, err = openAppend(path, o.truncate(info), info.Mode())
	}
	if err != nil {
		return nil, fmt.Errorf("the target of a symbolic link: %v", err) //nolint:errorlint // the link itself exists
	}
	file, err := newFile(f, path, o, true, missing)
	if err != nil || !missing {
		return file, err
	}
	return file.begin(o)
}

// truncate is the flag that empties a file with this info, if that was asked for.
func (o *Options) truncate(info fs.FileInfo) int {
	if o.Truncate && info.Mode().IsRegular() {
		return os.O_TRUNC
	}
	return 0
}

// isStdio names the links that the system itself provides, in a directory that only it can write to.
func isStdio(path string) bool {
	return path == "/dev/stdout" || path == "/dev/stderr" || strings.HasPrefix(path, "/dev/fd/")
}

func create(path string, o Options) (*File, error) {
	if o.MakeDirs {
		if err := MakeDirs(filepath.Dir(path), o.DirPerm); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, o.perm())
	if err != nil {
		return nil, err
	}
	file, err := newFile(f, path, o, false, true)
	if err != nil {
		return nil, err
	}
	return file.begin(o)
}

// begin gives a new file what its creation could not.
func (f *File) begin(o Options) (*File, error) {
	if err := errors.Join(f.setPerm(o.Perm), stampBirth(f.f, time.Now())); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// MakeDirs makes dir and what is missing above it. perm 0 is 0700.
func MakeDirs(dir string, perm fs.FileMode) error {
	if perm == 0 {
		perm = 0o700
	}
	return os.MkdirAll(dir, perm)
}

// setPerm gives a new file the mode that was asked for, whatever the umask.
func (f *File) setPerm(perm fs.FileMode) error {
	if perm == 0 || runtime.GOOS == "windows" || f.info.Mode().Perm() == perm.Perm() {
		return nil
	}
	return f.f.Chmod(perm)
}

func newFile(f *os.File, path string, o Options, linked, created bool) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	place, err := newPlace(path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	file := &File{f: f, info: info, place: place, lines: o.Lines, linked: linked, created: created}
	file.pipe = info.Mode()&fs.ModeNamedPipe != 0
	if info.Mode().IsRegular() {
		file.size = info.Size()
		file.lookForTear()
	}
	return file, nil
}

// A pipe that nobody reads from holds a write up no longer than this.
const pipeTimeout = 5 * time.Second

// Write appends one record, or several whole ones. What a short write or a crash left is ended with a newline before.
func (f *File) Write(p []byte) (int, error) {
	if f.torn || f.unended {
		if err := f.mendBefore(p); err != nil {
			return 0, err
		}
	}
	if f.pipe {
		_ = f.f.SetWriteDeadline(time.Now().Add(pipeTimeout)) // as far as the system has deadlines for it
	}
	n, err := f.f.Write(p)
	f.size += int64(n)
	if err != nil && n > 0 {
		f.torn = p[n-1] != '\n'
	}
	return n, err
}

// Continue reports whether f is the same file as old was, and no shorter. If so it knows what old knew of a torn line.
func (f *File) Continue(old *File) bool {
	if !os.SameFile(f.info, old.info) || f.size < old.size {
		return false
	}
	f.torn, f.unended = old.torn, old.unended
	return true
}

// Refresh finds out what others have done to the file's size.
func (f *File) Refresh() {
	if info, err := f.f.Stat(); err == nil && info.Mode().IsRegular() {
		f.size = info.Size()
	}
}

// Size is how many bytes the file has, as far as this File knows.
func (f *File) Size() int64 { return f.size }

// Perm is the file's permissions, as they are now.
func (f *File) Perm() fs.FileMode {
	if info, err := f.f.Stat(); err == nil {
		return info.Mode().Perm()
	}
	return f.info.Mode().Perm()
}

// Begun is when the file was begun, as far as can be told: now if Open made it, else the earlier of its creation and
// its last change. It is never after now.
func (f *File) Begun(now time.Time) time.Time {
	if f.created {
		return now
	}
	begun := f.info.ModTime()
	if b, ok := birth(f.f); ok && b.Before(begun) {
		begun = b
	}
	if begun.After(now) {
		return now
	}
	return begun
}

// Made reports whether Open has made what is at the path.
func (f *File) Made() bool { return f.created && !f.linked }

// Linked reports whether the file was opened through a symbolic link.
func (f *File) Linked() bool { return f.linked }

// Regular reports whether it is a file on disk, and not a pipe or a device.
func (f *File) Regular() bool { return f.info.Mode().IsRegular() }

// Deleted reports whether the file has no name any more, so that nobody will ever read it.
func (f *File) Deleted() bool { return deleted(f.f) }

// InPlace reports whether the path it was opened at still names this file. An error says that nobody knows; that the
// file is gone is none.
func (f *File) InPlace() (bool, error) { return f.place.holds(f.info) }

// CatchUp is InPlace for a file that other processes append to as well: it learns how far they have got, and whether one
// has died in the middle of a record.
func (f *File) CatchUp() (bool, error) {
	there, err := f.place.holds(f.info)
	if there && f.Regular() && f.place.size != f.size {
		f.size = f.place.size
		f.lookForTear()
	}
	return there, err
}

// Sync commits the file to disk, if it is on one.
func (f *File) Sync() error {
	if !f.Regular() {
		return nil
	}
	return f.f.Sync()
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// Append moves the content of the regular file at path to the end of f, all of it or nothing, and removes that file. old
// is what it was written by, if that is known.
func (f *File) Append(path string, old *File) error {
	src, err := os.OpenFile(path, os.O_RDWR|NoFollow, 0)
	if err != nil {
		return err
	}
	err = f.appendAll(src)
	if err == nil {
		if old != nil {
			f.torn = old.torn
		} else {
			f.lookForTear()
		}
	}
	if err := errors.Join(err, src.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

// appendAll moves the content of src. It is emptied at once, so that nothing is there twice whatever fails next.
func (f *File) appendAll(src *os.File) error {
	if f.torn {
		if err := f.mend(); err != nil {
			return err
		}
	}
	f.Refresh()
	n, err := io.Copy(f.f, src)
	if err == nil {
		err = src.Truncate(0)
	}
	if err != nil {
		return errors.Join(err, f.takeOff(n))
	}
	f.size += n
	return nil
}

// takeOff shortens the file by the last n bytes, unless others have appended to it meanwhile.
func (f *File) takeOff(n int64) error {
	size := f.size
	if f.Refresh(); f.size == size+n {
		f.size = size
		return f.f.Truncate(size)
	}
	f.torn = true
	return nil
}
