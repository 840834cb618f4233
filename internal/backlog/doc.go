// Package backlog is what stands between log calls and the one goroutine that sends what they left: a queue, bounded in
// records and in bytes, from which records go out in batches, the oldest first.
//
//	q := backlog.New(backlog.Config[[]byte]{BatchRecords: 100, MaxAge: time.Second, Send: send, Report: report})
//	err := q.Put(ctx, record, level, len(record)) // by any number of goroutines
//	...
//	err = q.Close(ctx)
//
//	func send(ctx context.Context, batch [][]byte) (done int) // by one goroutine at a time
//
// # Sending
//
// A batch is due when there are Config.BatchRecords or BatchBytes of it, when its oldest record has waited for MaxAge, or
// when Flush or Close asks for it. Send says how many of its first records it has done with, well or badly. The others
// stay where they are, at the front, and come again; all count against the limits until Send has done with them. What to
// do about errors, and how long to wait before the next try, is Send's own business. It waits like this:
//
//	select {
//	case <-time.After(wait):
//	case <-q.Urged():  // Flush or Close wants one try more, now
//	case <-ctx.Done(): // Close has given up
//	}
//
// The goroutine begins with the first record, and ends after Config.Idle without any. There is never more than one.
//
// # Dropping
//
// With policy.Block a record waits for room. When one has waited in vain, those after it are dropped at once, until there has
// been room again: an outage costs each caller one wait and not one for each record.
//
// What Policy drops is [ErrFull] for its caller, marked by package internal/reported as seen, so that an ErrorHandler in
// between can leave it out. Instead Config.Report is told of each burst, by [Drops], when that is over, and each second
// while it lasts: on the goroutine that sends, or on that of a log call.
//
// # Reentry
//
// Whatever Send and Report lead to (an http.RoundTripper, an ErrorHandler) may log through the very handler that they
// serve. Put does not wait for room on their goroutine, and Flush and Close do not wait there either, but return an error.
package backlog
