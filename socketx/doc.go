// Package socketx carries records from one program to another, over TCP, TLS, UDP and unix sockets: between Go programs, and
// between Go and Python.
//
//	handler := socketx.NewHandler("tcp", "logs.example:9020", &socketx.Options{BufferBytes: 1 << 20})
//	defer slogx.Close(handler)
//	logger := slog.New(handler)
//
// and at the other end:
//
//	server := &socketx.Server{Handler: rotate.NewHandler("all.log", &rotate.Options{MaxBytes: 10 << 20, BackupCount: 5})}
//	listener, err := net.Listen("tcp", ":9020")
//	...
//	err = server.Serve(listener)
//
// A [Handler] sends over a connection, a [DatagramHandler] in datagrams. A [Server] receives both, in both encodings, at one
// address: [JSON], in which a record at the other end is what it was here, and [Pickle], which is Python's. So Python's
// SocketHandler and DatagramHandler may log into a Server, and a Handler with Encoding: Pickle into whatever
// receives what they send. docs/wire.md describes what is sent.
//
// # What it promises
//
//   - Handle encodes on the caller's goroutine, without allocating for up to five attributes of plain kinds; what
//     WithAttrs gave is encoded, or at least resolved, once. A Handler's Handle never dials. It waits at most about
//     WriteTimeout. A lone record is sent at once; under load many share a system call.
//   - A connection that breaks is made again, at once or after the waits that the Options say, and a record in the middle
//     is sent again whole: it arrives at least once. A peer that has closed the connection is noticed before the next
//     write on unix systems. What the system had taken over before is not known to have been read.
//   - What is lost while there is no connection is counted in Stats, and told to the ErrorHandler when that begins and
//     when it ends. BufferBytes of records are kept, and sent first.
//   - LogValuers are resolved, and ReplaceAttr applied, before anything is sent. A panic of user code is an error, or
//     stands in place of the value.
//   - With a TLSConfig nothing is sent without TLS. Certificates and names are checked unless that says otherwise.
//   - Close sends what waits, within 5 s, and leaves no goroutine.
//
// # What a Server refuses
//
// A sender may be hostile or broken. It loses its connection, or the datagram, with an error for the ErrorHandler, when a
// record
//
//   - is neither a line of JSON nor a length and a pickle, or longer than MaxRecordBytes;
//   - has begun, but is not complete after ReadTimeout, or is cut by the end of the connection;
//   - is JSON but no record, or has over 10,000 attributes, or over 200 objects and arrays open at once;
//   - is a pickle that wants to look up or call anything (GLOBAL, REDUCE and all their kin), for only data is read.
//     Python needs these for bytes, sets, datetimes and objects in extra; let it send their str or repr;
//   - is a pickle of over 20,000 values, an integer of over 4300 digits, what is nested over 200 deep, or what becomes
//     larger than 4 MiB or four times MaxRecordBytes when all that it refers to more than once is written out;
//   - is a pickle of anything but a dict with str keys.
//
// All of that is found out within milliseconds and a few MiB. Records that arrived before on the same connection are
// handled. What only makes no sense in a record of Python's, such as a levelno that is a string, is an error, but the
// record is handled, with that as an attribute; see slogx.MakeRecord.
//
// # Differences from Python
//
//   - SocketHandler drops what comes during its waits without a word, and up to two records when the peer closes the
//     connection. Here these are kept or counted. The waits are the same: 1 s, twice as long each time, at most 30 s; after
//     them the first record makes an attempt, or, if something is buffered, there is one without.
//   - SocketHandler connects on the caller's thread, for a second at most; a Handler in the background.
//   - DatagramHandler knows IPv4 only. A datagram too long for the system is an error here as there, and nothing else fails.
//   - A Pickle has Python's keys and values, but not the bytes that makePickle would have written. Its level is
//     slogx.PythonLevel, its logger the Options' Logger; thread, threadName and taskName are None.
//   - A Server is what the logging cookbook has as an example, LogRecordSocketReceiver. That one runs whatever code a pickle
//     contains.
package socketx
