package zmqqueue

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Frames as in ZMTP 3.0, section "Framing": flags, a size of one or eight bytes, the body.
const (
	moreFlag    = 1 << iota // another frame of the message follows
	longFlag                // the size has eight bytes
	commandFlag             // a command, not a message
)

type header struct {
	flags byte
	size  int64 // of the body
}

func readHeader(in *bufio.Reader) (header, error) {
	flags, err := in.ReadByte()
	if err != nil {
		return header{}, err // io.EOF between two frames is a regular end
	}
	if flags > moreFlag|longFlag|commandFlag {
		return header{}, fmt.Errorf("%w: frame flags %#x", errProtocol, flags)
	}
	var b [8]byte
	if flags&longFlag != 0 {
		_, err = io.ReadFull(in, b[:])
	} else {
		b[7], err = in.ReadByte()
	}
	size := binary.BigEndian.Uint64(b[:])
	if err == nil && size > math.MaxInt64 {
		err = fmt.Errorf("%w: a frame of %d bytes", errProtocol, size)
	}
	return header{flags, int64(size)}, cutShort(err) // or err is not nil
}

func appendHeader(b []byte, flags byte, size int) []byte {
	if size <= math.MaxUint8 {
		return append(b, flags&^longFlag, byte(size))
	}
	return binary.BigEndian.AppendUint64(append(b, flags|longFlag), uint64(size))
}

func appendFrame(b []byte, flags byte, body []byte) []byte {
	return append(appendHeader(b, flags, len(body)), body...)
}
