// Package syslogx sends records to syslog daemons: in the form of RFC 5424, of RFC 3164, or as Python's SysLogHandler,
// over unix sockets, UDP, TCP and TLS.
//
//	logger := slog.New(syslogx.NewHandler("tcp+tls", "logs.example:6514", &syslogx.Options{
//		Facility: syslogx.LogLocal0, AppName: "shop", StructuredDataID: "shop@12345",
//	}))
//	logger.Info("order placed", "id", 42, slog.Group("user", "name", "Ada"))
//
// sends, with its length before it,
//
//	<134>1 2026-03-29T12:34:56.789012+02:00 web1 shop 4711 - [shop@12345 id="42" user.name="Ada"] order placed
//
// # Messages
//
// In RFC5424, attributes are parameters of one element of structured data. Groups are dotted names. A name may have 32
// printable ASCII characters but '=', ']' and '"'; another key is changed until it fits, and ends with a hash of what it
// was, so that different keys stay different: "user name" is "user_name~a59136f5". Values are what slog.TextHandler
// writes, but for the quotes. The element's name should have your own enterprise number; the default has the one that is
// reserved for examples.
//
// In RFC3164 and Bare, which have no structured data, attributes follow the message as slog.TextHandler writes them.
// RFC3164 has the local time without its zone, and no host on unix sockets, as daemons expect there. The daemons that
// listen at /dev/log (journald, rsyslog and syslog-ng as they are installed) understand RFC3164 and not RFC5424.
//
// With a Format of your choice, such as slogx.JSON, what it makes is the whole message text.
//
// ReplaceAttr sees attributes, the source, the time, which it may drop in RFC5424, and the message, under slog's keys.
// It does not see the level, which is a severity here: see [MapPriority], or your own in Options.MapPriority.
//
// # One record, one message
//
// Nothing in a record can end its message, forge a header or reach beyond its value. What says where a message ends
// decides which characters may be in it:
//
//   - Datagrams and octet counting: tabs, newlines and carriage returns stay.
//   - Newline and NUL framing: newlines and carriage returns are written as \n and \r. Daemons that split at newlines
//     split after a NUL too, and the other way round.
//
// Everywhere, other control characters are written as Go would in a string, such as \x1b, and invalid UTF-8 becomes
// U+FFFD. Bare in datagrams and with octet counting leaves all bytes as they are, as Python does. A daemon that writes
// newlines to its files as they come makes two lines of one record in the end; choose Newline if yours does.
//
// # Delivery
//
// Handle formats on the caller's goroutine, without a lock or an allocation. Datagrams are sent there too. Over a
// connection a record that comes alone is written by its caller, at once; while records come in quick succession they
// share system calls, made by a goroutine that ends when there is nothing to send. What it has not yet sent when the program
// ends without Close is lost.
//
// A daemon that is away is dialled again after RetryStart, then RetryFactor times that, up to RetryMax, and never by
// Handle, unless it is a datagram socket. Meanwhile a stream keeps BufferBytes of messages, which come first afterwards.
// What does not fit is lost and counted: Handle returns an error for it, and the ErrorHandler is told twice for an
// outage, when it begins and, with the number of messages lost, when it ends.
//
// A message that was cut by the end of a connection is sent again, whole. One that the system had taken over when the
// daemon died is gone, and counts as written, because syslog has no acknowledgements. Handle returns within WriteTimeout
// (and DialTimeout for datagrams), whatever the daemon does.
//
// A message longer than MaxMessageBytes, or than its socket can send, is cut, split or refused; see [Oversize]. The
// system does not say what would fit, so the handler finds out, and remembers.
//
// TLS is verified, always; for a private authority set RootCAs in TLSConfig.
//
// # Differences from Python
//
//   - NewHandler("", "", nil) is for the daemon of this machine; SysLogHandler() sends to UDP port 514 of localhost, as
//     NewHandler("udp", "localhost", nil) does.
//   - The default is RFC5424; Bare sends what SysLogHandler sends. AppendNUL (append_nul) is off unless set.
//   - Severities come from a level's number, in all of its range, not from its name: what is not one of Python's five
//     levels is no longer a warning.
//   - Messages over TCP are framed, where Python's run together unless append_nul keeps them apart, and newlines in them
//     do not end them.
//   - A connection that breaks is made again, always. Python's TCP never reconnects, and its unix socket reconnects for
//     each record, with no pause, while the daemon is away.
//   - A daemon that cannot be reached is no error for NewHandler; Open says so.
//   - A datagram that is too long is cut unless Oversize says otherwise. Python loses the record.
//   - The facility must be one that exists. The zero Facility is LogUser; LogKern is -1, and 0 on the wire.
//   - After Close there are no more records; Python opens the socket again.
package syslogx
