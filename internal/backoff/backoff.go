// Package backoff is the waits between attempts at what fails.
package backoff

import "time"

// A Schedule is Start, then each wait Factor times the one before, up to Max.
type Schedule struct {
	Start  time.Duration
	Factor float64
	Max    time.Duration
}

// Or returns s with what is missing there (a time that is not positive, a factor less than 1 or NaN) from other.
func (s Schedule) Or(other Schedule) Schedule {
	if s.Start <= 0 {
		s.Start = other.Start
	}
	if !(s.Factor >= 1) {
		s.Factor = other.Factor
	}
	if s.Max <= 0 {
		s.Max = other.Max
	}
	return s
}

// Waits go through a Schedule.
type Waits struct {
	Schedule
	last time.Duration // 0: none yet
}

// Next returns how long to wait now that an attempt has failed.
func (w *Waits) Next() time.Duration {
	if w.last == 0 {
		w.last = min(w.Start, w.Max)
	} else {
		w.last = time.Duration(min(float64(w.last)*w.Factor, float64(w.Max)))
	}
	return w.last
}

// Reset begins anew: an attempt has succeeded.
func (w *Waits) Reset() { w.last = 0 }
