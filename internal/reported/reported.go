// Package reported tells errors that an ErrorHandler has seen from those that nobody has: a handler returns both, and
// who calls it where slog.Logger would throw them away must report the others, and only these.
package reported

import "errors"

type seen struct{ error }

func (s seen) Unwrap() error { return s.error }

// Mark returns err, marked as seen by an ErrorHandler; nil if err is nil.
func Mark(err error) error {
	if err == nil {
		return nil
	}
	return seen{err}
}

// Rest returns what of err nobody has seen; nil if it is nil or all has been.
func Rest(err error) error {
	switch e := err.(type) { //nolint:errorlint // each level is looked at
	case nil, seen:
		return nil
	case interface{ Unwrap() []error }:
		var rest []error
		whole := true
		for _, part := range e.Unwrap() {
			r := Rest(part)
			whole = whole && r == part //nolint:errorlint // the very same
			if r != nil {
				rest = append(rest, r)
			}
		}
		if whole {
			return err
		}
		return errors.Join(rest...)
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil && Rest(inner) == nil {
			return nil
		}
	}
	return err
}
