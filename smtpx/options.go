package smtpx

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/policy"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler]. The zero value is ready to use.
type Options struct {
	// Options are those of all handlers. Format writes the text of a mail. ReplaceAttr also sees what goes into the table
	// of the HTML part, on the goroutine that sends.
	slogx.Options

	// Subject gives a mail its subject, from its most severe record, with the attributes of WithAttrs. It is called on the
	// goroutine that sends. What it returns becomes one line of 250 characters at most. For a fixed one see FixedSubject.
	Subject func(slog.Record) string // nil: level and message, as ReplaceAttr has them: "ERROR: disk full"

	// TextOnly leaves out the HTML part.
	TextOnly bool // default: both parts

	// Who we are to the server. Without a Username there is no authentication.
	Username  string
	Password  string
	Token     func(context.Context) (string, error) // XOAUTH2: asked for each connection; nil: Password is the token
	Mechanism Mechanism                             // "": the best that the server offers

	TLS       TLSPolicy   // default: TLSAuto
	TLSConfig *tls.Config // cloned; its ServerName is the host of the server unless set; nil: the system's authorities

	// AllowPlaintextAuth permits credentials without TLS, for anyone on the way to read.
	AllowPlaintextAuth bool // default: never

	// LocalName is the name that EHLO says.
	LocalName string // "": os.Hostname

	// DialContext makes connections. It must return when ctx is done.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error) // nil: that of a net.Dialer

	Timeout      time.Duration // of each step: connecting, each command, each 64 KiB of a mail; 0: 5 s
	SendTimeout  time.Duration // of one attempt to send a mail, in all; 0: 30 s, or twice Timeout if that is more
	CloseTimeout time.Duration // how long Flush and Close may take; 0: 10 s

	// MaxRetries is how often a mail is tried again that the server, or the network, does not take for now. The waits are
	// RetryStart, then each RetryFactor times the one before, up to RetryMax.
	MaxRetries  int           // 0: 5, or none if Synchronous; negative: none
	RetryStart  time.Duration // 0: 1 s
	RetryFactor float64       // less than 1: 2
	RetryMax    time.Duration // 0: 30 s

	// Digest puts several records into one mail.
	Digest *Digest // nil: a mail for each record

	// RateLimit is how many mails may be sent in any hour. Records beyond it are counted, which is no error, and the next
	// mail says how many: it goes out when the limit allows, or on Close.
	RateLimit int // 0: no limit

	// MaxBytes is how long the text of a mail may be. A longer one is cut, and says so.
	MaxBytes int // 0: 1 MiB

	// Synchronous has Handle wait until the server has its mail, as Python does, and return what went wrong. Handle waits
	// for SendTimeout at most before its mail is begun, and as long again until it is sent.
	Synchronous bool // default: Handle does not wait for the server

	// The queue, and what becomes of a record for which it has no room.
	QueueRecords int           // 0: 1000; with a Digest at least thrice its MaxRecords
	QueueBytes   int64         // 0: 16 MiB
	Policy       Policy        // default: Block
	BlockTimeout time.Duration // of Block and DropBelow, unless a record before has waited in vain; 0: 5 s; negative: as long as it takes
}

// Digest says how records become one mail: all those of a Window, which begins with its first record.
type Digest struct {
	Window     time.Duration // 0: 1 min
	MaxRecords int           // records that a mail shows; the rest is counted in it, by level; 0: 100
	FlushLevel slog.Leveler  // ends the window at once; nil: no level does
}

// TLSPolicy says when a connection is encrypted. Certificates are verified then, unless TLSConfig says that they are not.
type TLSPolicy int

// The policies.
const (
	TLSAuto      TLSPolicy = iota // as TLSMandatory if there are credentials, unless AllowPlaintextAuth; else STARTTLS if the server offers it
	TLSMandatory                  // STARTTLS (RFC 3207), or no mail
	TLSImplicit                   // from the first byte (RFC 8314); the port is 465 if left out
	TLSNone                       // never
)

var tlsPolicies = []string{"auto", "mandatory", "implicit", "none"}

func (p TLSPolicy) String() string {
	if p < 0 || int(p) >= len(tlsPolicies) {
		return fmt.Sprintf("TLSPolicy(%d)", int(p))
	}
	return tlsPolicies[p]
}

// UnmarshalText understands "auto", "mandatory", "implicit" and "none".
func (p *TLSPolicy) UnmarshalText(text []byte) error {
	for i, name := range tlsPolicies {
		if strings.EqualFold(name, string(text)) {
			*p = TLSPolicy(i)
			return nil
		}
	}
	return fmt.Errorf("smtpx: unknown TLSPolicy %q", text)
}

// Policy says what becomes of a record for which the queue has no room: see [Block], [DropNewest], [DropOldest] and
// [DropBelow].
type Policy = policy.Policy

// The policies. There is one more, [DropBelow].
const (
	Block      = policy.Block      // waits for room, for BlockTimeout or until the context of the log call is done; then the record is dropped
	DropNewest = policy.DropNewest // drops the record
	DropOldest = policy.DropOldest // drops the record that has waited longest
)

// DropBelow drops records below level when four fifths of the queue are full, and waits as [Block] does with the others
// when all of it is.
func DropBelow(level slog.Level) Policy { return policy.DropBelow(level) }

// FixedSubject is for Options.Subject: the same for all mails.
func FixedSubject(subject string) func(slog.Record) string {
	return func(slog.Record) string { return subject }
}

func (o *Options) retry() backoff.Schedule {
	return backoff.Schedule{Start: o.RetryStart, Factor: o.RetryFactor, Max: o.RetryMax}
}

// withDefaults returns o with its defaults, and what is wrong with it.
func (o Options) withDefaults() (Options, error) {
	o.Timeout = positive(o.Timeout, 5*time.Second)
	o.SendTimeout = positive(o.SendTimeout, max(30*time.Second, 2*o.Timeout))
	o.CloseTimeout = positive(o.CloseTimeout, 10*time.Second)
	retry := o.retry().Or(backoff.Schedule{Start: time.Second, Factor: 2, Max: 30 * time.Second})
	o.RetryStart, o.RetryFactor, o.RetryMax = retry.Start, retry.Factor, retry.Max
	if o.MaxRetries == 0 && !o.Synchronous {
		o.MaxRetries = 5
	}
	o.MaxRetries = max(o.MaxRetries, 0)
	o.MaxBytes = positive(o.MaxBytes, 1<<20)
	o.QueueRecords = positive(o.QueueRecords, 1000)
	o.QueueBytes = positive(o.QueueBytes, 16<<20)
	if o.Digest != nil {
		d := *o.Digest
		d.Window = positive(d.Window, time.Minute)
		d.MaxRecords = positive(d.MaxRecords, 100)
		o.Digest = &d
		// A window and the mail before it fit in, also if DropBelow leaves a fifth free; and half of it, a batch, is more
		// than a window.
		o.QueueRecords = max(o.QueueRecords, 3*d.MaxRecords+2)
	}
	if o.TLSConfig != nil {
		o.TLSConfig = o.TLSConfig.Clone()
	}
	if o.LocalName == "" {
		o.LocalName, _ = os.Hostname()
		if strings.ContainsFunc(o.LocalName, notInName) {
			o.LocalName = ""
		}
		o.LocalName = cmp.Or(o.LocalName, "localhost")
	}
	return o, o.check()
}

func positive[T int | int64 | time.Duration](v, byDefault T) T {
	if v <= 0 {
		return byDefault
	}
	return v
}

func notInName(r rune) bool { return r <= ' ' || r > '~' }

// check returns what is wrong with o.
func (o *Options) check() error {
	var errs []error
	refuse := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf("smtpx: "+format, args...))
		}
	}
	control := func(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
	refuse(o.TLS < TLSAuto || o.TLS > TLSNone, "invalid TLS: %v", o.TLS)
	refuse(strings.ContainsFunc(o.LocalName, notInName), "invalid LocalName: %q", o.LocalName)
	refuse(!o.Mechanism.valid(), "unknown Mechanism: %q", string(o.Mechanism))
	refuse(o.RateLimit < 0, "invalid RateLimit: %d", o.RateLimit)
	refuse(o.Synchronous && o.Digest != nil, "Synchronous does not go with a Digest")
	refuse(control(o.Username), "Username has control characters")
	refuse(control(o.Password), "Password has control characters")
	refuse(o.Username == "" && (o.Password != "" || o.Token != nil), "a Password or Token needs a Username")
	refuse(o.Username != "" && o.Password == "" && o.Token == nil, "a Username needs a Password or Token")
	refuse(o.Token != nil && o.Mechanism != XOAUTH2, "a Token needs Mechanism XOAUTH2")
	refuse(o.Username != "" && o.TLS == TLSNone && !o.AllowPlaintextAuth,
		"credentials without TLS need AllowPlaintextAuth")
	return errors.Join(errs...)
}

// encrypted reports whether a connection must be, at the latest when it is authenticated.
func (o *Options) encrypted() bool {
	return o.TLS == TLSMandatory || o.TLS == TLSAuto && o.Username != "" && !o.AllowPlaintextAuth
}

// port is that of a server that is given without one: of submission if there are credentials (RFC 6409), else of relay.
func (o *Options) port() string {
	switch {
	case o.TLS == TLSImplicit:
		return "465"
	case o.Username != "":
		return "587"
	default:
		return "25"
	}
}
