package httpx

// Stats count the records of a [Handler], and all derived from it, since it was made: Handled = Sent + Dropped + Failed +
// Waiting. What cannot be encoded, or is too long, is an error, but not counted.
type Stats struct {
	Handled  int64 // to be sent
	Sent     int64 // of those, answered with a status of 2xx
	Dropped  int64 // of those, lost for want of room or time: as the Policy says, or when the handler was closed
	Failed   int64 // of those, given up
	Waiting  int64 // of those, in the queue now, or being sent
	Blocked  int64 // had to wait for room
	Bytes    int64 // sent, before compression, with what is around the records
	Requests int64 // made, whatever came of them
	Retried  int64 // of those, for the same records as the one before
}
