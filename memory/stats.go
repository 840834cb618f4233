package memory

// Stats count the records of a [Handler] or a [BufferingHandler] since it was made, those of derived handlers included:
// Handled = Delivered + Buffered + Dropped + Failed, at any time.
type Stats struct {
	Handled   int64 // given to Handle
	Delivered int64 // of those, taken by the target, or by a flush function that returned nil
	Buffered  int64 // of those, waiting or being delivered now
	Dropped   int64 // of those, dropped because the buffer was full, or by DiscardOnClose
	Failed    int64 // of those, refused after Close, or lost in it because the target failed: reported as errors
	Errors    int64 // deliveries that stopped at an error; what was not delivered stayed buffered
}

// ScopedStats count the records of a [ScopedHandler] since it was made, those of derived handlers included: Handled =
// Delivered + Discarded + Buffered + Dropped + Failed, at any time.
type ScopedStats struct {
	Handled   int64 // given to Handle, but for those that no level lets in
	Delivered int64 // of those, taken by the target
	Discarded int64 // of those, details of operations that ended well
	Buffered  int64 // of those, waiting or being delivered now
	Dropped   int64 // of those, dropped because of a limit, or because their operation had not ended at Close
	Failed    int64 // of those, refused by the target at once or after Close, or lost in that: reported as errors

	Operations int   // outermost operations for which there is a buffer now
	Abandoned  int64 // of which the buffer was given up
	Errors     int64 // deliveries that stopped at an error; what was not delivered stayed buffered
}
