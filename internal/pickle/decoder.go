package pickle

import (
	"cmp"
	"errors"
	"fmt"
)

// A Decoder reads pickles. Any number of goroutines may use it; the zero Decoder is ready.
type Decoder struct {
	MaxBytes  int // of a pickle; 0: 1 MiB. What it describes may be four times as much, or 4 MiB, about
	MaxValues int // that it pushes, keys included; 0: 20,000
}

// maxDepth is how deep what a pickle describes may be nested, as deep as JSON.
const maxDepth = 200

// A Dict is a dict in its order. Keys are nil, bool, int64, float64 or string, and each is there once.
//
// A value is nil, bool, int64, *big.Int for an int that int64 cannot hold, float64, string, []byte for bytes and bytearray,
// []any for list, tuple, set and frozenset, or another Dict.
type Dict []Entry

// An Entry is a key and its value.
type Entry struct {
	Key   any
	Value any
}

// Decode reads a pickle, protocol 0 to 5, of a dict with str keys, such as that of a LogRecord. It keeps nothing of data.
//
// A str is UTF-8, but what Python has of bytes that are not (surrogateescape) is these bytes again, any other half
// of a surrogate pair is U+FFFD, and a str of Python 2 is its bytes. Of several equal keys the last value counts, in the
// place of the first. A key of another type than Entry allows is text like its repr.
func (d *Decoder) Decode(data []byte) (Dict, error) {
	dict, err := d.decode(data)
	if err != nil {
		return nil, fmt.Errorf("slogkit: pickle: %w", err)
	}
	return dict, nil
}

func (d *Decoder) decode(data []byte) (Dict, error) {
	maxBytes, maxValues := cmp.Or(d.MaxBytes, 1<<20), cmp.Or(d.MaxValues, 20_000)
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%d bytes, more than %d", len(data), maxBytes)
	}
	m := machine{data: data, text: string(data), stack: make([]any, 0, 64), limit: maxValues, left: maxValues}
	v, err := m.run()
	if err != nil {
		return nil, err
	}
	top, ok := v.(*mapping)
	if !ok {
		return nil, errors.New("not a dict")
	}
	for i := 0; i < len(top.items); i += 2 {
		if _, ok := top.items[i].(string); !ok {
			return nil, errors.New("dict with a key that is no str")
		}
	}
	x := exporter{left: 4 * max(maxBytes, 1<<20), top: top}
	return x.dict(top)
}
