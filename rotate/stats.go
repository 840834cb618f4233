package rotate

// Stats count what a Writer did since it was made. Handled = Written + Failed + Buffered.
type Stats struct {
	Handled    int64 // records given to Write
	Written    int64 // of those, written whole
	Failed     int64 // of those, refused, or lost at Close: reported as errors
	Buffered   int64 // of those, waiting in the buffer now
	Bytes      int64 // of the records written
	Rotations  int64 // backups made
	Pending    int64 // files moved aside that are not backups yet
	Compressed int64 // backups compressed
	Deleted    int64 // files of backups that were too many, too old or too large; of numbered ones, not by BackupCount
	Reopened   int64 // times the file was gone or replaced and was opened anew, Reopen included
	Errors     int64 // reported that concern no single record: a rotation, compression, deletion or buffer that failed, each time it was tried
}

// count counts a record of n bytes.
func (s *Stats) count(n int, err error) {
	s.Handled++
	if err != nil {
		s.Failed++
		return
	}
	s.Written++
	s.Bytes += int64(n)
}
