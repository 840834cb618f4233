// Package memory keeps records in memory until they are wanted.
//
// [Handler] delivers them together: when there are so many, or with the first error. [BufferingHandler] does the same for
// a function that takes many records at once. [ScopedHandler] keeps details apart for each [Operation], such as a
// request, and delivers those of the ones that fail:
//
//	logger := slog.New(memory.NewScoped(slog.NewJSONHandler(os.Stderr, nil), nil))
//
//	err := memory.Do(ctx, func(ctx context.Context) error {
//		logger.DebugContext(ctx, "cache miss", "key", key) // seen only if something goes wrong
//		return work(ctx)
//	})
//
// # What it promises
//
// Beyond the promises of package slogx:
//
//   - A record comes out as it was when it was logged: LogValuers are resolved, and slices, maps and pointers copied or
//     printed, on the goroutine that logs. Formats write the bytes they would have written at once. What the handler was
//     given by WithAttrs and WithGroup is formatted by the target, once; that holds for a target that is set later, too.
//   - A record is delivered once. What a failing target did not take is kept, in order, and tried again when something
//     is delivered next. What it did take never comes twice.
//   - There is a limit to everything that is kept. What it costs is counted, and the ErrorHandler is told: records of a
//     [Handler] that are dropped for others, operations that are given up, and details that are missing before an error.
//     Details of an operation that ends well may go unmentioned. Stats add up at any time.
//   - No lock is held while a target, a flush function, ShouldFlush or the ErrorHandler runs. One goroutine at a time
//     delivers, and others wait for it, so that an error is out when Handle returns; but no longer than Timeout. What the
//     target logs through the very handler is delivered afterwards.
//   - There is no goroutine, but for the timer of a [ScopedHandler] while it gives up operations.
//
// A record keeps the values of its context, not its end: the target sees no cancellation that came since. A record that
// the target of a [Handler] never takes holds up those after it, until it is the oldest of a full buffer.
//
// # Operations
//
// [Begin] and [Do] begin an operation, and the context they return carries it. While it lasts, records from BufferLevel up
// are enabled. Those that the target would take anyway are delivered at once; the others wait. When the operation fails, by
// End with an error, by Fail, or by a record of FlushLevel or above, they are delivered in their order, with the time at
// which they were logged, and before the error; what follows until End comes at once. When it ends well they vanish. With
// [ScopedOptions].InOrder nothing of an operation is delivered before it ends or fails, and so all in order.
//
// Goroutines may share an operation. One that outlives it logs as if there were none. For an operation within an operation
// see [Begin].
//
// # Differences from Python
//
// From MemoryHandler:
//
//   - A target that fails is not given again what it has taken; Python keeps, and repeats, the whole buffer.
//   - Without a target, or with one that fails, the buffer has a limit: MaxRecords.
//   - Close counts what it cannot deliver as failed, and returns an error; in Python such records stay in the buffer.
//   - flushOnClose=False is DiscardOnClose.
//   - The level is by default that of the target, not NOTSET.
//   - As in Python, a capacity of 1 or less delivers each record at once, and the target's level is not asked again when
//     what was buffered is delivered.
//
// From BufferingHandler:
//
//   - A function takes the place of a subclass's flush. What it returns an error for is kept.
//   - ShouldFlush takes the place of shouldFlush; a full buffer is flushed in any case.
//
// There is no ScopedHandler in Python.
package memory
