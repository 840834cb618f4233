package socketx

import (
	"cmp"
	"crypto/tls"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/link"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler] and a [DatagramHandler]. The zero value is ready to use.
type Options struct {
	// Options are used but for Format, which is Encoding here. ReplaceAttr sees time, level, source and message, too; what
	// it returns for them counts if it has the type that it was given, or is the zero Attr.
	slogx.Options

	Encoding Encoding // default: JSON

	// Logger is the name of the logger, as Python has it. JSON does not say it.
	Logger string // "": "root"

	// MaxRecordBytes is the length of the longest record, without its framing. A longer one is an error, and is not sent,
	// since it would cost us the connection.
	MaxRecordBytes int // 0: 1 MiB, as Server has it

	// TLSConfig, if there is one, has a Handler speak TLS. Its ServerName, if empty, is the host of the address.
	TLSConfig *tls.Config // nil: no TLS

	DialTimeout  time.Duration // of connecting, with the handshake of TLS; 0: 1 s
	WriteTimeout time.Duration // of a write, and of waiting for those before it; 0: 1 s

	// The waits between attempts to connect: RetryStart, then each RetryFactor times the one before, at most RetryMax.
	RetryStart  time.Duration // 0: 1 s
	RetryFactor float64       // less than 1: 2
	RetryMax    time.Duration // 0: 30 s

	// BufferBytes is how much a Handler keeps while there is no connection, to be sent first when there is one again.
	// Records for which there is no room are lost, and counted.
	BufferBytes int // 0: nothing
}

// Encoding is what a record is on its way.
type Encoding int

const (
	// JSON is the form that docs/wire.md describes, for a [Server]: times, durations, groups, duplicate keys and the order of
	// attributes are at the other end what they are here. On a stream each record is a line.
	JSON Encoding = iota

	// Pickle is what Python's SocketHandler sends, for its logging.makeLogRecord, each with its length before it: see the
	// table of Python's records in docs/wire.md.
	Pickle
)

func (e Encoding) String() string {
	switch e {
	case JSON:
		return "JSON"
	case Pickle:
		return "Pickle"
	}
	return "unknown encoding"
}

// Stats count the records of a [Handler] or [DatagramHandler], and all derived from it, since it was made:
// Handled = Sent + Dropped + Failed + Buffered. What cannot even be encoded, or is too long, is an error, but not counted
// here.
type Stats struct {
	Handled    int64 // given to the connection or socket
	Sent       int64 // of those, handed to the system whole
	Dropped    int64 // of those, lost while there was no connection
	Failed     int64 // of those, refused with an error of their own
	Buffered   int64 // of those, still waiting
	Bytes      int64 // of the records sent
	Retried    int64 // records sent again, for the first time had failed
	Reconnects int64 // connections after the first
}

// linkConfig is all but what says where to.
func (o *Options) linkConfig() link.Config {
	return link.Config{
		TLS: o.TLSConfig, DialTimeout: o.DialTimeout, WriteTimeout: o.WriteTimeout, Buffer: o.BufferBytes,
		Retry: backoff.Schedule{Start: o.RetryStart, Factor: o.RetryFactor, Max: o.RetryMax},
	}
}

func (o *Options) maxBytes() int { return cmp.Or(max(o.MaxRecordBytes, 0), 1<<20) }
