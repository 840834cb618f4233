package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// client sends payloads, and tries again.
type client struct {
	endpoint *endpoint
	http     http.Client
	conns    *conns // of a Transport of our own; nil: they are somebody else's
	timeout  time.Duration
	retry    Retry
	report   func(error) // nil: whoever sends is told anyway

	requests atomic.Int64
	retried  atomic.Int64
	failures atomic.Int64 // since the last success
	sent     atomic.Int64 // records
	bytes    atomic.Int64 // of payloads taken
	last     atomic.Pointer[error]
}

func newClient(e *endpoint, o *Options) *client {
	c := &client{endpoint: e, timeout: o.Timeout, retry: o.Retry}
	if o.Client != nil {
		c.http = *o.Client
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		c.conns = newConns(t)
		c.http.Transport = t
	}
	c.http.CheckRedirect = e.redirects(c.http.CheckRedirect)
	return c
}

// send sends p, until it is taken, given up, or ctx is done. While it waits to try again, urged has it do so at once, and
// over not at all.
func (c *client) send(ctx context.Context, p *payload, urged, over <-chan struct{}) error {
	if c.retry.MaxElapsed < 0 {
		return c.try(ctx, p, c.timeout)
	}
	end := time.Now().Add(c.retry.MaxElapsed)
	least := min(c.timeout, c.retry.MaxElapsed) / 10 // which a try should have, for its error to be worth something
	waits := backoff.Waits{Schedule: c.retry.schedule()}
	for {
		err := c.try(ctx, p, min(c.timeout, time.Until(end))) // one timer for both
		if err == nil || !retryable(err) || ctx.Err() != nil {
			return err
		}
		wait := c.trouble(err, &waits)
		if time.Until(end) < wait+least || !pause(ctx, wait, urged, over) {
			return err
		}
		c.retried.Add(1)
	}
}

// trouble notes that a try has failed that is to be made again, and returns after what wait. When it is the third in a row
// the ErrorHandler is told, once until a try succeeds: what is tried on for minutes should not be a secret.
func (c *client) trouble(err error, waits *backoff.Waits) time.Duration {
	const outage = 3
	c.last.Store(&err)
	if c.failures.Add(1) == outage && c.report != nil {
		c.report(tryingOn{err})
	}
	var status *StatusError
	if errors.As(err, &status) {
		return jittered(waits.Next(), status.retryAfter)
	}
	return jittered(waits.Next(), 0)
}

// tryingOn is an error that costs nothing so far.
type tryingOn struct{ error }

func (e tryingOn) Error() string { return e.error.Error() + " (and goes on trying)" }
func (e tryingOn) Unwrap() error { return e.error }

// pause reports whether there is to be another try.
func pause(ctx context.Context, wait time.Duration, urged, over <-chan struct{}) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-urged:
	case <-over:
		return false
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// try sends p once.
func (c *client) try(ctx context.Context, p *payload, timeout time.Duration) (err error) {
	defer safe.Recover(&err)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := c.endpoint.request(ctx, p)
	if err != nil {
		return c.endpoint.failed(err)
	}
	c.requests.Add(1)
	answer, err := c.http.Do(request)
	if err != nil {
		return c.endpoint.failed(err)
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		_ = answer.Body.Close() // it is the connection itself, for which no deadline holds any more
		answer.Body = http.NoBody
	}
	defer drain(answer.Body)
	if answer.StatusCode/100 != 2 {
		return c.endpoint.failed(statusError(answer))
	}
	c.failures.Store(0)
	c.last.Store(nil)
	c.sent.Add(int64(p.records))
	c.bytes.Add(int64(p.bytes))
	return nil
}

// drain reads the rest of an answer, so that its connection can be used again, if that is not much.
func drain(body io.ReadCloser) {
	const most = 64 << 10
	_, _ = io.CopyN(io.Discard, body, most)
	_ = body.Close()
}

// close ends connections that nobody else has.
func (c *client) close() {
	if c.conns != nil {
		c.http.CloseIdleConnections()
		c.conns.close()
	}
}

// cause returns why records are not being taken; nil if they are.
func (c *client) cause() error {
	if err := c.last.Load(); err != nil {
		return *err
	}
	return nil
}
