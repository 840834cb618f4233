package rotate

// Stats count what a Writer did since it was made. Handled = Written + Failed.
type Stats struct {
	Handled   int64 // records given to Write
	Written   int64 // of those, written whole
	Failed    int64 // of those, reported as errors
	Bytes     int64 // of the records written
	Rotations int64 // backups made
	Reopened  int64 // times the file was gone or replaced and was opened anew, Reopen included
	Errors    int64 // in the background: rotations that failed, backups that could not be deleted
}
