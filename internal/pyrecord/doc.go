// Package pyrecord is a record as Python has it: the __dict__ of a logging.LogRecord.
//
// [Encoder.Dict] walks a record as that dict, key by key in Python's order, and [Encoder.AppendJSON] writes it as Python's
// json module would, for logging.makeLogRecord(json.loads(line)); a pickle is another [Writer]. [Parser] reads such JSON
// into what slogx.MakeRecord takes.
//
// The dict has Python's keys, then the attributes:
//
//	name               the Encoder's Logger, "root"
//	msg, args          the message; None, so that nothing in it is a conversion
//	levelname, levelno DEBUG, INFO, WARNING, ERROR, CRITICAL or "Level 25"; slogx.PythonLevel
//	pathname, lineno,  the source, or what Python says if it does not know its own: "(unknown file)", 0,
//	funcName           "(unknown function)". The function is named in full: main.(*server).handle
//	filename, module   the last element of pathname, without its extension in module
//	created, msecs,    seconds since 1970, milliseconds in the second, milliseconds since the program began. A record
//	relativeCreated    without a time was made now
//	processName,       the Encoder's Process, "MainProcess"; the process id
//	process
//	exc_info, exc_text, None, for a slog.Record has none of them
//	stack_info, thread,
//	threadName, taskName
//
// A group is a dict; without a key its attributes belong to the dict around it; without attributes there is none. Of
// two attributes with one key in the same dict the second is key_2, the third key_3. An attribute of the whole record
// that is called as one of Python's own (those above, message, asctime and getMessage) has an underscore at its end:
// name_, so that no attribute can make itself the logger, or the method that makes the message.
//
// Values are what the JSON format prints of them, so a duration is its nanoseconds, a time is RFC 3339, an error its
// message, and []byte base64. Floats that JSON does not know are NaN, Infinity and -Infinity, as Python has it. What is
// not UTF-8 in a string becomes U+FFFD, because Python's streams refuse the half surrogates that would preserve it.
package pyrecord
