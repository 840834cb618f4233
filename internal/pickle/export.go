package pickle

import (
	"errors"
	"math/big"

	"github.com/slogkit-go/slogkit/internal/percent"
)

// exporter turns what a machine has made into a tree, in which what was shared is there as often as it is referred to.
type exporter struct {
	left  int // bytes that the tree may yet have, about
	depth int
	top   *mapping
}

var (
	errDeep   = errors.New("nested too deeply")
	errLarge  = errors.New("describes too much")
	errItself = errors.New("dict that contains itself")
)

// overhead is what a value takes beside its bytes.
const overhead = 32

func (x *exporter) value(v any) (any, error) {
	size := overhead
	switch v := v.(type) {
	case string:
		size += len(v)
	case []byte:
		size += len(v)
	case byteArray:
		size += len(v)
	case *big.Int:
		size += v.BitLen() / 3 // digits
	}
	if x.left -= size; x.left < 0 {
		return nil, errLarge
	}
	switch v := v.(type) {
	case byteArray:
		return []byte(v), nil
	case *sequence:
		return x.sequence(v)
	case *mapping:
		return x.mapping(v)
	}
	return v, nil
}

func (x *exporter) sequence(s *sequence) (any, error) {
	if s.open {
		return "[...]", nil
	}
	if x.depth == maxDepth {
		return nil, errDeep
	}
	s.open = true
	x.depth++
	items := make([]any, 0, len(s.items))
	for _, item := range s.items {
		v, err := x.value(item)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	s.open = false
	x.depth--
	return items, nil
}

func (x *exporter) mapping(d *mapping) (any, error) {
	switch {
	case d.open && d == x.top:
		return nil, errItself
	case d.open:
		return "{...}", nil
	}
	return x.dict(d)
}

func (x *exporter) dict(d *mapping) (Dict, error) {
	if x.depth == maxDepth {
		return nil, errDeep
	}
	d.open = true
	x.depth++
	dict := make(Dict, 0, len(d.items)/2)
	places := make(map[any]int, len(d.items)/2)
	for i := 0; i < len(d.items); i += 2 {
		key, err := x.key(d.items[i])
		if err != nil {
			return nil, err
		}
		v, err := x.value(d.items[i+1])
		if err != nil {
			return nil, err
		}
		if at, again := places[key]; again {
			dict[at].Value = v
			continue
		}
		places[key] = len(dict)
		dict = append(dict, Entry{key, v})
	}
	d.open = false
	x.depth--
	return dict, nil
}

// key returns a key as Entry allows it.
func (x *exporter) key(key any) (any, error) {
	v, err := x.value(key)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case nil, bool, int64, float64, string:
		return v, nil
	}
	text, err := percent.Repr(v)
	if s, ok := key.(*sequence); ok && err == nil { // else it has been cut
		text = text[1 : len(text)-1]
		switch {
		case s.kind == frozenSet:
			text = "frozenset({" + text + "})"
		case len(s.items) == 1:
			text = "(" + text + ",)"
		default:
			text = "(" + text + ")"
		}
	}
	return text, nil
}

// Map returns the dict as slogx.MakeRecord takes it: as a map[string]any, and the dicts in it so, too, or as map[any]any if
// not all their keys are strings.
func (d Dict) Map() map[string]any {
	m := make(map[string]any, len(d))
	for _, e := range d {
		m[e.Key.(string)] = unordered(e.Value)
	}
	return m
}

func unordered(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = unordered(v[i])
		}
		return list
	case Dict:
		for _, e := range v {
			if _, ok := e.Key.(string); !ok {
				return v.anyMap()
			}
		}
		return v.Map()
	}
	return v
}

func (d Dict) anyMap() map[any]any {
	m := make(map[any]any, len(d))
	for _, e := range d {
		m[e.Key] = unordered(e.Value)
	}
	return m
}
