package socketx

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// A Server receives records and hands them to a handler: those of this package's handlers, in both encodings, and those of
// Python's SocketHandler and DatagramHandler, all at one address. It serves any number of listeners and sockets.
//
// The fields must not change once it serves. Whoever sends something that is no record loses the connection, and nobody
// else notices; see the package's documentation for what is refused.
type Server struct {
	// Handler is given the records that its level allows, those of each connection in their order, and those of different
	// connections at the same time. [PeerOf] says who has sent one. The Server does not close it.
	Handler slog.Handler

	// TLSConfig, if there is one, has Serve speak TLS. With its ClientAuth and ClientCAs only known clients are let in.
	TLSConfig *tls.Config // nil: no TLS

	// MaxRecordBytes is the length of the longest record, without its framing.
	MaxRecordBytes int // 0: 1 MiB; at most 16 MiB − 1

	// MaxConns is how many connections there may be, each of which may have twice MaxRecordBytes in memory. One more
	// evicts the oldest of those that have not sent a whole record yet or, if all have, the one that has been silent
	// longest; if none is silent, it is closed itself.
	MaxConns int // 0: 1000

	// IdleTimeout is how long a connection may be silent between records. Python's SocketHandler loses one or two records
	// when it finds its connection closed. TCP itself finds out about hosts that are gone.
	IdleTimeout time.Duration // 0: no limit

	// ReadTimeout is how long a record may take from its first byte to its last, and the handshake of TLS.
	ReadTimeout time.Duration // 0: 10 s

	// ErrorHandler is told of every error that the Handler has not reported itself: of connections with the zero Record, of
	// records with what could be made of them.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr

	mu        sync.Mutex
	ready     bool // what follows is set
	decoders  *decoders
	onError   slogx.ErrorHandler
	ctx       context.Context // of Handle; canceled by Close
	cancel    context.CancelFunc
	sources   map[source]bool // what is served
	conns     map[*serverConn]bool
	accepting int           // calls of Serve
	active    int           // these, those of ServePacket, and goroutines
	stopped   chan struct{} // closed by Shutdown and Close
	deaf      chan struct{} // closed when nothing accepts after that
	idle      chan struct{} // closed when nothing is active after that
	cut       bool          // by Close, or at the end of Shutdown: no connection is let in any more
	counters  counters
	drainMost time.Duration // 0: drainMost; tests have more
}

// source is a net.Listener or a *packetSource.
type source interface{ Close() error }

const (
	// Twice this without a record is the end of what a Server that shuts down waits for. Once would not do: on a busy machine
	// the time may be over while something is there that nobody has come to read.
	quiet     = 50 * time.Millisecond
	drainMost = 5 * time.Second // so long it waits for a sender that does not end
	closeWait = 5 * time.Second // for a Handler to return
)

// prepare sets what follows from the fields, once. The Server is locked.
func (s *Server) prepare() {
	if s.ready {
		return
	}
	s.ready = true
	s.decoders = newDecoders(s.maxBytes())
	s.onError = s.ErrorHandler
	if s.onError == nil {
		s.onError = slogx.StderrErrors("socketx.Server")
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.sources = map[source]bool{}
	s.conns = map[*serverConn]bool{}
	s.stopped = make(chan struct{})
	s.deaf = make(chan struct{})
	s.idle = make(chan struct{})
}

func (s *Server) maxBytes() int              { return min(cmp.Or(max(s.MaxRecordBytes, 0), 1<<20), maxRecord) }
func (s *Server) maxConns() int              { return cmp.Or(max(s.MaxConns, 0), 1000) }
func (s *Server) readTimeout() time.Duration { return cmp.Or(max(s.ReadTimeout, 0), 10*time.Second) }
func (s *Server) drainTime() time.Duration   { return cmp.Or(s.drainMost, drainMost) }

// Serve accepts connections from l, and closes it in the end. It returns [slogx.ErrClosed] after Shutdown or Close, else the
// error that keeps it from accepting more; it waits out those that pass.
func (s *Server) Serve(l net.Listener) error {
	if err := s.begin(l, 1); err != nil {
		return errors.Join(err, l.Close())
	}
	defer s.end(l, 1)
	var wait pause
	for again := false; ; {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			s.accept(c)
		case !again && errors.Is(err, os.ErrDeadlineExceeded) && s.stopping():
			again = true
			acceptFor(l, quiet)
		default:
			if err := s.trouble(err, &wait); err != nil {
				return err
			}
		}
	}
}

// acceptFor has l accept for so long, or not at all if it knows no deadlines.
func acceptFor(l source, d time.Duration) {
	if timed, ok := l.(interface{ SetDeadline(t time.Time) error }); ok {
		_ = timed.SetDeadline(time.Now().Add(d))
	} else {
		_ = l.Close()
	}
}

// trouble returns nil if it makes sense to go on after err, having waited.
func (s *Server) trouble(err error, wait *pause) error {
	var passing interface{ Temporary() bool }
	switch {
	case s.stopping():
		return slogx.ErrClosed
	case !errors.As(err, &passing) || !passing.Temporary():
		return fmt.Errorf("socketx: %w", err)
	}
	s.report(context.Background(), slog.Record{}, err)
	wait.longer(s.stopped)
	return nil
}

// pause is how long to wait after an error such as too many open files: 5 ms, twice as long each time, at most 1 s.
type pause time.Duration

func (p *pause) longer(stopped <-chan struct{}) {
	*p = min(max(2**p, pause(5*time.Millisecond)), pause(time.Second))
	timer := time.NewTimer(time.Duration(*p))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stopped:
	}
}

// begin is for a call of Serve, which accepts, or ServePacket, which does not.
func (s *Server) begin(src source, accepting int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepare()
	switch {
	case s.Handler == nil:
		return errors.New("socketx: a Server without a Handler")
	case s.isStopped():
		return slogx.ErrClosed
	}
	s.sources[src] = true
	s.accepting += accepting
	s.active++
	return nil
}

// end is for such a call that returns.
func (s *Server) end(src source, accepting int) {
	_ = src.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sources, src)
	if accepting > 0 {
		s.accepting--
		if s.accepting == 0 && s.isStopped() {
			close(s.deaf)
		}
	}
	s.rest()
}

// rest is for what is active no more. The Server is locked.
func (s *Server) rest() {
	s.active--
	if s.active == 0 && s.isStopped() {
		close(s.idle)
	}
}

func (s *Server) isStopped() bool {
	select {
	case <-s.stopped:
		return true
	default:
		return false
	}
}

func (s *Server) stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isStopped()
}

// Shutdown takes 100 ms to accept the connections that wait for that, and no more. Then it has the senders know, by ending
// its own side of each connection, and receives from a connection or socket until it has been silent for another 100 ms,
// for 5 s at most, and then closes it. It returns when all are closed and all records handled. When ctx is done it does
// what Close does, and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	_, sources := s.stop(false)
	for _, src := range sources {
		if p, ok := src.(*packetSource); ok {
			p.drain()
		} else {
			acceptFor(src, quiet)
		}
	}
	select {
	case <-s.deaf:
		conns, _ := s.stop(false)
		for _, c := range conns {
			c.drain()
		}
	case <-ctx.Done():
	}
	select {
	case <-s.idle:
		return s.Close()
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("socketx: shutdown cut short: %w", ctx.Err()), s.Close())
	}
}

// Close closes all listeners, sockets and connections at once, and waits until the Handler has returned, for 5 s at most.
// What has arrived and is not yet read is lost. It returns nil if the Server is closed already.
func (s *Server) Close() error {
	conns, sources := s.stop(true)
	s.cancel()
	for _, src := range sources {
		_ = src.Close()
	}
	for _, c := range conns {
		_ = c.raw.Close()
	}
	patience := time.NewTimer(closeWait)
	defer patience.Stop()
	select {
	case <-s.idle:
		return nil
	case <-patience.C:
		return fmt.Errorf("socketx: the Handler has not returned for %v", closeWait)
	}
}

// stop has nothing new begin, and returns what there is.
func (s *Server) stop(cut bool) (conns []*serverConn, sources []source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepare()
	s.cut = s.cut || cut
	if !s.isStopped() {
		close(s.stopped)
		if s.accepting == 0 {
			close(s.deaf)
		}
		if s.active == 0 {
			close(s.idle)
		}
	}
	for c := range s.conns {
		conns = append(conns, c)
	}
	for src := range s.sources {
		sources = append(sources, src)
	}
	return conns, sources
}

// receive handles the record in data; err means that there is none.
func (s *Server) receive(ctx context.Context, data []byte) error {
	r, fault, err := s.decoders.decode(data)
	if err != nil {
		s.refuse()
		return err
	}
	s.counters.received.Add(1)
	s.counters.bytes.Add(int64(len(data)))
	if fault != nil {
		s.report(ctx, r, fault)
	}
	enabled := true
	err = safe.Do(func() error {
		if enabled = s.Handler.Enabled(ctx, r.Level); !enabled {
			return nil
		}
		return s.Handler.Handle(ctx, r)
	})
	switch {
	case !enabled:
		s.counters.filtered.Add(1)
	case err != nil:
		s.counters.failed.Add(1)
		if rest := reported.Rest(err); rest != nil {
			s.report(ctx, r, rest)
		}
	default:
		s.counters.handled.Add(1)
	}
	return nil
}

// refuse counts what is no record.
func (s *Server) refuse() {
	s.counters.received.Add(1)
	s.counters.refused.Add(1)
}

// report gives an error to the ErrorHandler, with the sender's name.
func (s *Server) report(ctx context.Context, r slog.Record, err error) {
	if peer := PeerOf(ctx); peer != nil {
		err = fmt.Errorf("socketx: from %v: %w", peer, err)
	} else {
		err = fmt.Errorf("socketx: %w", err)
	}
	_ = safe.Do(func() error {
		s.onError(ctx, r, err)
		return nil
	})
}
