package pyrecord

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// A Parser reads records that Python wrote. Any number of goroutines may use it; the zero Parser is ready.
type Parser struct {
	MaxBytes  int // of a record; 0: 1 MiB
	MaxValues int // of a record, at whatever depth; 0: 10,000
}

// Parse reads json.dumps(record.__dict__), with NaN and Infinity, into what slogx.MakeRecord takes, and keeps nothing of
// data. An integer is an int64, beyond that a json.Number, and every other number a float64; what Python escaped of
// bytes that are not UTF-8 (surrogateescape) is these bytes again. The last of several equal keys counts. What is nested
// more than token.MaxDepth deep is refused.
//
// The order of the keys is lost: MakeRecord sorts those that it does not know, and a Python program does not depend on
// the order of its extra.
func (p *Parser) Parse(data []byte) (map[string]any, error) {
	maxBytes := cmp.Or(p.MaxBytes, 1<<20)
	if len(data) > maxBytes {
		return nil, fmt.Errorf("slogkit: Python record: %d bytes, more than %d", len(data), maxBytes)
	}
	d := parser{Reader: token.NewReader(string(data)), left: cmp.Or(p.MaxValues, 10_000)}
	d.NonFinite = true
	dict := d.dict()
	d.End()
	if err := d.Err(); err != nil {
		return nil, fmt.Errorf("slogkit: Python record: %w", err)
	}
	return dict, nil
}

type parser struct {
	token.Reader
	left int // values
}

func (p *parser) dict() map[string]any {
	dict := map[string]any{}
	for more := p.Open('{'); more; more = p.More('{') {
		key := p.Key()
		dict[key] = p.value()
	}
	return dict
}

func (p *parser) list() []any {
	list := []any{}
	for more := p.Open('['); more; more = p.More('[') {
		list = append(list, p.value())
	}
	return list
}

func (p *parser) value() any {
	if p.left--; p.left < 0 {
		p.Fail("too many values")
	}
	switch p.Peek() {
	case '{':
		return p.dict()
	case '[':
		return p.list()
	case '"':
		return p.String()
	case 't', 'f':
		return p.Bool()
	case 'n':
		p.Null()
		return nil
	}
	return p.number()
}

func (p *parser) number() any {
	text, integer := p.Number()
	if !integer {
		f, _ := strconv.ParseFloat(text, 64) // beyond its range an infinity, as in Python
		return f
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return json.Number(text)
}
