package link

import "time"

// backoff is where Retry stands.
type backoff struct {
	Retry
	wait time.Duration // the last one; 0: none yet
}

// next returns how long to wait now that an attempt has failed.
func (b *backoff) next() time.Duration {
	if b.wait == 0 {
		b.wait = b.Start
	} else {
		b.wait = time.Duration(min(float64(b.wait)*b.Factor, float64(b.Max)))
	}
	b.wait = min(b.wait, b.Max)
	return b.wait
}

func (b *backoff) reset() { b.wait = 0 }
