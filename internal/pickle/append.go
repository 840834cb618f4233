package pickle

import (
	"encoding/binary"
	"log/slog"
	"math"
	"strconv"
	"sync"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
)

// Append appends the dict of r, as e has it, as a pickle of protocol 1. It has the values of SocketHandler.makePickle but
// not its bytes, since it remembers nothing in a memo to which it would never refer.
func Append(dst []byte, e *pyrecord.Encoder, r *slog.Record) []byte {
	w := writers.Get().(*writer)
	w.b = dst
	e.Dict(r, w)
	dst, w.b = append(w.b, opStop), nil
	writers.Put(w)
	return dst
}

var writers = sync.Pool{New: func() any { return new(writer) }}

// writer appends the instructions of protocol 1 that make what it is told.
type writer struct{ b []byte }

var _ pyrecord.Writer = (*writer)(nil)

func (w *writer) BeginDict()             { w.b = append(w.b, opEmptyDict, opMark) }
func (w *writer) EndDict()               { w.b = append(w.b, opSetItems) }
func (w *writer) BeginList()             { w.b = append(w.b, opEmptyList, opMark) }
func (w *writer) EndList()               { w.b = append(w.b, opAppends) }
func (w *writer) Key(key string)         { w.String(key) }
func (w *writer) None()                  { w.b = append(w.b, opNone) }
func (w *writer) Uint(n uint64)          { w.long(strconv.AppendUint(append(w.b, opLong), n, 10)) }
func (w *writer) BigInt(digits string)   { w.long(append(append(w.b, opLong), digits...)) }
func (w *writer) long(withDigits []byte) { w.b = append(withDigits, 'L', '\n') }
func (w *writer) uint32(op byte, n uint32) {
	w.b = binary.LittleEndian.AppendUint32(append(w.b, op), n)
}

// Bool writes what Python's load_int knows to be no integer.
func (w *writer) Bool(v bool) {
	if v {
		w.b = append(w.b, opInt, '0', '1', '\n')
	} else {
		w.b = append(w.b, opInt, '0', '0', '\n')
	}
}

func (w *writer) Int(n int64) {
	switch {
	case n == int64(uint8(n)):
		w.b = append(w.b, opBinInt1, byte(n))
	case n == int64(uint16(n)):
		w.b = binary.LittleEndian.AppendUint16(append(w.b, opBinInt2), uint16(n))
	case n == int64(int32(n)):
		w.uint32(opBinInt, uint32(n))
	default:
		w.long(strconv.AppendInt(append(w.b, opLong), n, 10))
	}
}

func (w *writer) Float(f float64) {
	w.b = binary.BigEndian.AppendUint64(append(w.b, opBinFloat), math.Float64bits(f))
}

func (w *writer) String(s string) {
	s = s[:min(len(s), math.MaxUint32)]
	w.uint32(opBinUnicode, uint32(len(s)))
	w.b = append(w.b, s...)
}
