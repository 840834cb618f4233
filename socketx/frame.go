package socketx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// On a stream, a record begins with '{' if it is a line of JSON, and with 0 if it has its length before it: four bytes,
// the most significant first, as Python sends pickles. That byte is 0 because no record is as long as 16 MiB.
const (
	lengthBytes = 4
	maxRecord   = 1<<24 - 1
)

var (
	errFraming = errors.New("neither a line of JSON nor a length and a pickle")
	errNoTLS   = errors.New("no TLS over datagrams")
)

// inbox holds what has come over a connection and was not yet taken.
type inbox struct {
	max     int // bytes of a record
	buf     []byte
	from    int // buf[from:to] has come
	to      int
	scanned int // bytes of that are known to have no newline
}

const inboxBytes = 16 << 10

// next returns the first record if all of it is there, nil if more is needed. It is good until more is called.
func (b *inbox) next() ([]byte, error) {
	for b.from < b.to && (b.buf[b.from] == '\n' || b.buf[b.from] == '\r') {
		b.from++ // empty lines
	}
	data := b.buf[b.from:b.to]
	switch {
	case len(data) == 0:
		return nil, nil
	case data[0] == '{':
		return b.line(data)
	case data[0] == 0:
		return b.sized(data)
	}
	return nil, errFraming
}

func (b *inbox) line(data []byte) ([]byte, error) {
	n := bytes.IndexByte(data[b.scanned:], '\n')
	if n < 0 {
		b.scanned = len(data)
		return nil, b.within(len(data))
	}
	n += b.scanned
	b.take(n + 1)
	return data[:n], b.within(n)
}

func (b *inbox) sized(data []byte) ([]byte, error) {
	if len(data) < lengthBytes {
		return nil, nil
	}
	n := int(binary.BigEndian.Uint32(data))
	switch {
	case n == 0:
		return nil, errors.New("a record of no length")
	case b.within(n) != nil:
		return nil, b.within(n)
	case n > len(data)-lengthBytes:
		return nil, nil
	}
	b.take(lengthBytes + n)
	return data[lengthBytes:][:n], nil
}

func (b *inbox) within(n int) error {
	if n > b.max {
		return tooLong(n, b.max)
	}
	return nil
}

func tooLong(n, most int) error { return fmt.Errorf("a record of %d bytes, more than %d", n, most) }

func (b *inbox) take(n int) {
	b.from += n
	b.scanned = 0
}

// begun reports whether a part of a record is there.
func (b *inbox) begun() bool { return b.from < b.to }

// more reads some more. The buffer grows with what has come, not with what is announced.
func (b *inbox) more(r io.Reader) error {
	switch {
	case b.from == b.to:
		b.from, b.to = 0, 0
		if len(b.buf) != inboxBytes {
			b.buf = make([]byte, inboxBytes)
		}
	case b.to < len(b.buf):
	case b.from > 0:
		b.to = copy(b.buf, b.buf[b.from:b.to])
		b.from = 0
	default:
		b.buf = append(b.buf, make([]byte, len(b.buf))...)
	}
	n, err := r.Read(b.buf[b.to:])
	b.to += n
	if n > 0 {
		return nil // an error will come again
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// datagram returns the record in a datagram, which may have its length before it, too.
func datagram(data []byte, most int) ([]byte, error) {
	if len(data) > 0 && data[0] == 0 {
		if len(data) < lengthBytes || int64(binary.BigEndian.Uint32(data)) != int64(len(data)-lengthBytes) {
			return nil, fmt.Errorf("a datagram of %d bytes with another length in it", len(data))
		}
		data = data[lengthBytes:]
	} else if len(data) == 0 || data[0] != '{' {
		return nil, errFraming
	}
	if len(data) > most {
		return nil, tooLong(len(data), most)
	}
	return data, nil
}
