package pickle

import (
	"errors"
	"fmt"
)

// machine runs the instructions of one pickle. On its stack and in its memo are nil, bool, int64, *big.Int, float64, string,
// []byte, byteArray, *sequence and *mapping.
type machine struct {
	data  []byte
	text  string // a copy of the data, of which all strings are parts
	pos   int
	stack []any
	marks []int // heights of the stack
	memo  []place
	taken int // places of the memo
	limit int // of values, marks and places
	left  int // of limit, values and marks that may yet be pushed
}

var (
	errEnds  = errors.New("ends too early")
	errEmpty = errors.New("nothing on the stack")
	errMark  = errors.New("no mark on the stack")
	errMany  = errors.New("too many values")
)

// run runs all instructions and returns the result.
func (m *machine) run() (any, error) {
	for {
		start := m.pos
		op, err := m.byte()
		if err == nil && op == opStop {
			break
		}
		if err == nil {
			err = m.execute(op)
		}
		if err != nil {
			return nil, fmt.Errorf("byte %d: %w", start, err)
		}
	}
	switch {
	case m.pos < len(m.data):
		return nil, fmt.Errorf("byte %d: data after the end", m.pos)
	case len(m.stack) != 1 || len(m.marks) > 0:
		return nil, fmt.Errorf("%d values and %d marks at the end, want one value", len(m.stack), len(m.marks))
	}
	return m.stack[0], nil
}

func (m *machine) execute(op byte) error {
	switch op {
	case opProto:
		return m.protocol()
	case opFrame:
		return m.frame()
	case opMark:
		return m.mark()
	case opPop:
		return m.popOrUnmark()
	case opPopMark:
		_, err := m.popToMark()
		return err
	case opDup:
		return m.dup()
	case opPut, opBinPut, opLongBinPut:
		return m.put(op)
	case opMemoize:
		return m.memoize(m.taken)
	case opGet, opBinGet, opLongBinGet:
		return m.get(op)
	case opAppend, opAppends, opAddItems:
		return m.extend(op)
	case opSetItem, opSetItems:
		return m.setItems(op)
	}
	v, err := m.make(op)
	if err != nil {
		return err
	}
	return m.push(v)
}

// make returns the value that an instruction makes, perhaps of what it takes off the stack.
func (m *machine) make(op byte) (any, error) {
	switch op {
	case opNone:
		return nil, nil
	case opNewTrue, opNewFalse:
		return op == opNewTrue, nil
	case opInt, opLong, opBinInt, opBinInt1, opBinInt2, opLong1, opLong4:
		return m.integer(op)
	case opFloat, opBinFloat:
		return m.float(op)
	case opString, opUnicode, opBinString, opShortBinString, opBinUnicode, opShortBinUnicode, opBinUnicode8:
		return m.str(op)
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		return m.bytes(op)
	case opEmptyList, opEmptyTuple, opEmptySet:
		return newSequence(op, nil)
	case opList, opTuple, opFrozenSet:
		items, err := m.popToMark()
		if err != nil {
			return nil, err
		}
		return newSequence(op, items)
	case opTuple1, opTuple2, opTuple3:
		items, err := m.popMany(int(op-opTuple1) + 1)
		if err != nil {
			return nil, err
		}
		return newSequence(op, items)
	case opEmptyDict:
		return new(mapping), nil
	case opDict:
		items, err := m.popToMark()
		if err != nil {
			return nil, err
		}
		d := new(mapping)
		return d, d.set(items)
	}
	return nil, m.refuse(op)
}

// refuse says of what the pickle wants to make use.
func (m *machine) refuse(op byte) error {
	const only = "only data is read"
	name := refused[op]
	switch name {
	case "":
		return fmt.Errorf("unknown instruction %#x", op)
	case "GLOBAL", "INST":
		module, err1 := m.line()
		class, err2 := m.line()
		if err1 == nil && err2 == nil {
			return fmt.Errorf("%s of %.100q: %s", name, module+"."+class, only)
		}
	case "STACK_GLOBAL":
		if n := len(m.stack); n >= 2 {
			module, isText1 := m.stack[n-2].(string)
			class, isText2 := m.stack[n-1].(string)
			if isText1 && isText2 {
				return fmt.Errorf("%s of %.100q: %s", name, module+"."+class, only)
			}
		}
	}
	return fmt.Errorf("%s: %s", name, only)
}
