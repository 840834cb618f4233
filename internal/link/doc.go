// Package link carries records, already formatted and framed, to another program: as datagrams ([Datagram]) or over a
// connection ([Stream]). It knows nothing of what is in a record, nor of slog.
//
//	s := link.NewStream(link.Config{Network: "tcp", Address: "logs.example:601", OnError: report})
//	n, err := s.Write(record) // by any number of goroutines; does not keep the slice
//	...
//	err = s.Close(ctx)
//
// # Streams
//
// Write never dials. On a connection that is idle it writes at once, on the caller's goroutine. While somebody else
// writes, or while records come in quick succession, it appends to a buffer, and whatever is there goes into one system
// call, by a goroutine that exists only as long as there is something to do. So a lone record is never delayed, and many
// share their costs.
//
// When the connection breaks, that goroutine dials again, at first at once. What was in flight is kept for this
// attempt. If it fails, there is an outage: attempts follow after Retry's waits, a goroutine waits for them only if
// something is buffered, and otherwise the first record after the wait makes an attempt begin. During an outage
// Config.Buffer bytes of records are kept, and sent first afterwards, in order; a record for which there is no room is
// refused with [ErrDown]. So it is where connections are made but do not last, and the next attempt is not due within
// WriteTimeout.
//
// A record is never split across connections: one that was cut by the end of a connection is sent again, whole, on the
// next. It may thus arrive cut and again whole (at least once). What the system had taken over before the connection
// broke counts as sent, for nobody can know better; the peer may not have read it.
//
// A connection whose peer has closed or reset it is noticed before the write, on unix systems: what there is to be read
// is read, and thrown away. Everywhere, a write that takes longer than WriteTimeout ends the connection.
//
// # Datagrams
//
// Write sends one datagram for each record, on the caller's goroutine; there is no other. A socket that fails is dialled
// again and the record sent once more; if that fails too there is an outage, in which records are refused with ErrDown
// until Retry's wait is over. ECONNREFUSED on UDP is about an earlier datagram: that one is counted as dropped, and the
// current one is sent. One that the system calls too long is a [TooLongError], and no outage.
//
// # Errors
//
// An outage is told to Config.OnError when it begins, with its cause, and when it ends, with the number of records that
// it has cost, if any: twice, however many those are. The errors that Write returns meanwhile are marked by package
// internal/reported as seen, so that an ErrorHandler in between can leave them out:
//
//	if reported.Rest(err) != nil { onError(ctx, r, err) }
//
// Other errors (TooLongError, [ErrBusy], ErrClosed) are returned and told to nobody.
package link
