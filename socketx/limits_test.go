package socketx

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// pipes is a listener without a network, for tests with time of their own.
type pipes struct {
	accept chan any // net.Conn or error
	once   sync.Once
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{accept: make(chan any), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case v := <-p.accept:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(net.Conn), nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.accept <- theirs
	return ours
}

// inBubble runs test in a synctest bubble, with a Server behind pipes.
func inBubble(t *testing.T, s *Server, test func(t *testing.T, p *pipes, r *receiver, errs *errorLog)) {
	synctest.Test(t, func(t *testing.T) {
		r, errs := newReceiver(), new(errorLog)
		s.Handler, s.ErrorHandler = r, errs.Handle
		p := newPipes()
		done := make(chan error, 1)
		go func() { done <- s.Serve(p) }()
		test(t, p, r, errs)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
		errs.WantNone(t)
	})
}

func isOpen(c net.Conn) bool {
	synctest.Wait()
	if err := c.SetReadDeadline(time.Now()); err != nil {
		return false
	}
	_, err := c.Read(make([]byte, 1))
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestIdleTimeout(t *testing.T) {
	inBubble(t, &Server{IdleTimeout: time.Minute}, func(t *testing.T, p *pipes, r *receiver, _ *errorLog) {
		c := p.dial()
		for range 3 {
			time.Sleep(59 * time.Second)
			send(t, c, line("x"))
			r.want(t, "x")
		}
		time.Sleep(59 * time.Second)
		if !isOpen(c) {
			t.Error("closed too early")
		}
		time.Sleep(2 * time.Second)
		if isOpen(c) {
			t.Error("not closed")
		}
	})
}

func TestReadTimeout(t *testing.T) {
	s := &Server{}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, errs *errorLog) {
		c := p.dial()
		time.Sleep(1000 * time.Hour) // no limit between records
		data := pickled("slow")
		send(t, c, data[:1])
		time.Sleep(9 * time.Second)
		send(t, c, data[1:])
		r.want(t, "slow")
		time.Sleep(1000 * time.Hour)
		for _, b := range line("slower")[:5] {
			send(t, c, []byte{b})
			time.Sleep(1999 * time.Millisecond)
		}
		if !isOpen(c) {
			t.Error("closed too early")
		}
		time.Sleep(10 * time.Millisecond)
		if isOpen(c) {
			t.Error("not closed")
		}
		errs.want(t, "a record was not complete after 10s")
		settled(t, s, ServerStats{Received: 2, Handled: 1, Refused: 1})
	})
}

func TestTooManyConnections(t *testing.T) {
	s := &Server{MaxConns: 3}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, errs *errorLog) {
		var conns [6]net.Conn
		open := func(i int) {
			conns[i] = p.dial()
			synctest.Wait()
			time.Sleep(time.Second)
		}
		say := func(i int) {
			send(t, conns[i], line("x"))
			r.want(t, "x")
			time.Sleep(time.Second)
		}
		wantOpen := func(want ...int) {
			t.Helper()
			var got []int
			for i, c := range conns {
				if c != nil && isOpen(c) {
					got = append(got, i)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("open are %v, want %v", got, want)
			}
		}
		open(0)
		open(1)
		open(2)
		say(1)
		say(0)
		wantOpen(0, 1, 2)
		open(3) // instead of 2, which has never said anything
		wantOpen(0, 1, 3)
		say(3)
		open(4) // instead of 1, which is silent longest
		wantOpen(0, 3, 4)
		say(4)
		for _, i := range []int{0, 3, 4} { // all are in the middle of something
			send(t, conns[i], line("x")[:3])
		}
		synctest.Wait()
		open(5)
		wantOpen(0, 3, 4)
		for range 3 {
			errs.want(t, "closed, for there are too many connections")
		}
		if got := s.Stats(); got.Conns != 3 || got.Accepted != 6 || got.Evicted != 3 {
			t.Errorf("%+v", got)
		}
	})
}

// TestSlowClientsGoFirst: who has never sent a record, though it has begun one, has to go before who has.
func TestSlowClientsGoFirst(t *testing.T) {
	s := &Server{MaxConns: 3}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, errs *errorLog) {
		good := p.dial()
		send(t, good, line("x"))
		r.want(t, "x")
		var slow [10]net.Conn
		for i := range slow {
			slow[i] = p.dial()
			send(t, slow[i], line("x")[:5])
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		for i, c := range slow {
			if want := i >= len(slow)-2; isOpen(c) != want {
				t.Errorf("slow client %d is open: %v", i, !want)
			}
			if i < len(slow)-2 {
				errs.want(t, "closed, for there are too many connections")
			}
		}
		send(t, good, line("y"))
		r.want(t, "y")
	})
}

// TestAcceptErrors: what passes is waited for, ever longer.
func TestAcceptErrors(t *testing.T) {
	inBubble(t, &Server{}, func(t *testing.T, p *pipes, r *receiver, errs *errorLog) {
		for range 2 { // an accepted connection ends it
			for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000} {
				p.accept <- fmt.Errorf("accept: %w", syscall.EMFILE)
				synctest.Wait()
				time.Sleep(want*time.Millisecond - time.Nanosecond)
				select {
				case p.accept <- net.ErrClosed:
					t.Fatalf("waited for less than %d ms", want)
				default:
				}
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				errs.want(t, syscall.EMFILE.Error())
			}
			_ = p.dial().Close()
			synctest.Wait()
		}
		c := p.dial()
		send(t, c, line("x"))
		r.want(t, "x")
	})
}
