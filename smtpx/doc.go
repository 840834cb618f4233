// Package smtpx sends records as mail: one for each, or a digest of many.
//
//	h := smtpx.NewHandler("mail.example:587", "Shop <shop@example.com>", []string{"ops@example.com"}, &smtpx.Options{
//		Options:  slogx.Options{Level: slog.LevelError},
//		Username: "shop", Password: os.Getenv("MAIL_PASSWORD"),
//		Digest:    &smtpx.Digest{Window: 5 * time.Minute, FlushLevel: slogx.LevelCritical},
//		RateLimit: 12,
//	})
//	defer h.Close()
//	slog.New(h).Error("out of tea", "id", 43, slog.Group("user", "name", "Ada"))
//
// # Mails
//
// A mail has a text, as Options.Format writes it, and the same in HTML, as tables of time, level, source, message and
// attributes, whose names are dotted for groups. Its subject is the level and the message, or what Options.Subject says;
// its priority is high from slog.LevelError on, and low below slog.LevelInfo. It is marked as written by a program
// (Auto-Submitted, RFC 3834), so that nobody's absence note answers it.
//
// Nothing in a record reaches further than its place: a subject is one line, whatever is logged, control characters in the
// text are written as Go would in a string, such as \x1b, HTML is escaped and refers to nothing elsewhere, and invalid
// UTF-8 becomes U+FFFD. In a mail of several records each begins a line, and further lines of one, which JSON and Text
// never write, are indented. An address with a control character in it is an error.
//
// # Floods
//
// With a Digest, all records of a window become one mail. It shows the first MaxRecords, and counts the others by level.
// RateLimit is how many mails may be sent in an hour. What comes when that many were sent is counted too, and the mail that
// may go next says "997 more suppressed: 990 ERROR, 7 WARN". It goes as soon as it may, also if nothing else is logged, or
// when the handler is closed.
//
// # Delivery
//
// Handle formats on the caller's goroutine and puts the record into a queue. One goroutine, which begins with the first
// record, sends; it ends when there is nothing to send for a while, and with Close. What has not been sent when the
// program ends without Close is lost. With Synchronous, Handle waits, and returns what went wrong. Up to 20 mails in quick
// succession share a connection, which is closed after the last of them; one that has failed is not used again.
//
// Each step has Options.Timeout, and an attempt to send a mail SendTimeout in all, whatever the server does. A server that
// hangs holds up nobody who logs, until the queue is full; what then becomes of records is Options.Policy. What a server
// refuses for now (4yz), or the network does not let through, is tried again MaxRetries times; what is refused for good
// (5yz) is not, nor is a wrong password or a certificate that cannot be verified. Of a mail that is given up the
// ErrorHandler is told, once, with its record, or the zero Record for a digest.
//
// A recipient who is refused does not keep the others from getting the mail. The ErrorHandler is told who it was and what
// the server said, as a [RefusedError]. Only who was refused for now is tried again. Each gets a mail once; but it may come
// twice, with the same Message-ID, if the connection is lost after the mail is sent and before the server has said so.
//
// # Credentials
//
// With a Username, nothing is sent before the connection is encrypted and the server's certificate verified: by STARTTLS,
// which the server then must offer, or, for TLSImplicit, from the first byte. Without a Username, STARTTLS is used if it is
// offered; TLSMandatory insists on it, for whoever is on the way can hide the offer. A server with a certificate of its own
// needs TLSConfig with RootCAs, or TLSNone if it is on this very machine. AllowPlaintextAuth does without TLS.
//
// Of SCRAM, CRAM-MD5, PLAIN and LOGIN the first is used that the server offers; XOAUTH2 only if Mechanism says so, with a
// Token that is asked for each connection. With SCRAM the server must prove that it knows the password, too.
//
// # Differences from Python
//
//   - Handle does not wait for the server unless Synchronous, as SMTPHandler always does, and retries.
//   - The text is that of slog.TextHandler; Python's default formatter has the message alone. There is HTML, unless
//     TextOnly. FixedSubject is Python's subject, Options.Subject its getSubject.
//   - STARTTLS is used without credentials, too, where Python's secure is ignored, and required with them, where Python's
//     are sent in the clear unless secure is given.
//   - The port is 587 with credentials unless given, and 465 for TLSImplicit, which Python does not have. SCRAM and
//     XOAUTH2 come on top of Python's PLAIN, LOGIN and CRAM-MD5.
//   - A refused recipient is reported, where Python says nothing as long as another is accepted.
//   - Invalid addresses, and none at all, are errors before there is a connection; Python sends what is left of them.
//   - A line break in a subject becomes a space. Python refuses the record.
//   - Control characters in the text are escaped. What is not UTF-8 becomes U+FFFD; Python refuses the record.
//   - Mails have a Message-ID, which Python leaves to the server.
package smtpx
