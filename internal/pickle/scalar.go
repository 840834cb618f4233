package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxDigits is Python's sys.get_int_max_str_digits(); an integer of maxLongBytes has about as many.
const maxDigits, maxLongBytes = 4300, 1786

func (m *machine) integer(op byte) (any, error) {
	switch op {
	case opInt, opLong:
		text, err := m.line()
		if err != nil {
			return nil, err
		}
		return parseInteger(op, text)
	case opBinInt:
		n, err := m.uint(4)
		return int64(int32(n)), err
	case opBinInt1:
		n, err := m.uint(1)
		return int64(n), err
	case opBinInt2:
		n, err := m.uint(2)
		return int64(n), err
	}
	b, err := m.sized(op, opLong1, opLong4)
	if err != nil {
		return nil, err
	}
	return parseLong(b)
}

func parseInteger(op byte, text string) (any, error) {
	switch {
	case op == opInt && text == "00":
		return false, nil
	case op == opInt && text == "01":
		return true, nil
	case op == opLong:
		text = strings.TrimSuffix(text, "L")
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if len(strings.TrimLeft(text, "+-")) <= maxDigits {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n, nil
		}
	}
	return nil, fmt.Errorf("%.20q as an integer", text)
}

// parseLong reads two's complement, the least significant byte first.
func parseLong(b []byte) (any, error) {
	if len(b) > maxLongBytes {
		return nil, fmt.Errorf("integer of %d bytes", len(b))
	}
	b = slices.Clone(b)
	slices.Reverse(b)
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if n.IsInt64() {
		return n.Int64(), nil
	}
	return n, nil
}

func (m *machine) float(op byte) (any, error) {
	if op == opBinFloat {
		b, err := m.next(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	}
	text, err := m.line()
	if err != nil {
		return nil, err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // which gives an infinity, as in Python
		return nil, fmt.Errorf("%.20q as a float", text)
	}
	return f, nil
}

func (m *machine) bytes(op byte) (any, error) {
	b, err := m.sized(op, opShortBinBytes, opBinBytes)
	if err != nil {
		return nil, err
	}
	b = append([]byte{}, b...)
	if op == opByteArray8 {
		return byteArray(b), nil
	}
	return b, nil
}

// sized reads bytes behind their number, which has one byte after the instruction short, four after long, and eight after
// any other.
func (m *machine) sized(op, short, long byte) ([]byte, error) {
	width := 8
	switch op {
	case short:
		width = 1
	case long:
		width = 4
	}
	n, err := m.uint(width)
	if err != nil {
		return nil, err
	}
	return m.next(n) // what Python takes for negative is more than there is
}
