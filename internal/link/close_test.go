package link

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestClose(t *testing.T) {
	t.Run("sends what waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &fakeConn{left: 1 << 20}
			s := NewStream(Config{OnError: noErrors(t), Dial: func(context.Context) (net.Conn, error) { return c, nil }})
			for range 100 {
				write(t, s, frame("x"))
			}
			for range 2 {
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if !c.closed || len(c.bytes) != 500 {
				t.Errorf("closed %v, %d bytes", c.closed, len(c.bytes))
			}
			if _, err := s.Write(frame("x")); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Write = %v", err)
			}
			if err := s.Connect(t.Context()); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Connect = %v", err)
			}
			wantStats(t, s.Stats(), Stats{Handled: 101, Sent: 100, Failed: 1, Bytes: 500})
		})
	})
	t.Run("makes one more attempt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var up atomic.Bool
			c := &fakeConn{left: 1 << 20}
			s := NewStream(Config{Buffer: 100, Dial: func(context.Context) (net.Conn, error) {
				if !up.Load() {
					return nil, syscall.ECONNREFUSED
				}
				return c, nil
			}})
			write(t, s, frame("x"))
			synctest.Wait()
			up.Store(true)
			if err := s.Close(t.Context()); err != nil || len(c.bytes) != 5 {
				t.Errorf("%v, %q", err, c.bytes)
			}
		})
	})
	t.Run("makes it, too, if an attempt fails that began before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			refuse := make(chan struct{})
			attempts := 0
			c := &fakeConn{left: 1 << 20}
			s := NewStream(Config{Buffer: 100, Dial: func(context.Context) (net.Conn, error) {
				if attempts++; attempts > 1 {
					return c, nil
				}
				<-refuse
				return nil, syscall.ECONNREFUSED
			}})
			write(t, s, frame("x"))
			synctest.Wait()
			closed := make(chan error, 1)
			go func() { closed <- s.Close(t.Context()) }()
			synctest.Wait()
			close(refuse)
			if err := <-closed; err != nil || len(c.bytes) != 5 {
				t.Errorf("%v, %q after %d attempts", err, c.bytes, attempts)
			}
		})
	})
	t.Run("loses what cannot be sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var log testkit.ErrorLog
			s := NewStream(Config{
				Network: "tcp", Address: "a:1", Buffer: 100, OnError: log.Add,
				Dial: func(context.Context) (net.Conn, error) {
					return nil, syscall.ECONNREFUSED
				},
			})
			write(t, s, frame("x"))
			synctest.Wait()
			if err := s.Close(t.Context()); err == nil || err.Error() != "tcp a:1: closed: 1 records lost" {
				t.Error(err)
			}
			wantStats(t, s.Stats(), Stats{Handled: 1, Dropped: 1})
			if errs := log.Take(); len(errs) != 2 || !strings.Contains(errs[1].Error(), "1 records lost") {
				t.Errorf("OnError was told %v", errs)
			}
		})
	})
	t.Run("of one never used", func(t *testing.T) {
		if err := NewStream(Config{}).Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("while OnError hangs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			hang := sync.OnceFunc(func() { <-release })
			s := NewStream(Config{Buffer: 100, OnError: func(error) { hang() }, Dial: func(context.Context) (net.Conn, error) {
				return nil, syscall.ECONNREFUSED
			}})
			write(t, s, frame("x"))
			synctest.Wait()
			time.AfterFunc(time.Minute, func() { close(release) })
			start := time.Now()
			_ = s.Close(within(t, time.Second))
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("Close took %v", took)
			}
			time.Sleep(time.Minute)
			wantStats(t, s.Stats(), Stats{Handled: 1, Dropped: 1})
		})
	})
}

// TestOnErrorMisbehaves: it may panic, and use the Stream.
func TestOnErrorMisbehaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Stream
		calls := 0
		s = NewStream(Config{OnError: func(error) {
			calls++
			_, _ = s.Write(frame("from OnError"))
			_ = s.Stats()
			panic("!")
		}, Dial: func(context.Context) (net.Conn, error) { return nil, syscall.ECONNREFUSED }})
		write(t, s, frame("x"))
		synctest.Wait()
		_ = s.Close(t.Context())
		if calls == 0 {
			t.Error("OnError was not called")
		}
	})
}

// TestCloseByOnError: neither Flush nor Close waits for the goroutine that it is called on. That does what Close would have
// done, for which a second Close waits.
func TestCloseByOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Stream
		c := &fakeConn{left: 1 << 20}
		attempts, calls := 0, 0
		s = NewStream(Config{Buffer: 100, OnError: func(error) {
			if calls++; calls > 1 {
				return // the end of the outage
			}
			start := time.Now()
			if err := s.Flush(t.Context()); !errors.Is(err, reentry.ErrInside) {
				t.Errorf("Flush = %v", err)
			}
			for range 2 {
				if err := s.Close(t.Context()); !errors.Is(err, reentry.ErrInside) {
					t.Errorf("Close = %v", err)
				}
			}
			if took := time.Since(start); took > 0 {
				t.Errorf("they took %v", took)
			}
		}, Dial: func(context.Context) (net.Conn, error) {
			if attempts++; attempts == 1 {
				return nil, syscall.ECONNREFUSED
			}
			time.Sleep(time.Second) // so that Close below comes before the end
			return c, nil
		}})
		write(t, s, frame("x"))
		synctest.Wait()
		start := time.Now()
		if err := s.Close(within(t, 100*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close = %v", err)
		}
		if err := s.Close(t.Context()); err != nil || time.Since(start) != time.Second {
			t.Errorf("Close = %v after %v", err, time.Since(start))
		}
		if !c.closed || len(c.bytes) != 5 {
			t.Errorf("closed %v, %q", c.closed, c.bytes)
		}
		wantStats(t, s.Stats(), Stats{Handled: 1, Sent: 1, Bytes: 5})
	})
}
