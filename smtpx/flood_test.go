package smtpx

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestLargeDigest: a window with more records than half of the queue is one mail nevertheless, and the next one has room
// while that mail is on its way.
func TestLargeDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{block: make(chan struct{})}
		h := posting(p, Options{
			Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Policy: DropBelow(slog.LevelError),
			Digest: &Digest{Window: time.Minute, MaxRecords: 900},
		})
		start := time.Now()
		for range 3 {
			for range 1000 {
				slog.New(h).Info("x")
			}
			if took := time.Since(start) % time.Minute; took > 0 {
				t.Errorf("the caller waits for %v", took)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		close(p.block)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		all := p.letters(t)
		if len(all) != 2 || all[0].subject != "INFO: x (+999 more)" || all[1].subject != "INFO: x (+1999 more)" {
			t.Fatalf("%d mails", len(all))
		}
		if s := balanced(t, h); s.Sent != 1800 || s.Suppressed != 1200 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSlowServer: a queue that is full has room again after a few mails, not after half of it.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slow{pause: 200 * time.Millisecond}
		h := posting(&p.post, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, CloseTimeout: time.Hour})
		h.sink.deliver = p
		for range 2000 {
			slog.New(h).Info("x")
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if s := balanced(t, h); s.Sent != 2000 || s.Dropped != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// slow takes its time for each mail.
type slow struct {
	post
	pause time.Duration
}

func (s *slow) send(ctx context.Context, from mailbox, to []mailbox, mail []byte) (receipt, error) {
	select {
	case <-time.After(s.pause):
		return s.post.send(ctx, from, to, mail)
	case <-ctx.Done():
		return receipt{}, ctx.Err()
	}
}

// TestRateLimitFullQueue: all that is in the queue when the limit is reached is in one mail, also if that is no batch, and
// who waits for room gets in to be counted.
func TestRateLimitFullQueue(t *testing.T) {
	for _, early := range []bool{false, true} { // Close, before the hour is over
		synctest.Test(t, func(t *testing.T) {
			p := &post{block: make(chan struct{})}
			h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RateLimit: 1})
			for range 1000 {
				slog.New(h).Info("x")
			}
			for range 30 {
				go slog.New(h).Info("x")
			}
			synctest.Wait()
			close(p.block)
			time.Sleep(time.Minute)
			if n := len(p.letters(t)); n != 1 {
				t.Fatalf("%d mails", n)
			}
			if !early {
				time.Sleep(time.Hour)
			} else if err := h.Close(); err != nil {
				t.Error(err)
			}
			all := p.letters(t)
			if len(all) != 1 || all[0].subject != "INFO: x (+1028 more)" {
				t.Errorf("%d mails", len(all))
			}
			_ = h.Close()
			if s := balanced(t, h); s.Handled != 1030 || s.Dropped+s.Failed != 0 || s.Mails != 2 {
				t.Errorf("%+v", s)
			}
			if n := len(p.letters(t)); n != 0 {
				t.Errorf("%d mails more", n)
			}
		})
	}
}

// TestCountsAtClose: what was only counted, and is in no mail when the handler is closed, is lost, and Close says so.
func TestCountsAtClose(t *testing.T) {
	for name, c := range map[string]struct {
		opts  Options
		fails bool // the last mail; otherwise it hangs
		want  string
		lost  int64 // of 10
	}{
		"digest refused":  {Options{Digest: &Digest{MaxRecords: 2}}, true, "8 records lost", 8},
		"digest hangs":    {Options{Digest: &Digest{MaxRecords: 2}}, false, "8 records lost", 10},
		"limited, fails":  {Options{RateLimit: 1}, true, "8 records lost", 8},
		"limited, no end": {Options{RateLimit: 1}, false, "8 records lost", 9},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := new(post)
				limited := c.opts.RateLimit > 0
				c.opts.ErrorHandler = slogx.IgnoreErrors
				h := posting(p, c.opts)
				p.fail = func(n int) error {
					if limited && n == 0 {
						return nil
					}
					if c.fails {
						return errors.New("refused")
					}
					return nil
				}
				log := slog.New(h)
				if limited {
					log.Info("first")
					synctest.Wait()
				}
				for range 9 {
					log.Info("x")
					synctest.Wait()
				}
				if !limited {
					log.Info("x")
				}
				if !c.fails {
					p.block = make(chan struct{})
				}
				err := h.Close()
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v", err)
				}
				if err := h.Close(); err != nil {
					t.Error(err)
				}
				if s := balanced(t, h); s.Handled != 10 || s.Suppressed != 0 || s.Dropped != c.lost {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// TestCountsSurvive: user code that ends the goroutine does not take along the counts of other records.
func TestCountsSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		n := 0
		h := posting(p, Options{
			Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Digest: &Digest{MaxRecords: 2},
			Subject: func(r slog.Record) string {
				if n++; n == 1 {
					runtime.Goexit()
				}
				return "s"
			},
		})
		for range 5 {
			slog.New(h).Info("x")
		}
		time.Sleep(time.Hour)
		slog.New(h).Info("y")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if all := p.letters(t); len(all) != 1 || all[0].subject != "s (+3 more)" {
			t.Errorf("%d mails, %q", len(all), all[0].subject)
		}
		if s := balanced(t, h); s.Failed != 2 || s.Suppressed != 3 || s.Sent != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestAbandonedThenLimited: who has been told that his record is not sent is not counted as suppressed.
func TestAbandonedThenLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slow{pause: 20 * time.Second}
		h := posting(&p.post, Options{
			Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true, RateLimit: 1, SendTimeout: 15 * time.Second,
		})
		h.sink.deliver = p
		var failed atomic.Int32
		for _, later := range []time.Duration{0, 1, 9, 0} { // the second waits in vain
			time.Sleep(later * time.Second)
			go func() {
				if h.Handle(t.Context(), record(slog.LevelInfo, "x")) != nil {
					failed.Add(1)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(2 * time.Hour)
		_ = h.Close()
		if s := balanced(t, h); failed.Load() != 1 || s.Failed != 1 || s.Sent != 2 || s.Suppressed != 1 {
			t.Errorf("%d told: %+v", failed.Load(), s)
		}
	})
}

// TestLimitedThenFails: a caller who has gone on hears nothing more; the ErrorHandler does.
func TestLimitedThenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		p := &post{fail: func(n int) error {
			if n == 0 {
				return nil
			}
			return errors.New("refused")
		}}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: log.Handle}, Synchronous: true, RateLimit: 1})
		for range 2 {
			if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err != nil {
				t.Error(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if errs := log.Take(); len(errs) != 1 || errs[0].Error() != "refused" {
			t.Errorf("told %v", errs)
		}
	})
}
