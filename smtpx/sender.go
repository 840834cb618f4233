package smtpx

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// send is for the queue: it makes mails of a batch and sends them. It returns for how many records there is nothing left
// to do.
func (s *sink) send(ctx context.Context, batch []*entry) (done int) {
	s.open = len(batch)
	returned := false
	defer func() {
		if !returned { // user code has ended the goroutine, and the queue gives the batch up
			s.fail(s.open)
		}
	}()
	s.sending.Do(func() { done = s.sendBatch(ctx, batch) })
	returned = true
	return done
}

func (s *sink) sendBatch(ctx context.Context, batch []*entry) (done int) {
	s.window.begin()
	defer func() { s.deliver.rest(ctx) }()
	each, digest := 1, s.opts.Digest
	if digest != nil {
		each = min(len(batch), digest.MaxRecords)
	}
	for ; done < len(batch); done += each {
		if wait := s.limit.wait(time.Now()); wait > 0 && !s.released {
			s.released = s.hold(ctx, wait, batch[done:])
			return done // to come again, with what has been let in meanwhile
		}
		shown, rest := s.claim(batch[done:done+each]), batch[done+each:]
		if len(shown) == 0 {
			continue
		}
		alone := digest == nil && !s.released
		if alone {
			rest = nil // they get mails of their own
		}
		s.released = false
		if !s.mail(ctx, shown, rest) {
			return done
		}
		if !alone {
			return len(batch)
		}
	}
	s.released = false // if all that was held back has no caller any more
	s.window.unmute()
	return done
}

// claim returns those for which nobody has stopped to wait.
func (s *sink) claim(entries []*entry) []*entry {
	live := make([]*entry, 0, len(entries))
	for _, e := range entries {
		if e.taken.CompareAndSwap(false, true) {
			live = append(live, e)
		}
	}
	s.fail(len(entries) - len(live)) // their callers have said so
	return live
}

// fail counts records whose mail nobody gets.
func (s *sink) fail(n int) {
	s.open -= n
	s.count(func(c *counted) { c.failed += int64(n) })
}

// hold has all records counted from now on, and waits until the rate limit allows a mail, or Close wants a last one. It
// reports whether that is so, and not just because it is to see first what else was let in before.
func (s *sink) hold(ctx context.Context, wait time.Duration, held []*entry) bool {
	if s.window.mute() {
		return false
	}
	for _, e := range held {
		e.settled(nil)
	}
	s.deliver.rest(ctx)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closed:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// mail sends a mail that shows some records and counts the rest. It returns false if ctx was done before anybody got it.
func (s *sink) mail(ctx context.Context, shown, rest []*entry) bool {
	others := s.window.take()
	for _, e := range rest {
		others[e.record.Level]++
	}
	text, err := s.compose(shown, others)
	d := &delivery{text: text, left: s.composer.to, err: err}
	if text != nil {
		s.try(ctx, d)
	}
	if d.accepted == 0 && ctx.Err() != nil {
		for _, e := range shown {
			e.settled(fmt.Errorf("smtpx: not sent: %w", context.Cause(ctx)))
		}
		return false
	}
	s.open -= len(rest)
	s.window.count(len(rest))
	s.conclude(shown, others, d)
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
func (s *sink) conclude(shown []*entry, others counts, d *delivery) {
	n := len(shown)
	err := d.error()
	s.count(func(c *counted) { c.refused += int64(len(d.refused)) })
	if d.accepted > 0 {
		s.open -= n
		s.count(func(c *counted) {
			c.sent += int64(n)
			c.mails++
			c.bytes += int64(len(d.text))
		})
		s.limit.count(time.Now())
	} else {
		s.fail(n)
		s.window.giveBack(others)
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
