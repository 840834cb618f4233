package smtpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// send is for the queue: it makes mails of a batch and sends them. It returns for how many records there is nothing left
// to do. The others come again.
func (s *sink) send(ctx context.Context, batch []*entry) (done int) {
	s.undecided = len(batch)
	returned := false
	defer func() {
		if !returned { // user code has ended the goroutine, and the queue gives the batch up
			s.fail(s.undecided)
			settle(batch, errGoexit)
		}
	}()
	s.sending.Do(func() { done = s.sendBatch(ctx, batch) })
	returned = true
	return done
}

var errGoexit = errors.New("smtpx: not sent: user code has called runtime.Goexit")

func (s *sink) sendBatch(ctx context.Context, batch []*entry) (done int) {
	s.window.begin()
	defer func() { s.deliver.rest(ctx) }()
	for done < len(batch) {
		wait := s.limit.wait(time.Now())
		switch held := wait > 0 && !s.released; {
		case held && done == 0:
			return s.hold(ctx, wait, batch)
		case held:
			return done // to come again, with all that waits
		}
		n := 1
		if s.opts.Digest != nil || s.released {
			n = len(batch) - done
		}
		if !s.mail(ctx, batch[done:done+n]) {
			return done
		}
		done += n
		s.released = false
	}
	return done
}

// hold is for when the rate limit allows no mail. It has all records counted that come from now on, and those that wait,
// but for the last, which the next mail shows. When only these are left it waits until that mail is allowed, or Close
// wants it.
func (s *sink) hold(ctx context.Context, wait time.Duration, batch []*entry) (done int) {
	first := s.window.mute()
	waiting := int(s.queue.Stats().Waiting) // batch, and what is behind it
	if done = min(waiting-s.window.most(), len(batch)); done > 0 {
		s.suppress(batch[:done])
		return done
	}
	if first && waiting > len(batch) {
		return 0 // to come again, with what was let in meanwhile
	}
	settle(batch, nil)
	s.deliver.rest(ctx)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closed:
	case <-ctx.Done():
	case <-s.late:
		return 0 // to come again, with it
	}
	s.released = ctx.Err() == nil
	return 0
}

// suppress has records counted in the next mail.
func (s *sink) suppress(entries []*entry) {
	live := claim(entries)
	s.fail(len(entries) - len(live))
	settle(live, nil)
	s.undecided -= len(live)
	for _, e := range live {
		s.window.suppress(e.record.Level)
	}
}

// fail counts records whose mail nobody gets.
func (s *sink) fail(n int) {
	s.undecided -= n
	s.count(func(c *counted) { c.failed += int64(n) })
}

// mail sends a mail of these records: it shows the first and counts the rest, with those of which the window has only
// the number. It returns false if ctx was done before anybody got it.
func (s *sink) mail(ctx context.Context, entries []*entry) bool {
	live := claim(entries)
	if len(live) == 0 {
		s.fail(len(entries))
		s.window.unmute()
		return true
	}
	shown, rest := live[:min(len(live), s.window.most())], live[min(len(live), s.window.most()):]

	untold := s.window.take()
	defer func() { s.window.giveBack(untold) }() // also if user code ends the goroutine
	others := maps.Clone(untold)
	for _, e := range rest {
		others[e.record.Level]++
	}

	text, err := s.compose(shown, others)
	d := &delivery{text: text, left: s.composer.to, err: err}
	if text != nil {
		s.try(ctx, d)
	}
	if d.accepted == 0 && ctx.Err() != nil {
		settle(live, fmt.Errorf("smtpx: not sent: %w", context.Cause(ctx)))
		return false
	}

	s.fail(len(entries) - len(live))
	s.undecided -= len(rest)
	s.window.count(len(rest))
	settle(rest, nil)
	untold = others
	if d.accepted > 0 {
		untold = nil
	}
	s.conclude(shown, d)
	if text != nil {
		s.complain(shown, err)
	}
	return true
}

// compose returns a mail, and what user code has done wrong meanwhile.
func (s *sink) compose(shown []*entry, others counts) (text []byte, err error) {
	defer safe.Recover(&err)
	return s.composer.compose(time.Now(), shown, others)
}

// conclude counts what has become of a mail, and tells who wants to know.
func (s *sink) conclude(shown []*entry, d *delivery) {
	n := len(shown)
	err := d.error()
	s.count(func(c *counted) { c.refused += int64(len(d.refused)) })
	if d.accepted > 0 {
		s.undecided -= n
		s.count(func(c *counted) {
			c.sent += int64(n)
			c.mails++
			c.bytes += int64(len(d.text))
		})
		s.limit.count(time.Now())
	} else {
		s.fail(n)
	}
	if n > 1 && err != nil {
		err = fmt.Errorf("%w (a mail of %d records)", err, n)
	}
	if n == 1 && shown[0].settled(err) {
		return
	}
	s.complain(shown, err)
}

// complain tells the ErrorHandler, unless it is about what an ErrorHandler has logged.
func (s *sink) complain(shown []*entry, err error) {
	if err == nil {
		return
	}
	r := slog.Record{}
	quiet := true
	for _, e := range shown {
		quiet = quiet && e.quiet
	}
	if len(shown) == 1 {
		r = shown[0].record
	}
	if !quiet {
		s.tell(r, err)
	}
}
