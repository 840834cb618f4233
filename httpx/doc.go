// Package httpx sends records to a web server, Python's HTTPHandler, in batches and without losing any on the way; and
// receives them, as an http.Handler.
//
//	h := httpx.NewHandler("https://logs.example/in", &httpx.Options{
//		Encoding: httpx.NDJSON,
//		Gzip:     true,
//		Token:    func(context.Context) (string, error) { return os.Getenv("LOG_TOKEN"), nil },
//	})
//	defer slogx.Close(h)
//	slog.SetDefault(slog.New(h))
//
// and at the other end
//
//	http.Handle("/in", httpx.NewReceiver(slog.NewJSONHandler(os.Stdout, nil), nil))
//
// # What is sent
//
// [Form], the default, is what Python sends: for each record a request with its fields, in the query of a GET or the body
// of a POST. [JSON] and [NDJSON] send batches: an array, or a line for each record, in the form that docs/wire.md describes,
// of which a receiver makes the same record; or in any other, by Options.Format: slogx.JSON has each record look as
// slog.JSONHandler writes it.
//
// Handle encodes the record on the caller's goroutine and puts it into a queue, bounded in records and in bytes. One
// goroutine, which exists only while it is needed, sends batches from it, one after the other. If the queue is full,
// because the server is away or slow, Queue.Policy decides. The default is to wait for room, for up to Queue.BlockTimeout; when
// one record has waited in vain, those after it do not wait until there has been room again. A program that must not wait at
// all chooses [DropOldest], or [DropBelow].
//
// # Failures
//
// The status must be 2xx. No answer, 408, 429 and 5xx have the batch tried again, after waits that grow, are jittered, and
// heed Retry-After, until Retry.MaxElapsed. After any other status, and after that time, it is given up, which is counted,
// and told the ErrorHandler; then the next batch has its turn. A batch for which the status is 413 is sent in two halves.
// Flush and Close have a batch that waits tried at once.
//
// Each batch has an Idempotency-Key, the same, with the same bytes, each time that it is sent. So a server can know whether
// it has had it, as when the answer was lost; [NewReceiver] does. Then each record is handed on once, exactly, unless
//
//   - it is given up, or dropped, as the counts and the ErrorHandler say. It may have arrived all the same if the answer
//     was lost each time;
//   - the receiver has been started anew since, or has seen more than ReceiverOptions.Keys other batches, and so has
//     forgotten that it had the batch;
//   - the receiver's handler has returned an error although it has handled the record, wholly or, as a fan-out may, in
//     part. Only records with which it has failed are handed to it once more, after the others of their batch.
//
// A server without idempotency gets each record at least once, with the same exceptions.
//
// # Credentials
//
// They are refused over plain http unless Options.AllowPlaintextAuth is set, on loopback too. A redirect with 307 or 308 is
// followed with method and body, one with 301, 302 or 303 only for a GET, for otherwise net/http would leave the body out
// and the records with it. To another host, port or scheme go neither credentials nor any header of Options.Header except
// Accept, Content-Type and User-Agent. A cookie Jar of your own Client has its own rules. No error names the query, nor the
// password, of a URL, unless the server's answer does, the first 256 bytes of which are in a [StatusError]. A redirect from
// https to plain http is refused, whatever it would carry.
//
// # Differences from Python
//
//   - The status counts, requests have a deadline, connections are used again, TLS is verified.
//   - Handle does not wait for the request, unless Options.Synchronous is set.
//   - Credentials need https. Python's host, secure and credentials are parts of the URL, or Options.
//   - Of the fields, which docs/wire.md lists, args is None, for msg is complete. The record's attributes follow, as an extra
//     does in Python.
//   - Invalid UTF-8 is U+FFFD, where Python raises UnicodeEncodeError; a space in the path is escaped, where it raises
//     InvalidURL.
//   - Requests also have a User-Agent and an Idempotency-Key.
//
// # A word of warning
//
// A Transport that logs each request through the very handler that makes it never comes to rest: each request has another
// one follow. It does not block, however, nor recurse.
package httpx
