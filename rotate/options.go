package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options say when a file is rotated and what becomes of it. The zero value writes one file for ever.
//
// The parameters of Python's RotatingFileHandler and TimedRotatingFileHandler have their names here: maxBytes,
// backupCount, when, interval, atTime, delay, namer, rotator; utc is Location: time.UTC, mode='w' is Truncate.
//
// A negative number counts as 0, but for Interval, where it is an error.
type Options struct {
	slogx.Options

	// MaxBytes rotates before the write that would bring the file to this size or beyond. A record that is larger goes
	// whole into a file of its own.
	MaxBytes int64 // bytes; 0: not by size

	// BackupCount is how many backups are kept. By size alone they are name.1 (the newest) to name.N; by time they have
	// the date at which their period began.
	BackupCount int // 0: with When keeps all; with MaxBytes alone never rotates, as in Python; math.MaxInt: all

	// When rotates by time, with the first record of a new period. With MaxBytes too, the backups of one period are
	// name.DATE, name.DATE.1, name.DATE.2, and so on.
	When     When           // default: Never
	Interval int            // periods of When; 0: 1
	AtTime   *TimeOfDay     // for Midnight and the days of the week, else ignored; nil: 24:00
	Location *time.Location // whose clock counts and is shown in names; nil: time.Local

	// Namer turns the default name of a backup, an absolute path, into another: path + ".gz", or another directory.
	// It must give the same answer each time, for it tells which files are backups.
	Namer func(name string) string // nil: the default name

	// Rotator moves the current file, source, to dest, in the background. When it returns, source is either gone or is
	// written on. Records of that time go to source + ".next", which then takes its place. Not with Shared.
	Rotator func(source, dest string) error // nil: os.Rename

	// OnRotate is told of each backup that was made, in the background, one after the other.
	OnRotate func(source, dest string)

	// Compressor makes backups smaller, in the background: Gzip, or another. A crash leaves the backup either as it was
	// or compressed whole; what it interrupts is made up for at the next start.
	Compressor Compressor // nil: none

	// MaxAge and MaxTotalBytes delete the oldest backups, at the start and after each rotation. Where either is set,
	// BackupCount 0 means any number.
	MaxAge        time.Duration // since the last record of a backup; 0: any
	MaxTotalBytes int64         // of all backups together, compressed or not; 0: any

	// Header is written at the top of every new file. It is called with no lock held; records that others log
	// meanwhile still go to the old file. End it with a newline.
	Header func() []byte // nil: none

	Symlink string // name of a symbolic link that is kept pointing at the current file; "": none

	// Shared lets several processes write and rotate this file, each with these same options. They take turns by
	// locking name.lock, which stays. If one holds the lock for longer than 5 s, a record is an error.
	Shared bool

	// BufferSize collects records until there are this many bytes, and writes them together, each whole and into the
	// file it belongs to. What waits is written after FlushInterval at the latest, with a record of FlushLevel or above,
	// and by Flush and Close. What the system does not take remains, and is tried again.
	BufferSize    int           // bytes; while a buffer is being written another grows, up to 8 times; 0: no buffer
	FlushInterval time.Duration // 0: 1 s
	FlushLevel    slog.Leveler  // of a Handler; nil: slog.LevelError

	Sync SyncPolicy // when to commit to disk; default: leave that to the system

	Perm          fs.FileMode // of new files, whatever the umask; 0: that of the file before, at first 0600
	DirPerm       fs.FileMode // of directories missing at the start; 0: 0700
	FollowSymlink bool        // false: a symlink at the name is refused; true: written through, its target never rotated
	Truncate      bool        // empty an existing file at the start; ignored, as in Python, if the file is ever rotated
	Delay         bool        // Open and OpenWriter: open with the first record
}

// SyncPolicy says when what was written is committed to disk, so that it survives a crash of the machine. (A crash of
// the process alone takes nothing that was written.)
type SyncPolicy int

// The policies.
const (
	SyncNever       SyncPolicy = iota // when the system sees fit, and on Flush
	SyncOnRotate                      // a file before it becomes a backup
	SyncEveryRecord                   // that too, and each record before Handle returns; with BufferSize, each write
)

// config is what a Writer makes of its Options.
type config struct {
	Options
	schedule *schedule // nil: not by time
	limit    int64     // MaxBytes, or what no file reaches
	keep     int       // how many backups; 0: the file is never rotated by size
	ext      string    // of compressed backups
}

func (o *Options) config(filename string) (config, error) {
	var c config
	if o != nil {
		c.Options = *o
	}
	if c.ErrorHandler == nil {
		c.ErrorHandler = slogx.StderrErrors("rotate " + filepath.Base(filename))
	}
	c.keep = max(c.BackupCount, 0)
	if c.keep == 0 && (c.When != Never || c.MaxAge > 0 || c.MaxTotalBytes > 0) {
		c.keep = math.MaxInt
	}
	c.limit = math.MaxInt64
	if c.MaxBytes > 0 && c.keep > 0 {
		c.limit = c.MaxBytes
	}
	if c.FlushInterval <= 0 {
		c.FlushInterval = time.Second
	}
	if c.FlushLevel == nil {
		c.FlushLevel = slog.LevelError
	}
	var scheduleErr, linkErr, extErr error
	if c.When != Never {
		c.schedule, scheduleErr = newSchedule(c.When, c.Interval, c.AtTime, c.Location)
	}
	if c.Symlink != "" {
		c.Symlink, linkErr = logfile.Abs(c.Symlink)
		if path, err := logfile.Abs(filename); err == nil && path == c.Symlink {
			linkErr = errors.New("rotate: Symlink is the name of the file itself")
		}
	}
	if c.Compressor != nil {
		c.ext, extErr = extension(c.Compressor)
	}
	return c, errors.Join(scheduleErr, linkErr, extErr, c.conflicts())
}

// extension asks c for its extension. Without one a compressed backup would take the place of what it is made of.
func extension(c Compressor) (ext string, err error) {
	err = safe.Do(func() error {
		ext = c.Extension()
		return nil
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("rotate: Compressor: %w", err)
	case len(ext) < 2 || ext[0] != '.' || filepath.Base(ext) != ext:
		return "", fmt.Errorf("rotate: Compressor: invalid extension %q", ext)
	}
	return ext, nil
}

// conflicts are options that exclude each other, or themselves.
func (c *config) conflicts() error {
	switch {
	case c.Shared && c.Rotator != nil:
		return errors.New("rotate: a Rotator cannot serve a Shared file; a Compressor can")
	case c.Shared && c.Truncate:
		return errors.New("rotate: Truncate would empty a Shared file under the other processes")
	case c.Sync < SyncNever || c.Sync > SyncEveryRecord:
		return fmt.Errorf("rotate: unknown SyncPolicy(%d)", int(c.Sync))
	}
	if level, ok := c.Compressor.(GzipLevel); ok {
		if _, err := level.NewWriter(io.Discard); err != nil {
			return fmt.Errorf("rotate: Compressor: %w", err)
		}
	}
	return nil
}
