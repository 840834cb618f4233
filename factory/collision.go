package factory

import (
	"errors"
	"fmt"
)

// Collision says what becomes of an attribute that a [Layer] adds if its key is taken: by an attribute of logger.With, of
// the record or of a layer before it, by the group that logger.WithGroup opened, or, at the root, by a built-in (time,
// level, msg, source). What a user logs and what one layer adds may have keys twice; that is left alone.
type Collision int

const (
	// Keep leaves what is there and drops the new attribute, of which the ErrorHandler is told unless an equal one is there.
	Keep Collision = iota

	// Rename adds the attribute as "name.key", name being that of the layer, or, if that is taken too, as "name.key#2",
	// "name.key#3" and so on. Without a name it is "key#2".
	Rename

	// Replace removes what is there, of which the ErrorHandler is told unless it is equal. A built-in or an open group
	// cannot be removed: there the attribute is renamed as with Rename.
	Replace

	// Both adds the attribute all the same: the key comes twice.
	Both

	// Reject drops the new attribute, too, but as an error that Handle returns, as Python's KeyError for an extra that
	// overwrites. The record is logged without the attribute.
	Reject
)

// ErrTaken is what the errors that tell of a collision wrap.
var ErrTaken = errors.New("key is taken")

// loss is an attribute that a collision leaves out.
type loss struct {
	by  *link
	of  Collision
	key string
	was string // whose attribute is replaced
}

func (l loss) Error() string {
	if l.of == Replace {
		return fmt.Sprintf("%q: %v: the attribute of %s is replaced", l.key, ErrTaken, l.was)
	}
	return fmt.Sprintf("%q: %v: the layer's attribute is left out", l.key, ErrTaken)
}

func (loss) Unwrap() error { return ErrTaken }
