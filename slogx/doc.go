// Package slogx is what the handlers of slogkit have in common, and the three simplest of them.
//
//	logger := slog.New(slogx.NewFileHandler("app.log", &slogx.FileOptions{
//		Options: slogx.Options{Format: slogx.JSON, AddSource: true},
//	}))
//
// # Formats
//
// A handler is a [Format] in front of a sink. [JSON] and [Text] write the bytes that slog.NewJSONHandler and
// slog.NewTextHandler write, for every record, at about half the cost; [FormatOf] takes any other handler that writes to
// an io.Writer. The bytes are the same even where log/slog (Go 1.26) has a bug: a group that turns out empty only while
// it is being written, because ReplaceAttr deletes all it holds or it holds only zero Attrs, leaves out the comma
// before the next attribute in JSON, and leaves its name on it in Text. Only the stack that log/slog prints for a
// LogValuer that panics names other functions.
//
// # Handlers
//
// [StreamHandler], [FileHandler] and [NullHandler] are those of Python's logging. The other packages of the module have
// the rest. Every one of them, and what you build yourself on an [Emitter], promises:
//
//   - A record is one write of whole bytes, formatted on the caller's goroutine before any lock is taken. After a write
//     that failed or stopped short the next record starts on a line of its own.
//   - slog.Logger throws errors away. So what Handle returns also goes to [Options.ErrorHandler], once, with no lock held.
//   - A failure ends with its cause: a handler goes on when the disk has room again.
//   - A panic in user code (LogValuer, ReplaceAttr, ErrorHandler, a stream's Write) becomes an error.
//   - Close is idempotent and waits for whatever the handler has started; then Handle returns [ErrClosed].
//   - WithAttrs(nil) and WithGroup("") return the receiver; derived handlers share the sink and nothing else.
//
// # Middleware and lifecycle
//
// [Chain] wraps a handler, [Filter] drops records, [Dedup] leaves each key once, [Fanout] hands each record to several
// handlers. [Flush], [Close] and [Shutdown] do their work for a whole tree of handlers, found by [Unwrap].
//
// # Named loggers
//
// [Named] makes of a logger a child with a name, and [Levels] give names levels, which may change at any time. A name
// without a level has that of its nearest ancestor: "db.pool" that of "db".
//
//	var levels slogx.Levels
//	flag.TextVar(&levels, "log", &slogx.Levels{}, "`levels`, such as info,db=warn,db.pool=debug")
//	flag.Parse()
//	handler := slogx.NewFileHandler("app.log", &slogx.FileOptions{Options: slogx.Options{Level: &levels}})
//	logger := slog.New(levels.Handler(handler))
//	pool := slogx.Named(logger, "db.pool")
//
// The file's Level is there because a record has to pass both, the level of its logger and that of the file, which is
// Info unless it is set. The levels as a Level are the lowest of all, so that the loggers alone decide.
//
// # Differences from Python
//
//   - slog.Logger checks Enabled before it builds a record, so levels are handlers' business as in Python, but a logger
//     has none of its own unless [Levels] give it one. [PythonLevel] and [FromPythonLevel] convert the numbers.
//   - logging.getLogger(name).setLevel is [Levels.Set], getChild is [Named]. There is no registry of loggers: a child is
//     made of the logger at hand, and has its attributes and its handler. The level of the root is INFO, not WARNING,
//     unless it is set.
//   - There is no Formatter: a [Format] is chosen by a handler's options, and attributes stay structured.
//   - StreamHandler waits a limited time for a stream that another record holds, so a stalled terminal or a stream that
//     logs through its own handler blocks nobody for ever. Its Flush is called after each record, as in Python; a file's
//     Sync only by Flush, SetStream and Close.
//   - FileHandler makes missing directories, gives new files the mode 0600, refuses symbolic links unless told to follow
//     them, and after Close returns [ErrClosed], where Python opens the file again or drops the record in silence.
//   - logging.raiseExceptions = False is [IgnoreErrors]. The default prints a line a second at most, not a traceback for
//     each record.
//   - logging.shutdown is [Shutdown]: it has a deadline, and closes the handlers it is given rather than all that exist.
//   - Filter functions cannot replace the record; a [Middleware] can. They do not see the name of a logger: Levels take the
//     place of logging.Filter("db").
//   - makeLogRecord is [MakeRecord]. It keeps what it cannot interpret as attributes, and says so in its error.
package slogx
