package socketx

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestShutdown: what has been sent is received, and what is being handled is finished.
func TestShutdown(t *testing.T) {
	s := &Server{}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, _ *errorLog) {
		idle, busy, endless := p.dial(), p.dial(), p.dial()
		send(t, busy, line("begun")[:5])
		go func() {
			time.Sleep(3 * time.Second)
			send(t, busy, line("begun")[5:])
			time.Sleep(50 * time.Millisecond)
			send(t, busy, line("another"))
		}()
		sent := make(chan int)
		go func() {
			n := 0
			for ; ; n++ {
				if _, err := endless.Write(line("endless")); err != nil {
					break
				}
				time.Sleep(90 * time.Millisecond)
			}
			sent <- n
		}()
		synctest.Wait()
		start := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took < 5*time.Second || took > 5200*time.Millisecond {
			t.Errorf("took %v", took)
		}
		got := map[string]int{}
		for len(r.records) > 0 {
			got[(<-r.records).Message]++
		}
		if n := <-sent; got["begun"] != 1 || got["another"] != 1 || got["endless"] != n || n < 50 {
			t.Errorf("%v of %d", got, n)
		}
		if isOpen(idle) || isOpen(busy) || isOpen(endless) {
			t.Error("not closed")
		}
		select {
		case <-p.closed:
		default:
			t.Error("the listener is open")
		}
	})
}

func TestShutdownCutShort(t *testing.T) {
	s := &Server{}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, errs *errorLog) {
		c := p.dial()
		send(t, c, line("begun")[:5])
		canceled := make(chan bool, 1)
		r.hook = func(ctx context.Context, _ slog.Record) error {
			<-ctx.Done()
			canceled <- true
			return nil
		}
		send(t, p.dial(), line("hangs"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
		if isOpen(c) || !<-canceled {
			t.Error("not closed")
		}
	})
}

// TestCloseWithHangingHandler: it waits, but not for ever.
func TestCloseWithHangingHandler(t *testing.T) {
	s := &Server{}
	inBubble(t, s, func(t *testing.T, p *pipes, r *receiver, _ *errorLog) {
		release := make(chan bool)
		r.hook = func(context.Context, slog.Record) error {
			<-release
			return nil
		}
		send(t, p.dial(), line("hangs"))
		synctest.Wait()
		start := time.Now()
		if err := s.Close(); err == nil || time.Since(start) != closeWait {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		close(release)
	})
}

// TestShutdownDrains, over real connections: all that was sent arrives, and the senders are told.
func TestShutdownDrains(t *testing.T) {
	for _, network := range []string{"tcp", "unix", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			r := newReceiver()
			begin := make(chan bool)
			r.hook = func(_ context.Context, rec slog.Record) error {
				if rec.Message == "x" {
					<-begin
				}
				return nil
			}
			s := &Server{Handler: r, ErrorHandler: testkit.NoErrors(t), drainMost: soon}
			address := serve(t, s, network)
			send(t, dial(t, network, address), line("serves"))
			r.want(t, "serves")
			c := dial(t, network, address)
			const n = 8 // as many datagrams as wait in a socket
			for range n {
				send(t, c, line("x"))
			}
			done := make(chan error)
			go func() { done <- s.Shutdown(t.Context()) }()
			if !isPacket(network) {
				wantClosed(t, c)
			}
			close(begin)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if len(r.records) != n {
				t.Errorf("%d records", len(r.records))
			}
		})
	}
}
