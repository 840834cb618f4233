package httpx

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler]. The zero value is what Python's HTTPHandler does by default: a GET for each
// record, with its fields in the query.
//
// Of slogx.Options, Format nil means that JSON and NDJSON have the form that docs/wire.md describes, for a [NewReceiver].
// With a Format they have what that writes, which must be JSON. Form has no use for one. ReplaceAttr sees time, level,
// source and message, too; what it returns for them counts if it has the type that it was given, or is the zero Attr.
type Options struct {
	slogx.Options

	// Method is that of the requests, in any case: GET or POST for Form, POST or PUT for JSON and NDJSON.
	Method string // "": GET for Form, otherwise POST

	Encoding Encoding // default: Form

	// MapRecord returns the fields that Form sends of a record, Python's mapLogRecord. The record has the attributes of
	// WithAttrs and WithGroup. A value is written as Python's str would write it. A record without fields is not sent.
	MapRecord func(slog.Record) []slog.Attr // nil: the __dict__ of Python's LogRecord

	// Logger is the name of the logger, as Python has it. Only Form says it.
	Logger string // "": "root"

	// Client sends the requests, through a Transport, a Jar, a CheckRedirect of your own; the latter is asked after ours,
	// for which see the package's documentation. It is copied.
	Client *http.Client // nil: one with the settings of http.DefaultTransport, and connections of its own

	// Header is sent with each request. It is copied.
	Header http.Header

	// Who we are: Basic credentials, also taken from the URL, or a bearer token, asked for before each request.
	Username, Password string
	Token              func(context.Context) (string, error)

	// AllowPlaintextAuth lets credentials go over plain http. Otherwise these are refused: the above, and in Header
	// whatever has "auth", "cookie", "token", "secret", "password" or "key" in its name.
	AllowPlaintextAuth bool

	// Timeout is how long one request may take, with the connection that it needs and the answer.
	Timeout time.Duration // 0: 10 s

	// Gzip compresses bodies (Content-Encoding: gzip, RFC 9110, section 8.4.1.3).
	Gzip bool

	// MaxRecordBytes is the length of the longest record, as it is sent. A longer one is an error.
	MaxRecordBytes int // 0: 1 MiB

	Batch Batch
	Queue Queue
	Retry Retry

	// Synchronous has Handle send the record itself, in a request of its own, and return what came of it. There is no
	// queue, no batch and no goroutine then. Handle takes Retry.MaxElapsed at most.
	Synchronous bool

	CloseTimeout time.Duration // 0: 5 s; how long Flush and Close may take
}

// Encoding is what records are on their way.
type Encoding int

// The encodings.
const (
	Form   Encoding = iota // application/x-www-form-urlencoded, one record a request, as Python
	JSON                   // application/json: an array of records
	NDJSON                 // application/x-ndjson: records, each on a line
)

func (e Encoding) String() string {
	switch e {
	case Form:
		return "Form"
	case JSON:
		return "JSON"
	case NDJSON:
		return "NDJSON"
	}
	return "unknown encoding"
}

// Batch says when JSON and NDJSON are sent: as soon as one of these is reached. A batch has half of what Queue may hold,
// at most.
type Batch struct {
	Records int           // 0: 1000
	Bytes   int           // before compression; a longer record goes alone; 0: 512 KiB
	Age     time.Duration // of the oldest record; negative: at once, with what has come meanwhile; 0: 1 s
}

// Queue is where records wait to be sent.
type Queue struct {
	Records int   // 0: 10,000
	Bytes   int64 // of the records as they are sent; the one that crosses the limit still gets in; 0: 64 MiB

	Policy       Policy        // what becomes of a record when there is no room; default: Block
	BlockTimeout time.Duration // how long one waits for room, and the next ones if not in vain; 0: 5 s; negative: as long as it takes
}

// Policy says what becomes of a record for which there is no room.
type Policy = policy.Policy

// The policies. There is one more, [DropBelow].
const (
	Block      = policy.Block      // waits for room, until Queue.BlockTimeout is over or the context of the log call is done
	DropNewest = policy.DropNewest // drops the record
	DropOldest = policy.DropOldest // drops the record that has waited longest and is not being sent
)

// DropBelow drops records below level when four fifths of the Queue, in records or in bytes, are full, and waits for room
// as [Block] does with the others when all of it is.
func DropBelow(level slog.Level) Policy { return policy.DropBelow(level) }

// Retry says what becomes of a request that got no answer, or the status 408, 429 or 5xx. The waits between tries are
// Start, then each Factor times the one before, up to Max; each is made up to half as short, at random. If the answer has
// a Retry-After, the wait is at least that, but five minutes at most.
type Retry struct {
	Start  time.Duration // 0: 500 ms
	Factor float64       // less than 1: 2
	Max    time.Duration // 0: 30 s

	// MaxElapsed is how long a batch is tried altogether, the requests included. Then it is given up.
	MaxElapsed time.Duration // 0: 10 minutes, or 5 s if Synchronous; negative: tried once, for as long as Timeout
}

func (o Options) withDefaults() Options {
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("httpx.Handler")
	}
	o.Timeout = cmp.Or(max(o.Timeout, 0), 10*time.Second)
	o.MaxRecordBytes = cmp.Or(max(o.MaxRecordBytes, 0), 1<<20)
	o.CloseTimeout = cmp.Or(max(o.CloseTimeout, 0), 5*time.Second)
	o.Batch.Records = cmp.Or(max(o.Batch.Records, 0), 1000)
	o.Batch.Bytes = cmp.Or(max(o.Batch.Bytes, 0), 512<<10)
	o.Batch.Age = cmp.Or(o.Batch.Age, time.Second)
	if o.Encoding == Form {
		o.Batch.Records, o.Batch.Age = 1, -1
	}
	o.Retry = o.Retry.withDefaults(o.Synchronous)
	return o
}

func (r Retry) schedule() backoff.Schedule {
	return backoff.Schedule{Start: r.Start, Factor: r.Factor, Max: r.Max}
}

func (r Retry) withDefaults(synchronous bool) Retry {
	s := r.schedule().Or(backoff.Schedule{Start: 500 * time.Millisecond, Factor: 2, Max: 30 * time.Second})
	r.Start, r.Factor, r.Max = s.Start, s.Factor, s.Max
	if r.MaxElapsed == 0 {
		r.MaxElapsed = 10 * time.Minute
		if synchronous {
			r.MaxElapsed = 5 * time.Second
		}
	}
	return r
}
