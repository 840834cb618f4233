package httpx

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/backlog"
)

// ErrFull is returned for a record that there was no room for. It was dropped and counted. The ErrorHandler is not told of
// each, but of each burst, by a [DropError].
var ErrFull = backlog.ErrFull

// DropError tells of records that were dropped because there was no room: N of them, the first at the time Since, and of each
// slog.Level as many as Levels says.
type DropError = backlog.Drops

// StatusError is an answer that is not 2xx.
type StatusError struct {
	Code   int
	Status string // such as "503 Service Unavailable"; its beginning, if the server says more
	Body   string // the beginning of the answer's body, or where that is empty and it is a redirect: to where

	retryAfter time.Duration
}

// Error returns the status, and what the body says.
func (e *StatusError) Error() string {
	if e.Body == "" {
		return e.Status
	}
	return fmt.Sprintf("%s: %q", e.Status, e.Body)
}

// LostError tells of records that were given up, together, after they had waited in the queue.
type LostError struct {
	Records int
	Err     error
}

// Error says how many records are lost, and why.
func (e *LostError) Error() string { return fmt.Sprintf("%d records lost: %v", e.Records, e.Err) }

// Unwrap returns the reason.
func (e *LostError) Unwrap() error { return e.Err }

const maxQuoted = 256 // bytes of what a server says that are worth repeating

// statusError reads r, as far as it is worth it.
func statusError(r *http.Response) *StatusError {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxQuoted))
	e := &StatusError{
		Code: r.StatusCode, Status: quoted(r.Status), Body: strings.TrimSpace(quoted(string(body))),
		retryAfter: retryAfter(r.Header.Get("Retry-After"), time.Now()),
	}
	if to, err := url.Parse(r.Header.Get("Location")); err == nil && e.Body == "" && *to != (url.URL{}) {
		e.Body = quoted("to " + publicPart(to))
	}
	return e
}

func quoted(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxQuoted)], "\uFFFD") }

// publicPart is how errors call a URL: without its query, which may be a record or have a secret, and without a password.
func publicPart(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// permanentError is one that another try would not mend.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

func permanent(err error) error { return permanentError{err} }

// retryable reports whether another try may succeed.
func retryable(err error) bool {
	var status *StatusError
	if errors.As(err, &status) {
		switch c := status.Code; c {
		case http.StatusRequestTimeout, http.StatusTooManyRequests:
			return true
		default:
			return c >= 500
		}
	}
	var p permanentError
	return !errors.As(err, &p)
}

// tooLarge reports whether fewer records may succeed.
func tooLarge(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == http.StatusRequestEntityTooLarge
}

// failed returns err with the endpoint's name instead of the URL, the query of which is nobody's business.
func (e *endpoint) failed(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // not one that a Token has met
		err = u.Err
	}
	if strings.HasPrefix(err.Error(), "failed to parse Location header") {
		err = errLocation // without the Location, which net/http repeats
	}
	return fmt.Errorf("%s %s: %w", e.method, e.name(), err)
}
