package httpx

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter is how long a server may keep us waiting.
const maxRetryAfter = 5 * time.Minute

// backoff is where Retry stands.
type backoff struct {
	Retry
	wait time.Duration // the last one, without jitter; 0: none yet
}

// next returns how long to wait, now that a try has failed, if the answer asked for after.
func (b *backoff) next(after time.Duration) time.Duration {
	if b.wait == 0 {
		b.wait = min(b.Start, b.Max)
	} else {
		b.wait = time.Duration(min(float64(b.wait)*b.Factor, float64(b.Max)))
	}
	// Half of it at random, so that clients that a server has lost together do not come back together; nor earlier than
	// they were told.
	jitter := rand.N(b.wait/2 + 1)
	return max(b.wait-jitter, min(after, maxRetryAfter)+jitter/4)
}

// retryAfter reads a Retry-After header (RFC 9110, section 10.2.3): seconds, or a date; 0 if it is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
