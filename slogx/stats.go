package slogx

// Stats count the records that reached a handler's sink since it was made, those of derived handlers included:
// Handled = Written + Failed. A record that cannot even be formatted is an error, but not counted here.
type Stats struct {
	Handled int64 // given to the sink
	Written int64 // of those, written whole
	Failed  int64 // of those, reported as errors
	Bytes   int64 // of the records written
}
