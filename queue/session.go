package queue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// session is one run of a Listener, from Start to Stop.
type session struct {
	listener  *Listener
	ctx       context.Context // done: take out what is there, and end
	stop      context.CancelFunc
	abandoned atomic.Bool // end after this record
	done      chan struct{}

	// Where the goroutine is, for the case that a handler ends it.
	batch   [batchLen]*slot
	lent    []*slot // of batch: from the Ring, and not given back
	handed  int     // so many of lent have been handed on
	own     slot    // for a record that is in none of the Ring's
	current *slot   // being handed on; nil: none
	had     int     // so many handlers have had it
	served  bool

	left int // how many records to take out of a channel until the end, once stopped; negative: not stopped
}

func newSession(l *Listener) *session {
	ctx, stop := context.WithCancel(context.Background())
	return &session{listener: l, ctx: ctx, stop: stop, done: make(chan struct{}), left: -1}
}

func (s *session) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *session) abandon() { s.abandoned.Store(true) }

var errGoexit = errors.New("queue: a handler has called runtime.Goexit")

func (s *session) run() {
	returned := false
	defer func() {
		if returned {
			close(s.done)
			return
		}
		defer func() { go s.run() }() // even if the ErrorHandler does the same
		_ = s.listener.teller.tell(context.Background(), slog.Record{}, errGoexit)
	}()
	s.listener.serving.Do(s.serve)
	returned = true
}

func (s *session) serve() {
	if s.served { // it was a drain that ended the goroutine
		return
	}
	if s.current != nil { // a handler has ended the goroutine
		s.hand(s.current)
	}
	s.write() // what it has kept others from
	switch q := s.listener.queue.(type) {
	case *Ring:
		q.serving.Do(func() { s.serveRing(q) })
	case *chanQueue:
		q.serving.Do(s.serveQueue)
	default:
		s.serveQueue()
	}
	s.served = true
	if !s.abandoned.Load() {
		s.listener.drain()
	}
}

// hand gives a record to one handler after the other. It reports whether some of them have done with it.
func (s *session) hand(slot *slot) (direct bool) {
	s.current = slot
	for s.had < len(s.listener.outlets) {
		s.had++
		if !s.listener.outlets[s.had-1].handle(slot) {
			direct = true
		}
	}
	s.current, s.had = nil, 0
	return direct
}

// write writes what handlers have kept.
func (s *session) write() {
	for _, o := range s.listener.outlets {
		o.write()
	}
}

// keeps reports whether some have.
func (s *session) keeps() bool {
	for _, o := range s.listener.outlets {
		if o.keeps() {
			return true
		}
	}
	return false
}

// batchLen is how many records are borrowed at a time: about 100 KiB of usual lines.
const batchLen = 512

// serveRing hands on records by the batch.
func (s *session) serveRing(q *Ring) {
	s.handBatch(q)
	left := -1 // how many records to take until the end, once stopped
	for !s.abandoned.Load() {
		want, stopping := s.batch[:], s.ctx.Err() != nil
		if stopping {
			if left < 0 {
				left = q.len()
			}
			want = want[:min(left, batchLen)]
		}
		n, told, err := q.lend(want)
		switch {
		case err != nil: // io.EOF
			return
		case told != nil:
			s.handOwn(*told)
		case n > 0:
			left -= n
			s.lent = want[:n]
			s.handBatch(q)
		case stopping: // not earlier: records may have come since lend
			return
		case !q.linger(s.ctx):
			s.listener.drain()
			q.park(s.ctx)
		}
	}
}

// handBatch hands on the records that are lent and gives them back. If the session is abandoned it puts those back to the
// front of the Ring that no handler has had.
func (s *session) handBatch(q *Ring) {
	// A record that is done with, while others of its batch take their time, must neither be waited for nor take up room.
	const patience = 10 * time.Millisecond
	began := time.Now()
	for s.handed < len(s.lent) && !s.abandoned.Load() {
		s.handed++
		direct := s.hand(s.lent[s.handed-1])
		if !s.keeps() {
			s.settle(q)
		} else if direct && time.Since(began) >= patience {
			s.settle(q)
			began = time.Now()
		}
	}
	s.settle(q)
	q.takeBack(s.lent)
	s.lent = nil
}

// settle writes what handlers have kept, and gives back what has been handed on.
func (s *session) settle(q *Ring) {
	s.write()
	handed := s.lent[:s.handed]
	s.lent, s.handed = s.lent[s.handed:], 0
	q.giveBack(handed)
}

// handOwn hands on a record that is not in one of the Ring's slots.
func (s *session) handOwn(r slog.Record) {
	s.own.record = r
	s.hand(&s.own)
	s.write()
	s.own.empty()
}

// A queue that is no Ring does not tell when a burst is over; it is when nothing has come for so long.
const quiet = lingerSteps * lingerStep

// serveQueue hands on records one by one.
func (s *session) serveQueue() {
	for s.next(s.ctx) {
		for s.burst() {
		}
		if s.ctx.Err() == nil { // else a record may have come since
			s.listener.drain()
		}
	}
}

// burst hands on what comes within a while, and reports whether anything has.
func (s *session) burst() (came bool) {
	ctx, cancel := context.WithTimeout(s.ctx, quiet)
	defer cancel()
	for s.next(ctx) {
		came = true
	}
	return came
}

// next hands on a record. It returns false if none came until ctx was done, or none will come any more.
func (s *session) next(ctx context.Context) bool {
	for !s.abandoned.Load() && s.mayTake() {
		r, err := s.dequeue(ctx)
		switch {
		case err == nil:
			s.handOwn(r)
			return true
		case err == io.EOF: //nolint:errorlint // what wraps it may be the error of a connection
			return false
		case ctx.Err() != nil:
			return false
		}
		_ = s.listener.teller.tell(ctx, slog.Record{}, err)
		s.rest()
	}
	return false
}

// mayTake reports whether to take a record out: once stopped, only as many as were in the channel then. Of other queues
// nobody knows how many these are.
func (s *session) mayTake() bool {
	q, ok := s.listener.queue.(*chanQueue)
	if !ok || s.ctx.Err() == nil {
		return true
	}
	if s.left < 0 {
		s.left = len(q.ch)
	}
	if s.left == 0 {
		return false
	}
	s.left--
	return true
}

func (s *session) dequeue(ctx context.Context) (r slog.Record, err error) {
	defer safe.Recover(&err)
	return s.listener.queue.Dequeue(ctx)
}

// rest is for a queue that fails, which may fail at once for long.
func (s *session) rest() {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
}
