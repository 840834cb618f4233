package httpx

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter is how long a server may keep us waiting.
const maxRetryAfter = 5 * time.Minute

// jittered returns wait, up to half as short at random, so that clients that a server has lost together do not come back
// together; nor earlier than the answer told them: after.
func jittered(wait, after time.Duration) time.Duration {
	jitter := rand.N(wait/2 + 1)
	return max(wait-jitter, min(after, maxRetryAfter)+jitter/4)
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
