package syslogx

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler]. The zero value is ready to use.
//
// Format is different here: nil leaves the message alone in MSG and makes attributes structured data (RFC5424), or
// appends them to the message as Text writes them (RFC3164, Bare). With a Format the record that it makes, without the
// newline, is MSG, and there is no structured data.
type Options struct {
	slogx.Options

	Facility Facility // 0: LogUser
	Protocol Protocol // 0: RFC5424

	// MapPriority gives a record's level its severity. What is out of range becomes LogEmerg or LogDebug.
	MapPriority func(slog.Level) Severity // nil: the package's MapPriority

	// Who speaks. What the RFC forbids in them becomes '_', and what is too long is cut.
	AppName  string // "": the name of the executable; also the TAG of RFC3164
	Hostname string // "": os.Hostname
	ProcID   string // "": the process id
	MsgID    string // "": none

	// StructuredDataID names the element that holds the attributes, such as "app@12345" with your own enterprise number
	// (RFC 5424, section 7.2.2). The default has the number that is reserved for examples.
	StructuredDataID string // "": "slog@32473"

	BOM       bool   // RFC5424: a byte order mark before MSG, to say that it is UTF-8
	Ident     string // Bare: comes before each message, as SysLogHandler.ident
	AppendNUL bool   // Bare: a NUL comes after each message, as SysLogHandler.append_nul

	// Framing is how a connection tells one message from the next. Datagrams have none.
	Framing Framing // 0: OctetCounting

	// MaxMessageBytes is the size a message may have, header included; Oversize is what becomes of a longer one, or of one
	// that its socket finds too long.
	MaxMessageBytes int      // 0: 64 KiB; at least 480
	Oversize        Oversize // 0: Cut

	// TLSConfig is for "tcp+tls", and makes "tcp" that. It is cloned; its ServerName is the host of the address unless set.
	TLSConfig *tls.Config // nil: the system's certificate authorities

	DialTimeout  time.Duration // 0: 1 s, with the handshake of TLS
	WriteTimeout time.Duration // 0: 1 s; how long Handle may take
	CloseTimeout time.Duration // 0: 5 s; how long Flush and Close may take

	// The waits between attempts to connect: RetryStart, then each RetryFactor times the one before, up to RetryMax.
	RetryStart  time.Duration // 0: 1 s
	RetryFactor float64       // less than 1: 2
	RetryMax    time.Duration // 0: 30 s

	// BufferBytes is how much is kept while a stream's peer is away, and sent first when it is back.
	BufferBytes int // 0: 1 MiB; negative: nothing
}

// Protocol is what a message looks like.
type Protocol int

// The protocols.
const (
	RFC5424 Protocol = iota // the standard, with structured data
	RFC3164                 // what went before, and what local daemons understand
	Bare                    // priority and message, as Python's SysLogHandler
)

// Framing is how a connection tells one message from the next (RFC 6587).
type Framing int

// The framings.
const (
	OctetCounting Framing = iota // the message's length before it; the only one in which a message may have newlines
	Newline                      // a newline after it
	NUL                          // a NUL after it
)

// Oversize is what becomes of a message that is too long.
type Oversize int

// The policies.
const (
	Cut    Oversize = iota // what is too much is cut off, first of MSG, between two characters, then whole parameters
	Split                  // MSG is spread over several messages with the same header and structured data
	Refuse                 // ErrTooLong
)

// ErrTooLong is the error for a record that Refuse refuses.
var ErrTooLong = errors.New("syslogx: message too long")

const (
	defaultID         = "slog@32473"
	defaultMaxMessage = 64 << 10
	minMaxMessage     = 480 // RFC 5424, section 6.1: every receiver takes as much
)

// withDefaults returns o with its defaults, and what is wrong with it.
func (o Options) withDefaults() (Options, error) {
	if o.AppName == "" && len(os.Args) > 0 {
		o.AppName = filepath.Base(os.Args[0])
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname() // the RFC has a word for who does not know
	}
	o.ProcID = cmp.Or(o.ProcID, strconv.Itoa(os.Getpid()))
	o.StructuredDataID = cmp.Or(o.StructuredDataID, defaultID)
	o.Facility = cmp.Or(o.Facility, LogUser)
	o.MaxMessageBytes = cmp.Or(o.MaxMessageBytes, defaultMaxMessage)
	if o.MapPriority == nil {
		o.MapPriority = MapPriority
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = 5 * time.Second
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = 1 << 20
	}
	o.BufferBytes = max(o.BufferBytes, 0)
	var errs []error
	refuse := func(wrong bool, what string, value any) {
		if wrong {
			errs = append(errs, fmt.Errorf("syslogx: invalid %s: %v", what, value))
		}
	}
	refuse(o.Facility < LogKern || o.Facility > LogLocal7, "Facility", int(o.Facility))
	refuse(o.Protocol < RFC5424 || o.Protocol > Bare, "Protocol", int(o.Protocol))
	refuse(o.Framing < OctetCounting || o.Framing > NUL, "Framing", int(o.Framing))
	refuse(o.Oversize < Cut || o.Oversize > Refuse, "Oversize", int(o.Oversize))
	refuse(o.MaxMessageBytes < minMaxMessage, "MaxMessageBytes, less than 480", o.MaxMessageBytes)
	refuse(sdName(o.StructuredDataID) != o.StructuredDataID, "StructuredDataID", strconv.Quote(o.StructuredDataID))
	return o, errors.Join(errs...)
}
