// Package queue takes logging off the caller's path: a [Handler] puts records into a [Queue], and a [Listener] takes them
// out and hands them to other handlers.
//
//	handler := queue.Async(rotate.NewHandler("app.log", &rotate.Options{MaxBytes: 10 << 20, BackupCount: 5}), nil)
//	defer slogx.Close(handler)
//	logger := slog.New(handler)
//
// [Async] is all three in one, with a [Ring] between them. The parts are there for other arrangements: several
// handlers behind one queue, a channel ([Chan]) or a queue between processes (module queue/zmqqueue).
//
// # What it promises
//
//   - Handle does not wait for the target, unless the Ring is full and its [Policy] says so, or FlushLevel does. For a record
//     of up to five attributes that are strings, numbers, booleans, durations or times nothing is allocated, neither then
//     nor later; only for handlers that are called with each record a context that ends is replaced by one that does not.
//   - A record is complete when Handle returns: LogValuers are resolved, and what slices, maps and pointers lead to is
//     copied or formatted, so nothing that the caller does later shows. The bytes that come out are those that the target
//     would have written at once; only the stack that log/slog prints for a LogValuer that panics is another one.
//   - Structure is kept: attributes, groups, kinds, source and time. What WithAttrs and WithGroup gave is formatted once, by
//     the target, as it would be without a queue; into queues other than a Ring it goes as part of each record.
//   - Records of one goroutine come out in their order. Those that wait for room are let in first come, first served.
//   - A Ring is bounded, in records and in bytes. What it drops it counts (see [Stats]), and a record in the stream says how
//     many and of which levels, once for a burst: see [DropMessage].
//   - A handler that fails, panics or ends its goroutine keeps nothing from the others, and the Listener goes on. Errors go
//     to an ErrorHandler once: to the handler's own, or to the Listener's.
//   - Through a Ring the context's values reach the target; its end does not. Through other queues no context does.
//   - An ErrorHandler that logs through a Ring is not told what comes of that; through another queue it is, without end if that
//     fails too.
//   - A record is out of the Ring when the handlers are done with it. Close drains, within a deadline, and its error says how
//     many records are not. What a Ring holds is lost if the program is killed: FlushLevel and [FlushOnPanic] are for
//     records that must not be.
//   - A target may log through the Ring or Chan that it serves, and may even flush, stop or close it. Nobody can wait for
//     that then: such a call returns within 10 ms.
//
// # How the consumer sleeps, and writes
//
// To wake a goroutine costs more than all else that Handle does. So a Listener that finds the Ring empty looks again
// after a millisecond, a hundred times; only then it sleeps until the next record wakes it. A record may therefore come
// out a millisecond later than it could, unless the Ring is half full, or somebody waits for room or flushes. When the
// hundred are over the handlers are drained, so that what they buffer does not wait for the next burst.
//
// If a handler is that of a file of this module (slogx.FileHandler, rotate.Handler, rotate.WatchedHandler) and its format one
// of slogx, the Listener writes up to 512 records in one system call. If that fails, each record that is not in the file is
// an error of its own. Other handlers are called for each record.
//
// # Differences from Python
//
//   - A Handler has a level of its own, Info unless it is set, where QueueHandler has none; that of an AsyncHandler is the
//     target's.
//   - QueueHandler.prepare makes text of a record; here it stays a record.
//   - QueueHandler.enqueue never waits: a full queue is an error of the record, which is lost. Here that is
//     [DropNewest]; the default is [Block], for 5 s at most.
//   - QueueListener hands every record to every handler by default; here a handler gets what it is enabled for.
//     respect_handler_level=False is IgnoreHandlerLevel.
//   - An exception of a handler ends QueueListener's thread; here it is reported.
//   - QueueListener.stop waits for ever; Stop has a context. Start returns [ErrStarted] if it is running; in
//     Python that is an error from 3.14 on. What is a with statement there is Start and a deferred Stop here.
//   - The handlers are drained when a burst of records is over, not only at the end.
package queue
