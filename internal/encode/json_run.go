package encode

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/decimal"
	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/scan"
)

// putJSONRun puts plain attributes into b at that index, and returns where they end. It stops at the first that is not plain;
// n were.
func (l *Line) putJSONRun(b []byte, at int, sep byte, attrs []slog.Attr) (n, end int) {
	number, str := layout.Number, layout.String
	end = at
	for n < len(attrs) {
		a := &attrs[n]
		if sep != 0 {
			b[at] = sep
			at++
		}
		b[at] = '"'
		at++
		if !scan.CopyJSON(b[at:], a.Key) {
			break
		}
		at += len(a.Key)
		b[at], b[at+1] = '"', ':'
		at += 2
		switch layout.Type(&a.Value) {
		case number:
			at = putJSONNumber(b, at, &a.Value)
		case str:
			s := layout.Text(&a.Value)
			b[at] = '"'
			at++
			if !scan.CopyJSON(b[at:], s) {
				return n, end
			}
			at += len(s)
			b[at] = '"'
			at++
		default:
			size := l.times.PutJSONUnixNano(b[at:], int64(layout.Bits(&a.Value)), layout.Location(&a.Value))
			if size == 0 {
				return n, end
			}
			at += size
		}
		end, sep = at, ','
		n++
	}
	return n, end
}

// putJSONNumber puts a number, a boolean or a duration into b at that index, and returns where it ends.
func putJSONNumber(b []byte, at int, v *slog.Value) (end int) {
	bits := layout.Bits(v)
	switch v.Kind() {
	case slog.KindInt64, slog.KindDuration:
		return decimal.PutInt(b, at, int64(bits))
	case slog.KindUint64:
		return decimal.PutUint(b, at, bits)
	case slog.KindFloat64:
		return len(appendJSONFloat(b[:at], v.Float64()))
	default:
		return putBool(b, at, bits)
	}
}
