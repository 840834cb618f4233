package smtpx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/backlog"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// sink is what a handler and all derived from it share: the way from a record to a mail.
//
//	put       on the caller's goroutine: the window admits the entry into the queue, or only counts it
//	send      on the queue's goroutine: gets entries in batches, and cuts these into mails (sender.go)
//	hold      if the rate limit allows none: has all but the next mail's entries counted, and waits
//	mail      makes a mail that shows the first entries and counts all others (message.go),
//	try       sends it, again if need be, to those who have not got it yet (delivery.go, carrier.go, session.go),
//	conclude  counts, and tells the caller, or the ErrorHandler, what has become of it
//
// Each entry ends in one of five ways, which Stats has: sent, dropped by the queue, failed, suppressed, or lost at Close.
type sink struct {
	opts     Options
	invalid  error // what is wrong with the options; nil: nothing
	server   *server
	composer composer
	report   func(ctx context.Context, r slog.Record, err error) error // to the ErrorHandler

	queue   *backlog.Queue[*entry]
	window  *window
	sending reentry.Guard // the goroutine that sends
	telling reported.Teller

	late    chan struct{} // wakes hold for a record that it has not seen
	closing atomic.Bool
	closed  chan struct{} // once closing is true
	ended   chan struct{} // once nothing more is sent

	// What follows belongs to the goroutine that sends.
	undecided int // records of a batch that have not become anything yet
	deliver   transport
	limit     limit
	released  bool            // what the limit has held back may go, in one mail
	givenUp   map[string]bool // recipients who did not get the last mail for now, though others did

	counting sync.Mutex
	counted  counted
}

// perSession is how many mails share a session at most. The queue has room again when these are sent.
const perSession = 20

func newSink(address, from string, to []string, o Options, invalid error) *sink {
	host, port, err := splitServer(address, o.port())
	sender, wrong := parseFrom(from)
	recipients, none := parseRecipients(to)
	s := &sink{opts: o, invalid: errors.Join(invalid, err, wrong, none)}
	s.givenUp, s.closed, s.ended = map[string]bool{}, make(chan struct{}), make(chan struct{})
	s.composer = composer{
		from: sender, to: recipients, subject: o.Subject, textOnly: o.TextOnly, maxBytes: o.MaxBytes,
		table: table{source: o.AddSource, replace: o.ReplaceAttr, most: o.MaxBytes},
	}
	s.server = &server{host, port, &s.opts}
	s.deliver = &carrier{server: s.server}
	s.limit.most = o.RateLimit
	s.window = newWindow()
	s.late = make(chan struct{}, 1)
	config := backlog.Config[*entry]{
		MaxRecords: o.QueueRecords, MaxBytes: o.QueueBytes, Policy: o.Policy, BlockTimeout: o.BlockTimeout,
		BatchRecords: perSession, Send: s.send, Report: s.background,
	}
	if d := o.Digest; d != nil {
		config.MaxAge, config.BatchRecords = d.Window, o.QueueRecords
		s.window.records, s.window.bytes = d.MaxRecords, o.MaxBytes
	}
	s.queue = backlog.New(config)
	return s
}

// background tells the ErrorHandler of what concerns no record in particular.
func (s *sink) background(err error) { s.tell(slog.Record{}, err) }

func (s *sink) tell(r slog.Record, err error) {
	s.telling.Tell(context.Background(), func() { _ = s.report(context.Background(), r, err) })
}

// put takes a record in.
func (s *sink) put(ctx context.Context, e *entry) error {
	switch {
	case s.invalid != nil:
		return s.invalid
	case s.closing.Load():
		return slogx.ErrClosed
	}
	size := e.size()
	e.quiet = s.telling.Telling(ctx)
	if !s.window.admit(e.record.Level, len(e.text)) {
		s.hurryFor(e.record.Level)
		return nil
	}
	if s.opts.Synchronous && !s.sending.Inside() {
		e.result = make(chan error, 1)
	}
	if err := s.queue.Put(ctx, e, e.record.Level, size); err != nil {
		s.window.withdraw(len(e.text))
		return err
	}
	s.hurryFor(e.record.Level)
	if s.window.untilMute().Err() != nil {
		s.lookAgain()
	}
	if e.result != nil {
		return s.await(ctx, e)
	}
	return nil
}

// lookAgain wakes hold for a record that was let in just before it had all others counted, and is in the queue only now.
func (s *sink) lookAgain() {
	select {
	case s.late <- struct{}{}:
	default:
	}
}

// hurryFor ends the window of a digest for a record of its FlushLevel.
func (s *sink) hurryFor(level slog.Level) {
	if d := s.opts.Digest; d != nil && d.FlushLevel != nil && level >= d.FlushLevel.Level() {
		_ = s.queue.Flush(over) // which does not wait
	}
}

// over is a context that is done.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

var errTurn = errors.New("not begun in time")

// await waits for what becomes of e: in the queue for SendTimeout at most, and then until it is sent or not. That the
// request is over that the record is of does not end it: the record may say why.
func (s *sink) await(ctx context.Context, e *entry) error {
	waiting, cancel := context.WithTimeoutCause(context.WithoutCancel(orBackground(ctx)), s.opts.SendTimeout, errTurn)
	defer cancel()
	select {
	case err := <-e.result:
		return err
	case <-waiting.Done():
	case <-s.ended:
	}
	if !e.taken.CompareAndSwap(false, true) {
		return <-e.result // it is being sent, which takes SendTimeout at most for each try
	}
	return fmt.Errorf("smtpx: not sent: %w", cmp.Or(context.Cause(waiting), slogx.ErrClosed))
}

func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// probe finds out whether the server lets us in.
func (s *sink) probe() error {
	ctx, cancel := s.server.patience(context.Background())
	defer cancel()
	return safe.Do(func() error {
		session, err := s.server.open(ctx)
		if err == nil {
			session.quit(ctx)
		}
		return err
	})
}

// flush waits until what came before is sent, or given up, or held back by the rate limit.
func (s *sink) flush(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	open := s.window.untilMute()
	defer context.AfterFunc(open, cancel)()
	err := s.queue.Flush(ctx)
	if open.Err() != nil {
		return nil
	}
	return wrapped("flush", err)
}

// close sends what waits, until ctx is done, and what the rate limit has held back.
func (s *sink) close(ctx context.Context) error {
	if s.closing.CompareAndSwap(false, true) {
		close(s.closed)
		defer close(s.ended)
	}
	err := s.queue.Close(ctx)
	if s.sending.Inside() || s.telling.Telling(ctx) {
		return wrapped("close", err) // our caller may be in the middle of the last mail
	}
	if lost := s.window.end(); len(lost) > 0 {
		err = errors.Join(err, fmt.Errorf("%d records lost that were only counted: %v", lost.total(), lost.levels()))
	}
	return wrapped("close", err)
}

func wrapped(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("smtpx: %s: %w", verb, err)
}
