package queue

// Stats count what became of the records given to a [Ring]: Handled = Delivered + Dropped + Waiting, at any time.
type Stats struct {
	Handled   int64 // let in, or dropped; not those refused because the Ring is closed, nor those that wait for room
	Delivered int64 // of those, taken out by a consumer, which has done with them if it is a Listener
	Dropped   int64 // of those, refused or removed as the Policy says
	Waiting   int64 // of those, in the Ring now, or in the hands of a Listener
	Bytes     int64 // about what the waiting ones take
	Blocked   int64 // had to wait for room
}
