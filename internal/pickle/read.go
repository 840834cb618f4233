package pickle

import (
	"encoding/binary"
	"fmt"
	"strings"
)

func (m *machine) byte() (byte, error) {
	b, err := m.next(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// next returns the next n bytes, which stay part of the data.
func (m *machine) next(n uint64) ([]byte, error) {
	if n > uint64(len(m.data)-m.pos) {
		return nil, errEnds
	}
	b := m.data[m.pos:][:n]
	m.pos += int(n)
	return b, nil
}

// uint reads an integer of n bytes, the least significant first.
func (m *machine) uint(n int) (uint64, error) {
	b, err := m.next(uint64(n))
	if err != nil {
		return 0, err
	}
	var all [8]byte
	copy(all[:], b)
	return binary.LittleEndian.Uint64(all[:]), nil
}

// line returns what is before the next newline.
func (m *machine) line() (string, error) {
	n := strings.IndexByte(m.text[m.pos:], '\n')
	if n < 0 {
		return "", errEnds
	}
	text := m.text[m.pos:][:n]
	m.pos += n + 1
	return text, nil
}

func (m *machine) protocol() error {
	p, err := m.byte()
	if err == nil && p > maxProtocol {
		err = fmt.Errorf("protocol %d", p)
	}
	return err
}

// frame checks what announces that so many bytes follow.
func (m *machine) frame() error {
	n, err := m.uint(8)
	if err == nil && n > uint64(len(m.data)-m.pos) {
		err = errEnds
	}
	return err
}
