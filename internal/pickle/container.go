package pickle

import (
	"errors"
	"math/big"
	"slices"
)

// byteArray is a bytearray, which may change and so cannot be a key.
type byteArray []byte

type kind byte

const (
	list kind = iota
	tuple
	set
	frozenSet
)

// sequence is what a machine knows of a list, tuple, set or frozenset.
type sequence struct {
	kind     kind
	hashable bool
	open     bool // it is being exported
	items    []any
}

func newSequence(op byte, items []any) (*sequence, error) {
	s := &sequence{items: slices.Clone(items)}
	switch op {
	case opTuple, opEmptyTuple, opTuple1, opTuple2, opTuple3:
		s.kind = tuple
		s.hashable = allHashable(items)
	case opEmptySet:
		s.kind = set
	case opFrozenSet:
		s.kind = frozenSet
		if s.hashable = allHashable(items); !s.hashable {
			return nil, errUnhashable
		}
	}
	return s, nil
}

func (s *sequence) add(items []any) error {
	if !allHashable(items) {
		return errUnhashable
	}
	s.items = append(s.items, items...)
	return nil
}

// mapping is what a machine knows of a dict: keys and values in turn, as they came.
type mapping struct {
	items []any
	open  bool // it is being exported
}

func (d *mapping) set(items []any) error {
	if len(items)%2 != 0 {
		return errors.New("key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		if !hashable(items[i]) {
			return errUnhashable
		}
	}
	d.items = append(d.items, items...)
	return nil
}

var errUnhashable = errors.New("key of a type that cannot be one")

func allHashable(items []any) bool {
	return !slices.ContainsFunc(items, func(v any) bool { return !hashable(v) })
}

// hashable reports whether Python would take v for a key. A tuple has been asked when it was made, for it may contain
// another many times.
func hashable(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64, *big.Int, float64, string, []byte:
		return true
	case *sequence:
		return v.hashable
	}
	return false
}
