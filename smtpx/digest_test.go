package smtpx

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// post is a transport without a network.
type post struct {
	mu    sync.Mutex
	mails []string
	at    []time.Time
	fail  func(n int) error // what becomes of the nth attempt, from 0; nil: taken
	n     int
	block chan struct{} // attempts wait for it
}

func (p *post) send(ctx context.Context, _ mailbox, to []mailbox, mail []byte) (receipt, error) {
	if p.block != nil {
		select {
		case <-p.block:
		case <-ctx.Done():
			return receipt{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if p.fail != nil {
		if err := p.fail(p.n - 1); err != nil {
			return receipt{}, err
		}
	}
	p.mails, p.at = append(p.mails, string(mail)), append(p.at, time.Now())
	return receipt{accepted: to}, nil
}

func (p *post) rest(context.Context) {}

// sent returns when the mails were that letters has not returned.
func (p *post) sent() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.at)
}

func (p *post) attempts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// letters returns what was sent since the last call, parsed.
func (p *post) letters(t *testing.T) (all []*letter) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.mails {
		all = append(all, read(t, m))
	}
	p.mails, p.at = nil, nil
	return all
}

// posting returns a handler whose mails p gets.
func posting(p *post, o Options) *Handler {
	o.CloseTimeout = cmp.Or(o.CloseTimeout, patience)
	h := NewHandler("mx.example", "me@example.com", someone, &o)
	h.sink.deliver = p
	return h
}

// TestDigest: 500 errors in a second are one mail, which shows the first of them and counts the rest.
func TestDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Digest: &Digest{Window: time.Minute, MaxRecords: 10}})
		start := time.Now()
		for i := range 500 {
			level := slog.LevelWarn
			if i%5 == 0 {
				level = slog.LevelError
			}
			slog.New(h).Log(t.Context(), level, "out of order", "i", i)
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if at := p.sent(); len(at) != 1 || at[0].Sub(start) != time.Minute {
			t.Fatalf("mails at %v, began %v", at, start)
		}
		l := p.letters(t)[0]
		if l.subject != "ERROR: out of order (+499 more)" || l.header.Get("Importance") != "high" {
			t.Errorf("%q", l.subject)
		}
		const head = "10 records; 490 more suppressed: 98 ERROR, 392 WARN\n\n"
		if !strings.HasPrefix(l.text, head) || strings.Count(l.text, "\n") != 12 || !strings.Contains(l.text, " i=9\n") {
			t.Errorf("%s", l.text)
		}
		if strings.Count(l.html, "<table") != 10 || !strings.Contains(l.html, "490 more suppressed") {
			t.Errorf("%s", l.html)
		}
		if s := h.Stats(); s != (Stats{Handled: 500, Sent: 10, Suppressed: 490, Mails: 1, Bytes: s.Bytes}) {
			t.Errorf("%+v", s)
		}
		slog.New(h).Info("later")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if all := p.letters(t); len(all) != 1 || all[0].subject != "INFO: later" {
			t.Errorf("%v", all)
		}
		balanced(t, h)
	})
}

// TestDrain: a queue's Listener drains its handlers after each burst, which must not end the window.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Digest: &Digest{Window: time.Minute}})
		for range 3 {
			slog.New(h).Error("x")
			if err := slogx.Drain(h); err != nil || len(p.sent()) != 0 {
				t.Errorf("%v, %d mails", err, len(p.sent()))
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if all := p.letters(t); len(all) != 1 || all[0].subject != "ERROR: x (+2 more)" {
			t.Errorf("%v", all)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		balanced(t, h)
	})
}

// TestDigestFlushLevel: a severe record ends the window.
func TestDigestFlushLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{
			Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)},
			Digest:  &Digest{Window: time.Hour, MaxRecords: 2, FlushLevel: slog.LevelError},
		})
		log := slog.New(h)
		log.Info("one")
		time.Sleep(time.Second)
		if len(p.sent()) != 0 {
			t.Error("sent before its time")
		}
		log.Error("two")
		synctest.Wait()
		if all := p.letters(t); len(all) != 1 || all[0].subject != "ERROR: two (+1 more)" {
			t.Fatalf("%v", all)
		}
		log.Info("one")
		log.Info("two")
		log.Error("three is only counted, but ends the window, too")
		synctest.Wait()
		if all := p.letters(t); len(all) != 1 || all[0].subject != "INFO: one (+2 more)" || all[0].header.Get("Importance") != "high" {
			t.Fatalf("%v", all)
		}
		_ = h.Close()
		balanced(t, h)
	})
}

// TestDigestKeepsLines: in a digest a record cannot pass for two.
func TestDigestKeepsLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{Format: bare, ErrorHandler: testkit.NoErrors(t)}, Digest: new(Digest)})
		slog.New(h).Info("a\nERROR b")
		slog.New(h).Info("c\r\nd\re\x1b[0m\xff\u2028")
		_ = h.Close()
		l := p.letters(t)[0]
		if want := "2 records\n\na\n    ERROR b\nc\n    d\\re\\x1b[0m\ufffd\\u2028\n"; l.text != want {
			t.Errorf("%q", l.text)
		}
	})
}

// TestRateLimit: what is beyond the limit is counted, and the count is said as soon as a mail may be sent.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RateLimit: 3})
		start := time.Now()
		for range 1000 {
			slog.New(h).Error("again")
			time.Sleep(time.Second)
		}
		if err := h.Flush(); err != nil { // there is nothing it may do
			t.Error(err)
		}
		if len(p.sent()) != 3 {
			t.Fatalf("%d mails", len(p.sent()))
		}
		p.letters(t)
		time.Sleep(time.Hour - 999*time.Second)
		if at := p.sent(); len(at) != 1 || at[0].Sub(start) != time.Hour {
			t.Fatalf("mails at %v, began %v", at, start)
		}
		l := p.letters(t)[0]
		if l.subject != "ERROR: again (+996 more)" || !strings.HasPrefix(l.text, "996 more suppressed: 996 ERROR\n\ntime=") {
			t.Errorf("%s: %s", l.subject, l.text)
		}
		if s := h.Stats(); s != (Stats{Handled: 1000, Sent: 4, Suppressed: 996, Mails: 4, Bytes: s.Bytes}) {
			t.Errorf("%+v", s)
		}
		_ = h.Close()
		balanced(t, h)
		if len(p.sent()) != 0 {
			t.Error("a mail about nothing")
		}
	})
}

// TestRateLimitAtOnce: a burst that is in the queue when the limit is reached is counted as well; Close says so.
func TestRateLimitAtOnce(t *testing.T) {
	for _, digest := range []*Digest{nil, {Window: time.Minute, MaxRecords: 5}} { // 5 are shown, or the first
		synctest.Test(t, func(t *testing.T) {
			p := &post{block: make(chan struct{})}
			h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RateLimit: 1, Digest: digest})
			log := slog.New(h)
			log.Info("first")
			time.Sleep(2 * time.Minute)
			close(p.block)
			synctest.Wait()
			for range 100 {
				log.Warn("burst")
			}
			time.Sleep(2 * time.Minute)
			if all := p.letters(t); len(all) != 1 || all[0].subject != "INFO: first" {
				t.Fatalf("%v", all)
			}
			log.Error("last")
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			all := p.letters(t)
			if len(all) != 1 || !strings.HasSuffix(all[0].subject, "(+100 more)") || all[0].header.Get("Importance") != "high" {
				t.Fatalf("%d mails, %q", len(all), all[0].subject)
			}
			if s := balanced(t, h); s.Handled != 102 || s.Mails != 2 || s.Dropped+s.Failed != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestRateLimitFlush: a Flush that waits when the limit is reached does not wait for the hour to be over.
func TestRateLimitFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RateLimit: 1, CloseTimeout: time.Minute, Digest: new(Digest)})
		slog.New(h).Info("first")
		if err := h.Flush(); err != nil {
			t.Error(err)
		}
		slog.New(h).Info("second")
		start := time.Now()
		if err := h.Flush(); err != nil || time.Since(start) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(2 * time.Hour)
		if len(p.sent()) != 2 {
			t.Errorf("%d mails", len(p.sent()))
		}
		_ = h.Close()
		balanced(t, h)
	})
}

// TestRateLimitSynchronous: a caller does not wait for the hour to be over either.
func TestRateLimitSynchronous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, RateLimit: 1, Synchronous: true})
		start := time.Now()
		for range 3 {
			if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err != nil {
				t.Error(err)
			}
		}
		if time.Since(start) > 0 {
			t.Errorf("took %v", time.Since(start))
		}
		time.Sleep(time.Hour + time.Second)
		if all := p.letters(t); len(all) != 2 || all[1].subject != "INFO: x (+1 more)" {
			t.Errorf("%v", all)
		}
		_ = h.Close()
		balanced(t, h)
	})
}

// TestRetry: the waits grow, Flush ends one of them, and a count that was in a lost mail is in the next.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries []time.Duration
		var log testkit.ErrorLog
		start := time.Now()
		down := true
		p := &post{fail: func(int) error {
			tries = append(tries, time.Since(start))
			if down {
				return io.ErrUnexpectedEOF
			}
			return nil
		}}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: log.Handle}, MaxRetries: 4, RetryMax: 3 * time.Second, Digest: &Digest{Window: time.Second, MaxRecords: 1}})
		for range 3 {
			slog.New(h).Error("x")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 7 * time.Second, 10 * time.Second}
		if len(tries) != len(want) {
			t.Fatalf("tries at %v", tries)
		}
		for i := range want {
			if tries[i] != want[i] {
				t.Fatalf("tries at %v", tries)
			}
		}
		if errs := log.Take(); len(errs) != 1 || !errors.Is(errs[0], io.ErrUnexpectedEOF) {
			t.Errorf("%v", errs)
		}
		slog.New(h).Error("y")
		time.Sleep(time.Second)
		synctest.Wait()
		down = false
		if err := h.Flush(); err != nil {
			t.Error(err)
		}
		all := p.letters(t)
		if len(all) != 1 || all[0].subject != "ERROR: y (+2 more)" {
			t.Fatalf("%v", all)
		}
		_ = h.Close()
		if s := balanced(t, h); s.Failed != 1 || s.Suppressed != 2 || s.Sent != 1 || s.Retried != 5 {
			t.Errorf("%+v", s)
		}
	})
}

// TestClose: each mail that waits gets one attempt, and what there is no time for is lost, and said to be.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{block: make(chan struct{})}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, CloseTimeout: time.Minute})
		for range 3 {
			slog.New(h).Info("x")
		}
		start := time.Now()
		err := h.Close()
		if took := time.Since(start); err == nil || took < time.Minute || took > time.Minute+time.Second || !strings.Contains(err.Error(), "3 records lost") {
			t.Errorf("%v after %v", err, took)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if s := balanced(t, h); s.Dropped != 3 {
			t.Errorf("%+v", s)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		p := &post{fail: func(int) error { return io.ErrUnexpectedEOF }}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: log.Handle}})
		for range 3 {
			slog.New(h).Info("x")
		}
		synctest.Wait() // the first has failed once
		start := time.Now()
		if err := h.Close(); err != nil || time.Since(start) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if s := balanced(t, h); s.Failed != 3 || p.attempts() != 4 || len(log.Take()) != 3 {
			t.Errorf("%+v, %d attempts", s, p.attempts())
		}
	})
}
