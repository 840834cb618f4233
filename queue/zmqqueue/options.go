package zmqqueue

import (
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are what both ends have in common. The zero value is ready to use.
type Options struct {
	// Bind waits for peers at the endpoint. One of the two ends has to, usually that of which there is one.
	Bind bool // default: connect to the peer that does

	// MaxMessageBytes is how long a record may be, encoded. Longer ones are errors at both ends.
	MaxMessageBytes int // 0: 1 MiB

	// MaxPeers is how many may be connected to an end that binds. More are turned away.
	MaxPeers int // 0: 256

	// DialTimeout is how long a connection and its handshake may take.
	DialTimeout time.Duration // 0: 5 s

	// CloseTimeout is how long Close waits for what is under way.
	CloseTimeout time.Duration // 0: 10 s; of a Receiver: 1 s

	// After an attempt to connect or to bind that failed, the next is made after RetryStart, then each after RetryFactor
	// times as long as the one before, RetryMax at most.
	RetryStart  time.Duration // 0: 100 ms
	RetryFactor float64       // less than 1: 2
	RetryMax    time.Duration // 0: 5 s

	// ErrorHandler is told of what goes wrong in the background: once of a peer that is away, and of each message that is
	// no record.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr, see slogx.StderrErrors
}

func (o Options) withDefaults(name string, closeTimeout time.Duration) Options {
	o.MaxMessageBytes = positive(o.MaxMessageBytes, 1<<20)
	o.MaxPeers = positive(o.MaxPeers, 256)
	o.DialTimeout = positive(o.DialTimeout, 5*time.Second)
	o.CloseTimeout = positive(o.CloseTimeout, closeTimeout)
	retry := o.retry().Or(backoff.Schedule{Start: 100 * time.Millisecond, Factor: 2, Max: 5 * time.Second})
	o.RetryStart, o.RetryFactor, o.RetryMax = retry.Start, retry.Factor, retry.Max
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("zmqqueue " + name)
	}
	return o
}

func (o *Options) retry() backoff.Schedule {
	return backoff.Schedule{Start: o.RetryStart, Factor: o.RetryFactor, Max: o.RetryMax}
}

// positive returns v, or instead if v is not positive.
func positive[T int | int64 | time.Duration](v, instead T) T {
	if v > 0 {
		return v
	}
	return instead
}

// SendOptions are the options of a [Sender]. The zero value is ready to use.
type SendOptions struct {
	Options

	// Encoding is the form in which records are sent.
	Encoding Encoding // default: Wire

	// AddSource adds where in the program a record was made.
	AddSource bool // default: false

	// Logger is the name that records have in Python.
	Logger string // "": "root"

	// Topic is what PUB sends before each record, in a frame of its own, for SUB to choose by its beginning. PUSH does not.
	Topic string // "": the record alone

	// Capacity is how many records may wait for a peer. RingOptions say what becomes of more.
	Capacity int // 0: 8192
	queue.RingOptions

	// SendTimeout is how long a write may take, of some 64 KiB or one record. Then the peer is cut off, and another, or the
	// same on a new connection, gets what it has not got.
	SendTimeout time.Duration // 0: 10 s
}

// ReceiveOptions are the options of a [Receiver]. The zero value is ready to use.
type ReceiveOptions struct {
	Options

	// Topics are how what SUB gets may begin. PULL gets everything.
	Topics []string // nil: everything

	// Capacity is how many records may wait for Dequeue, and MaxBytes what they may take. When there is no room, no more is
	// read: what the peers send waits with them.
	Capacity int   // 0: 1024
	MaxBytes int64 // 0: 64 MiB
}

// Encoding is the form of a record on its way. A [Receiver] tells the two apart by itself.
type Encoding int

const (
	// Wire is the form described in docs/wire.md, one line of JSON that begins with {"v":1. Nothing of a record is lost.
	Wire Encoding = iota

	// Python is the __dict__ of a logging.LogRecord as JSON, for json.loads and logging.makeLogRecord.
	Python
)
