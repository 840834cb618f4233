package link

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/reentry"
)

// Stream sends records over a connection. It is safe for concurrent use.
//
// One goroutine at a time is the writer, which alone touches the connection: a caller of Write that finds nobody
// writing, or the Stream's own goroutine (run), which ends when nothing waits. When nobody is the writer, nothing waits.
type Stream struct {
	config  Config
	room    int                // bytes that may wait, but in an outage
	born    time.Time          // what pace counts from
	wake    chan struct{}      // ends a wait of the goroutine early
	dialing context.Context    // of its dials
	abort   context.CancelFunc // ends them

	mu          sync.Mutex
	writing     bool    // somebody is the writer
	now         bool    // it is a caller, with a record that is not among those that wait
	conn        *conn   // nil: none
	connections int64   // so far
	in          records // wait
	out         records // taken by the writer, who alone touches them
	down        bool    // the last attempt to connect has failed
	failures    int64   // of such attempts, so far
	ended       error   // why the last connection has
	retryAt     time.Time
	retry       backoff.Waits
	outage      outage
	pace        pace
	hurry       int // how many wait for records to be sent
	closed      bool
	abandoned   bool          // to the goroutine, by Close
	over        bool          // Close has done its work
	telling     reentry.Guard // the goroutine, while it is in OnError
	lastTry     bool          // the attempt that Close allows was made
	aborted     bool          // no more attempts
	changed     chan struct{} // closed when something changes; nil: nobody waits for that
	accepted    int64         // records
	stats       Stats
	timer       *time.Timer // the goroutine's
}

const (
	window = 256 << 10 // bytes that wait for a connection, or for their turn
	chunk  = 64 << 10  // bytes in one write, so that its deadline is for about as much each time
)

// NewStream returns a Stream. It performs no I/O.
func NewStream(c Config) *Stream {
	c = c.withDefaults()
	s := &Stream{
		config: c, room: max(window, c.Buffer), born: time.Now(), wake: make(chan struct{}, 1),
		retry: backoff.Waits{Schedule: c.Retry}, outage: outage{name: c.name()},
	}
	s.dialing, s.abort = context.WithCancel(context.Background())
	return s
}

// Write hands over one record, which is not kept. It returns nil if the record is sent, or waits to be; an error that
// is ErrDown in an outage, ErrBusy, or ErrClosed.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.stats.Handled++
	var err error
	if s.conn != nil && !s.writing && !s.closed && s.pace.calm(time.Since(s.born)) {
		s.writeNow(p)
	} else {
		err = s.accept(p)
	}
	s.unlock()
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// unlock lets go of the lock, and then tells what there is to be told.
func (s *Stream) unlock() {
	errs := s.outage.take()
	s.mu.Unlock()
	s.config.tell(errs)
}

// writeNow makes the caller the writer. If p cannot be written it waits for another connection.
func (s *Stream) writeNow(p []byte) {
	s.writing, s.now = true, true
	s.accepted++
	c := s.conn
	s.mu.Unlock()
	n, err := c.write(p)
	s.mu.Lock()
	s.now = false
	if n < len(p) {
		s.out.add(p)
		s.broke(err, 1)
	} else {
		s.sent(1, len(p))
	}
	if s.waiting() > 0 {
		go s.run()
	} else {
		s.rest()
	}
}

// accept has p wait for the writer, if there is room, or soon will be.
func (s *Stream) accept(p []byte) error {
	var patience *time.Timer
	for {
		switch {
		case s.closed:
			s.stats.Failed++
			return ErrClosed
		case s.down && !s.mayWait(p):
			s.lose(1)
			return s.outage.refuse
		case !s.down && !s.fits(p, s.room) && s.distant():
			s.outage.begin(s.ended)
			s.lose(1)
			return s.outage.refuse
		case s.down || s.fits(p, s.room):
			s.accepted++
			s.in.add(p)
			s.start(p)
			return nil
		}
		if patience == nil {
			patience = time.NewTimer(s.config.WriteTimeout)
			defer patience.Stop()
		}
		if !await(s, patience.C) {
			s.stats.Failed++
			return fmt.Errorf("%s is %w", s.config.name(), ErrBusy)
		}
	}
}

// mayWait reports whether there is room for p in an outage. Where nothing is kept, a record that comes after the wait
// for the next attempt ends what forbids it, for it begins that attempt.
func (s *Stream) mayWait(p []byte) bool {
	if s.fits(p, s.config.Buffer) {
		return true
	}
	if s.writing || time.Now().Before(s.retryAt) {
		return false
	}
	s.down = false
	return true
}

// fits reports whether there is room for p if so many bytes may wait. A record alone always finds room, but in an outage.
func (s *Stream) fits(p []byte, room int) bool {
	waiting := s.in.size() + s.out.size()
	return waiting+len(p) <= room || waiting == 0 && !s.down
}

// distant reports whether a record that waits for an attempt to connect waits in vain, for the next one is too far away.
// It is where connections are made, but do not last.
func (s *Stream) distant() bool {
	return s.conn == nil && time.Until(s.retryAt) > s.config.WriteTimeout
}

// start makes sure that there is a writer for p, which has just been added.
func (s *Stream) start(p []byte) {
	if !s.writing {
		s.writing = true
		go s.run()
	} else if n := s.in.size(); n >= enough && n-len(p) < enough {
		s.poke()
	}
}

// poke ends a wait of the goroutine.
func (s *Stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// rest is for the writer that has nothing to do any more.
func (s *Stream) rest() {
	s.writing = false
	s.change()
}

// change tells those that wait that something has changed.
func (s *Stream) change() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// await waits, with the lock free, until something changes; false if limit comes first.
func await[T any](s *Stream, limit <-chan T) bool {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	changed := s.changed
	s.unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
		return true
	case <-limit:
		return false
	}
}

// waiting returns how many records wait.
func (s *Stream) waiting() int { return s.in.len() + s.out.len() }

// sent counts n records, which end an outage.
func (s *Stream) sent(n, bytes int) {
	if n > 0 {
		s.stats.Sent += int64(n)
		s.stats.Bytes += int64(bytes)
		s.outage.end()
	}
}

// lose counts n records of the outage.
func (s *Stream) lose(n int) {
	s.stats.Dropped += int64(n)
	s.outage.lost += int64(n)
}

// Stats returns the counts so far.
func (s *Stream) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Buffered = stats.Handled - stats.Sent - stats.Dropped - stats.Failed
	stats.Reconnects = max(s.connections-1, 0)
	return stats
}
