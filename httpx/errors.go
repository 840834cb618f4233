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

// DropError tells of records that were dropped because there was no room.
type DropError = backlog.Drops

// StatusError is an answer that is not 2xx.
type StatusError struct {
	Code   int
	Status string // such as "503 Service Unavailable"
	Body   string // the beginning of the answer's body

	retryAfter time.Duration
}

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

func (e *LostError) Error() string { return fmt.Sprintf("%d records lost: %v", e.Records, e.Err) }

// Unwrap returns the reason.
func (e *LostError) Unwrap() error { return e.Err }

// statusError reads r, as far as it is worth it.
func statusError(r *http.Response) *StatusError {
	const most = 256
	body, _ := io.ReadAll(io.LimitReader(r.Body, most))
	e := &StatusError{
		Code: r.StatusCode, Status: r.Status, Body: strings.TrimSpace(strings.ToValidUTF8(string(body), "\uFFFD")),
		retryAfter: retryAfter(r.Header.Get("Retry-After"), time.Now()),
	}
	if to, _, _ := strings.Cut(r.Header.Get("Location"), "?"); to != "" && e.Body == "" {
		e.Body = "to " + to // without the query, which may be ours
	}
	return e
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
	return fmt.Errorf("%s %s: %w", e.method, e.name(), err)
}
