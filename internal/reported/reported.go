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

// Rest returns what of err nobody has seen: err itself if all of it is new, nil if nothing is. What only wraps an error
// of which a part has been seen is left out.
func Rest(err error) error {
	rest, _ := restOf(err)
	return rest
}

// restOf also reports whether that is all of err, since errors need not be comparable.
func restOf(err error) (rest error, all bool) {
	switch e := err.(type) { //nolint:errorlint // each level is looked at
	case nil:
		return nil, true
	case seen:
		return nil, false
	case interface{ Unwrap() []error }:
		rest, all = restOfEach(e.Unwrap())
	case interface{ Unwrap() error }:
		rest, all = restOf(e.Unwrap())
	default:
		return err, true
	}
	if all {
		return err, true
	}
	return rest, false
}

func restOfEach(errs []error) (rest error, all bool) {
	var unseen []error
	all = true
	for _, err := range errs {
		r, whole := restOf(err)
		all = all && whole
		if r != nil {
			unseen = append(unseen, r)
		}
	}
	if len(unseen) == 1 {
		return unseen[0], all
	}
	return errors.Join(unseen...), all
}
