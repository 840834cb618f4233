package rotate

import (
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options say when a file is rotated and what becomes of it. The zero value writes one file for ever.
//
// The parameters of Python's RotatingFileHandler and TimedRotatingFileHandler have their names here: maxBytes,
// backupCount, when, interval, atTime, delay, namer, rotator; utc is Location: time.UTC, mode='w' is Truncate.
type Options struct {
	slogx.Options

	// MaxBytes rotates before the write that would bring the file to this size or beyond. A record that is larger goes
	// whole into a file of its own.
	MaxBytes int64 // bytes; 0: not by size

	// BackupCount is how many backups are kept. By size alone they are name.1 (the newest) to name.N; by time they have
	// the date at which their period began.
	BackupCount int // 0: with When keeps all; with MaxBytes alone never rotates, as in Python

	// When rotates by time, with the first record of a new period. With MaxBytes too, the backups of one period are
	// name.DATE, name.DATE.1, name.DATE.2, and so on.
	When     When           // default: Never
	Interval int            // periods of When; 0: 1
	AtTime   *TimeOfDay     // for Midnight and the days of the week; nil: 24:00
	Location *time.Location // whose clock counts and is shown in names; nil: time.Local

	// Namer turns the default name of a backup, an absolute path, into another: path + ".gz", or another directory.
	// It must give the same answer each time, for it tells which files are backups.
	Namer func(name string) string // nil: the default name

	// Rotator moves the current file, source, to dest. When it returns, source is either gone or is written on. Records
	// of that time go to source + ".next", which then takes its place.
	Rotator func(source, dest string) error // nil: os.Rename

	// OnRotate is told of each finished rotation, on the goroutine of the record that caused it.
	OnRotate func(source, dest string)

	Perm          fs.FileMode // of new files, whatever the umask; 0: that of the file before, at first 0600
	DirPerm       fs.FileMode // of directories missing at the start; 0: 0700
	FollowSymlink bool        // false: a symlink at the name is refused; true: written through, its target never rotated
	Truncate      bool        // empty an existing file at the start; ignored, as in Python, if the file is ever rotated
	Delay         bool        // Open and OpenWriter: open with the first record
}

// config is what a Writer makes of its Options.
type config struct {
	Options
	schedule *schedule // nil: not by time
	limit    int64     // MaxBytes, or what no file reaches
}

func (o *Options) config(filename string) (config, error) {
	var c config
	if o != nil {
		c.Options = *o
	}
	if c.ErrorHandler == nil {
		c.ErrorHandler = slogx.StderrErrors("rotate " + filepath.Base(filename))
	}
	c.BackupCount = max(c.BackupCount, 0)
	c.limit = math.MaxInt64
	var err error
	if c.When != Never {
		c.schedule, err = newSchedule(c.When, c.Interval, c.AtTime, c.Location)
	}
	if c.MaxBytes > 0 && (c.BackupCount > 0 || c.schedule != nil) {
		c.limit = c.MaxBytes
	}
	return c, err
}

// fileOptions are those for opening the file.
func (c *config) fileOptions() logfile.Options {
	return logfile.Options{
		Perm: c.Perm, DirPerm: c.DirPerm, FollowSymlink: c.FollowSymlink,
		Truncate: c.Truncate && c.MaxBytes <= 0 && c.schedule == nil,
	}
}
