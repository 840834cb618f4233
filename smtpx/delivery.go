package smtpx

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// delivery is a mail on its way to its recipients.
type delivery struct {
	text     []byte
	accepted int       // recipients who have it
	refused  []Refusal // who will not get it
	left     []mailbox // who may get it yet
	later    []Refusal // of these, to whom the server said so in the last attempt
	err      error     // what went wrong for the others of these
}

// error returns what is to be told when there are no more attempts.
func (d *delivery) error() error {
	if len(d.refused) == 0 {
		return d.err
	}
	refused := &RefusedError{Refused: d.refused, Accepted: d.accepted}
	if d.err != nil {
		return errors.Join(d.err, refused)
	}
	return refused
}

// try sends a mail to all recipients, each once, and again to those for whom it was not taken for now.
func (s *sink) try(ctx context.Context, d *delivery) {
	urged := s.queue.Urged()
	wait := backoff.Waits{Schedule: s.opts.retry()}
	for retries := 0; ; retries++ {
		again := s.attempt(ctx, d)
		if !again || retries == s.opts.MaxRetries || d.accepted > 0 && s.slow(d.left) || !s.pause(ctx, wait.Next(), &urged) {
			break
		}
		s.count(func(c *counted) { c.retried++ })
	}
	for _, m := range d.left {
		s.givenUp[m.envelope] = d.accepted > 0
	}
	d.giveUp()
}

// attempt sends a mail once to those who have not got it yet. It reports whether another attempt has a chance.
func (s *sink) attempt(ctx context.Context, d *delivery) (again bool) {
	var got receipt
	d.err = safe.Do(func() (err error) { // DialContext and Token are user code
		got, err = s.deliver.send(ctx, s.composer.from, d.left, d.text)
		return err
	})
	settled := map[string]bool{}
	for _, m := range got.accepted {
		settled[m.envelope] = true
		delete(s.givenUp, m.envelope)
	}
	d.accepted += len(got.accepted)
	d.later = nil
	for _, r := range got.refused {
		if temporary(r.Err) {
			d.later = append(d.later, r)
		} else {
			settled[r.to.envelope] = true
			d.refused = append(d.refused, r)
		}
	}
	d.left = slices.DeleteFunc(slices.Clone(d.left), func(m mailbox) bool { return settled[m.envelope] })
	return len(d.left) > 0 && (d.err == nil || temporary(d.err))
}

// giveUp makes those who are left refused. Only if nobody has the mail is it an error of the whole.
func (d *delivery) giveUp() {
	answered := map[string]bool{}
	for _, r := range d.later {
		answered[r.to.envelope] = true
	}
	d.refused = append(d.refused, d.later...)
	if d.err == nil || d.accepted == 0 {
		return
	}
	for _, m := range d.left {
		if !answered[m.envelope] {
			d.refused = append(d.refused, Refusal{m.header.Address, d.err, m})
		}
	}
	d.err = nil
}

// slow reports whether these were given up in the last mail, too. Others are not to wait for them.
func (s *sink) slow(recipients []mailbox) bool {
	return !slices.ContainsFunc(recipients, func(m mailbox) bool { return !s.givenUp[m.envelope] })
}

// pause waits before another attempt: less if Flush, once for a mail, or Close want it now. It returns false if there is
// to be none.
func (s *sink) pause(ctx context.Context, wait time.Duration, urged *<-chan struct{}) bool {
	if s.closing.Load() {
		return false
	}
	s.deliver.rest(ctx)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-*urged:
		*urged = nil
	case <-s.closed:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
