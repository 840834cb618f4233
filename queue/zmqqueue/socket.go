package zmqqueue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// socket keeps the connections of one end: it connects, or binds and accepts, again and again until it is closed.
type socket struct {
	kind     zmq4.SocketType
	name     string // for errors: "zmqqueue: PUSH tcp://localhost:5556"
	endpoint endpoint
	bad      error // of the endpoint
	opts     Options
	timeout  time.Duration // of a write

	receives bool              // what peers send is wanted, to the end
	serve    func(*conn) error // uses a connection, on its own goroutine, until it ends
	waiting  func() int64      // how many records wait for a peer; nil: none ever do

	open context.Context // done: no new connections
	shut context.CancelFunc
	life context.Context // done: nothing at all any more
	cut  context.CancelFunc
	all  sync.WaitGroup
	came chan struct{} // has a token if a peer has come

	telling reentry.Guard

	mu       sync.Mutex
	listener net.Listener
	peers    []*conn
	turn     int  // of peers
	away     bool // the ErrorHandler knows
	admitted int  // connections of an end that binds
	joined   int64
	refused  int64
}

func newSocket(kind zmq4.SocketType, address string, opts Options, closeTimeout, writeTimeout time.Duration) *socket {
	s := &socket{
		kind: kind, name: fmt.Sprintf("zmqqueue: %s %s", kind, address), opts: opts.withDefaults(string(kind), closeTimeout),
		timeout: writeTimeout, came: make(chan struct{}, 1),
	}
	s.endpoint, s.bad = parseEndpoint(address)
	s.open, s.shut = context.WithCancel(context.Background())
	s.life, s.cut = context.WithCancel(context.Background())
	return s
}

// begin binds or connects now, and returns what start needs.
func (s *socket) begin() (l net.Listener, c net.Conn, err error) {
	switch {
	case s.bad != nil:
		return nil, nil, s.bad
	case s.opts.Bind:
		l, err = s.endpoint.listen(s.open)
		s.listener = l
	default:
		c, err = s.dial(s.open)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return l, c, nil
}

// start begins, with a listener or a connection if there is one already.
func (s *socket) start(l net.Listener, first net.Conn) {
	if s.opts.Bind {
		s.all.Go(func() { s.bind(l) })
	} else {
		s.all.Go(func() { s.connect(first) })
	}
}

// bind accepts connections until the socket is closed.
func (s *socket) bind(l net.Listener) {
	pause := backoff.Waits{Schedule: s.opts.retry()}
	for s.open.Err() == nil {
		err := s.accept(&l)
		if s.open.Err() != nil {
			break
		}
		if err != nil {
			s.tellAway(err)
			sleep(s.open, pause.Next())
			continue
		}
		pause.Reset()
	}
	if l != nil {
		_ = l.Close()
	}
}

// accept accepts one connection, and listens before that if there is no listener.
func (s *socket) accept(l *net.Listener) (err error) {
	if *l == nil {
		if *l, err = s.endpoint.listen(s.open); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.listener = *l
	s.mu.Unlock()
	defer context.AfterFunc(s.open, func() { _ = (*l).Close() })()
	raw, err := (*l).Accept()
	if err != nil {
		return err
	}
	if !s.admit() {
		_ = raw.Close()
		s.tell(slog.Record{}, fmt.Errorf("%s: %s was turned away: %d are connected", s.name, peer(raw), s.opts.MaxPeers))
		return nil
	}
	s.all.Go(func() {
		joined, err := s.use(raw)
		s.mu.Lock()
		s.admitted--
		s.mu.Unlock()
		if s.open.Err() == nil && (!joined || errors.Is(err, errProtocol)) { // that peers come and go is no error
			s.tell(slog.Record{}, fmt.Errorf("%s: %s: %w", s.name, peer(raw), err))
		}
	})
	return nil
}

func (s *socket) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admitted >= s.opts.MaxPeers {
		s.refused++
		return false
	}
	s.admitted++
	return true
}

// connect keeps up one connection until the socket is closed. raw is the first, or nil.
func (s *socket) connect(raw net.Conn) {
	pause := backoff.Waits{Schedule: s.opts.retry()}
	for s.open.Err() == nil {
		began := time.Now()
		joined, err := s.attempt(raw)
		raw = nil
		if s.open.Err() != nil {
			return
		}
		s.tellAway(err)
		if joined && time.Since(began) > s.opts.RetryStart { // a peer that was well may be back at once
			pause.Reset()
			continue
		}
		sleep(s.open, pause.Next())
	}
}

func (s *socket) attempt(raw net.Conn) (joined bool, err error) {
	if raw == nil {
		if raw, err = s.dial(s.open); err != nil {
			return false, err
		}
	}
	return s.use(raw)
}

func (s *socket) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.DialTimeout)
	defer cancel()
	return s.endpoint.dial(ctx)
}

// use shakes hands with a peer and serves it until the connection ends. The error says why.
func (s *socket) use(raw net.Conn) (joined bool, err error) {
	hangUp := func() { _ = raw.Close() }
	defer hangUp()
	defer context.AfterFunc(s.life, hangUp)()
	until := s.open
	if s.receives { // a peer may send as soon as it has shaken hands
		until = s.life
	}
	stop := context.AfterFunc(until, hangUp)
	c, err := handshake(raw, s.kind, &s.opts, s.timeout)
	if err != nil {
		return false, fmt.Errorf("handshake: %w", err)
	}
	if !stop() || !s.join(c) {
		return false, net.ErrClosed
	}
	defer s.leave(c)
	return true, safe.Do(func() error { return s.serve(c) })
}

// join makes c one of the peers. If the socket is being closed, that is only for what the peer may have sent already.
func (s *socket) join(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Err() != nil {
		if !s.receives {
			return false
		}
		c.finish()
	}
	s.peers = append(s.peers, c)
	s.joined++
	s.away = false
	select {
	case s.came <- struct{}{}:
	default:
	}
	return true
}

func (s *socket) leave(c *conn) {
	c.dead.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peers = slices.DeleteFunc(s.peers, func(d *conn) bool { return d == c })
}

// next returns the peer whose turn it is, of those that live; nil if there is none.
func (s *socket) next() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.peers {
		c := s.peers[s.turn%len(s.peers)]
		s.turn++
		if c.alive() {
			return c
		}
		c.kill()
	}
	return nil
}

func (s *socket) everyone() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.peers)
}

// close lets no peer come any more, tells those that are there, and waits until they have gone; then it cuts them off.
// The error says that ctx was done before.
func (s *socket) close(ctx context.Context) error {
	s.mu.Lock()
	s.shut()
	l, peers := s.listener, slices.Clone(s.peers)
	s.mu.Unlock()
	if l != nil {
		_ = l.Close() // before peers hear of it, who would be back at once
	}
	for _, c := range peers {
		c.finish()
	}
	gone := make(chan struct{})
	go func() {
		s.all.Wait()
		close(gone)
	}()
	var err error
	select {
	case <-gone:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	s.cut()
	<-gone
	return err
}

// tellAway tells the ErrorHandler, once, that the peer is away.
func (s *socket) tellAway(why error) {
	s.mu.Lock()
	known := s.away
	s.away = true
	s.mu.Unlock()
	if known {
		return
	}
	if errors.Is(why, io.EOF) {
		why = errors.New("the peer has closed the connection")
	}
	if s.waiting != nil {
		why = fmt.Errorf("%d records wait: %w", s.waiting(), why)
	}
	s.tell(slog.Record{}, fmt.Errorf("%s: %w", s.name, why))
}

// tell calls the ErrorHandler on a goroutine of its own, which it may end: ours must go on.
func (s *socket) tell(r slog.Record, err error) {
	told := make(chan struct{})
	go func() {
		defer close(told)
		s.telling.Do(func() {
			// There is nobody left to tell of a panic here.
			_ = safe.Do(func() error {
				s.opts.ErrorHandler(context.Background(), r, err)
				return nil
			})
		})
	}()
	<-told
}

func (s *socket) addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// sleep waits so long, unless ctx is done before.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
