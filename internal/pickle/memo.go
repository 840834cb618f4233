package pickle

import (
	"fmt"
	"math"
	"strconv"
)

// place is one in the memo, where a pickle keeps what it refers to again.
type place struct {
	value any
	taken bool
}

func (m *machine) put(op byte) error {
	i, err := m.index(op, opPut, opBinPut)
	if err != nil {
		return err
	}
	return m.memoize(i)
}

func (m *machine) memoize(i int) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if i < 0 || i > m.limit { // Python counts what it remembers, so it is never far
		return fmt.Errorf("place %d of the memo", i)
	}
	if grow := i + 1 - len(m.memo); grow > 0 {
		m.memo = append(m.memo, make([]place, grow)...)
	}
	if !m.memo[i].taken {
		m.taken++
	}
	m.memo[i] = place{v, true}
	return nil
}

func (m *machine) get(op byte) error {
	i, err := m.index(op, opGet, opBinGet)
	if err != nil {
		return err
	}
	if i < 0 || i >= len(m.memo) || !m.memo[i].taken {
		return fmt.Errorf("nothing at place %d of the memo", i)
	}
	return m.push(m.memo[i].value)
}

// index reads a place of the memo, in the form of the instruction op.
func (m *machine) index(op, asText, asByte byte) (int, error) {
	switch op {
	case asText:
		text, err := m.line()
		if err != nil {
			return 0, err
		}
		i, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("place %.20q of the memo", text)
		}
		return int(i), nil
	case asByte:
		i, err := m.byte()
		return int(i), err
	}
	i, err := m.uint(4)
	return int(min(i, math.MaxInt32)), err
}
