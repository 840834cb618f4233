// Package rotate writes log files that are rotated by size, by time, or by another program.
//
//	handler := rotate.NewHandler("app.log", &rotate.Options{
//		MaxBytes:    10 << 20,
//		BackupCount: 5,
//	})
//	logger := slog.New(handler)
//
// [Handler] is a slog.Handler; [Writer] is the same as an io.WriteCloser, for whatever else writes lines.
// [WatchedHandler] leaves rotation to logrotate and its kin.
//
// # What it promises
//
// Beyond the promises of package slogx:
//
//   - A record goes whole into one file. A backup is never empty when the size makes it, and smaller than MaxBytes, but
//     for one that holds a single record larger than that.
//   - The record that rotates does not wait for more than one renaming and the next file: what is moved aside is numbered
//     or dated, compressed and deleted in the background, by a goroutine that is there while there is something to do.
//     Close, Flush and Rotate wait until the names are right.
//   - Nothing is overwritten or deleted but backups that are too many, too old or too large, and only files whose names
//     this handler itself could have made. A destination that exists gets a counter; something at a numbered name that is
//     no file is left alone and its number not used.
//   - What fails is reported and tried again after 1 s, then 2 s, at most 30 s; until then records go on into the old
//     file, and what was moved aside waits as name.rotating.STAMP. A crash leaves nothing that the next start does not
//     finish.
//   - A record that was written in part, for want of space or because its process was killed, is ended with a newline:
//     the next one begins a line of its own.
//   - A file that was deleted or moved is noticed and made again: with the next record by a program that writes up
//     to 200 records a second, within a tenth of a second by one that writes more.
//   - New files have the mode 0600, or what Perm says, or that of the file before; compressed ones that of what they were
//     made of. A symbolic link is refused unless FollowSymlink is set. A pipe, a device, or the target of a link is
//     written and never rotated.
//   - Nobody waits for a Rotator, Compressor or OnRotate. While a Rotator has the file records go to name.next; while Header
//     is asked, or Namer for the first time, those that are not being written already go on into the old file.
//   - Goroutines that write at the same time share a system call, and with SyncEveryRecord a commit; each returns when its
//     own record is written, with its own error.
//
// # Several processes
//
// With Shared, any number of processes on one machine, or of handlers in one process, write to a file and rotate it, and
// lose nothing. They take turns by locking name.lock, by record or, with BufferSize, by buffer; a lock ends with its
// process. All must have the same options; the ErrorHandler of one that comes later with others is told so. Network file
// systems may or may not have such locks. Without Shared the ErrorHandler is told of another handler in the same program that
// rotates the file; what another program does nobody sees.
//
// # Buffering
//
// With BufferSize, Handle returns when the record is in memory: a crash of the process loses what is there, which is what
// was logged in the last FlushInterval, and BufferSize at most unless the disk is slower than the program. Who finds the
// buffer full writes it; others wait only if meanwhile another has grown to 8 times BufferSize. A disk that is full for a
// while loses nothing until the buffers are full too; then each record is an error. Which file a record belongs to is
// decided as without a buffer.
//
// # Rotation by time
//
// The first record of a new period rotates. The period of an existing file begins with the file, so restarts do not
// postpone rotation: with its creation where the file system knows that, else with its last change. See [Schedule] for
// when periods end. A backup has the date at which its period began.
//
// # Differences from Python
//
// From RotatingFileHandler:
//
//   - Sizes are bytes of the file; Python counts the characters of the record about to be written.
//   - One type rotates by size, by time, or by both.
//   - BackupCount 0 with MaxBytes never rotates, as in Python.
//   - A directory at name.1 does not stop rotation.
//   - A last line without an end is ended, where the lines before have one.
//
// From TimedRotatingFileHandler:
//
//   - When is Never unless it is set; Python's default is an hour.
//   - The clock of Location counts, by default the local one. Where clocks change, rollovers come at the wall clock time
//     asked for; Python adds or subtracts an hour, which is wrong in zones with other changes.
//   - A name that is taken gets a counter: name.DATE.1. Python 3.13 then stops rotating for good, for instance in the
//     hour that a clock shows twice; earlier versions overwrite.
//   - The name's date is the true beginning of the period.
//   - The age of an existing file is its creation, not its last change, where that is known.
//   - A directory with the name of a backup is not taken for one.
//   - An empty file is rotated by time, as in Python.
//
// From BaseRotatingHandler:
//
//   - Namer must always give the same answer for the same name.
//   - A Rotator runs in the background. One that fails, or does nothing, loses no record; Python loses that record and every
//     later one.
//   - Two handlers on one file, in two processes or in one, need Shared. Without it they lose records, as Python's do.
//   - Rotate is doRollover. emit after close returns [slogx.ErrClosed] and does not open the file again.
//
// From WatchedFileHandler:
//
//   - With logrotate, nocreate serves best: its create option moves aside a file that a handler was quicker to make.
//   - A missing directory is an error of the record, given to the ErrorHandler, not an exception in the application.
package rotate
