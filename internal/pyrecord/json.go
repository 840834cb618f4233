package pyrecord

import (
	"log/slog"
	"math"
	"strconv"
	"sync"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// AppendJSON appends the dict of r as Python's json.dumps would write it, on one line without a newline at its end.
func (e *Encoder) AppendJSON(dst []byte, r *slog.Record) []byte {
	w := jsonWriters.Get().(*jsonWriter)
	w.b, w.comma = dst, false
	e.Dict(r, w)
	dst, w.b = w.b, nil
	jsonWriters.Put(w)
	return dst
}

var jsonWriters = sync.Pool{New: func() any { return new(jsonWriter) }}

type jsonWriter struct {
	b     []byte
	comma bool // belongs before the next key or value
}

func (w *jsonWriter) BeginDict() { w.begin('{') }
func (w *jsonWriter) BeginList() { w.begin('[') }
func (w *jsonWriter) EndDict()   { w.end('}') }
func (w *jsonWriter) EndList()   { w.end(']') }

func (w *jsonWriter) Key(key string) {
	w.b = append(token.AppendString(w.next(), key), ':')
	w.comma = false
}

func (w *jsonWriter) None()                { w.b = append(w.next(), "null"...) }
func (w *jsonWriter) Bool(v bool)          { w.b = strconv.AppendBool(w.next(), v) }
func (w *jsonWriter) Int(n int64)          { w.b = strconv.AppendInt(w.next(), n, 10) }
func (w *jsonWriter) Uint(n uint64)        { w.b = strconv.AppendUint(w.next(), n, 10) }
func (w *jsonWriter) BigInt(digits string) { w.b = append(w.next(), digits...) }
func (w *jsonWriter) String(s string)      { w.b = token.AppendString(w.next(), s) }

func (w *jsonWriter) Float(f float64) {
	switch {
	case math.IsNaN(f):
		w.b = append(w.next(), "NaN"...)
	case math.IsInf(f, 1):
		w.b = append(w.next(), "Infinity"...)
	case math.IsInf(f, -1):
		w.b = append(w.next(), "-Infinity"...)
	default:
		w.b = token.AppendFloat(w.next(), f)
	}
}

func (w *jsonWriter) begin(bracket byte) {
	w.b = append(w.next(), bracket)
	w.comma = false
}

func (w *jsonWriter) end(bracket byte) {
	w.b = append(w.b, bracket)
	w.comma = true
}

// next returns the text so far, ready for the next key or value.
func (w *jsonWriter) next() []byte {
	if w.comma {
		return append(w.b, ',')
	}
	w.comma = true
	return w.b
}
