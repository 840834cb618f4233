package encode

import (
	"log/slog"
	"time"

	"github.com/slogkit-go/slogkit/internal/decimal"
	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/scan"
)

// putTextRun is putJSONRun for Text. Strings that need quotes and nothing else are plain here.
func (l *Line) putTextRun(b []byte, at int, sep byte, attrs []slog.Attr) (n, end int) {
	prefix := l.prefix
	if len(prefix) > 0 && !scan.TextSafe(prefix) {
		return 0, at
	}
	number, str := layout.Number, layout.String
	end = at
	for n < len(attrs) {
		a := &attrs[n]
		if !scan.TextSafe(scan.Bytes(a.Key)) {
			break
		}
		if sep != 0 {
			b[at] = sep
			at++
		}
		at += copy(b[at:], prefix)
		at += copy(b[at:], a.Key)
		b[at] = '='
		at++
		switch layout.Type(&a.Value) {
		case number:
			at = putTextNumber(b, at, &a.Value)
		case str:
			if at = putTextString(b, at, layout.Text(&a.Value)); at == 0 {
				return n, end
			}
		default:
			size := l.times.PutText(b[at:], a.Value.Time())
			if size == 0 {
				return n, end
			}
			at += size
		}
		end, sep = at, ' '
		n++
	}
	return n, end
}

// putTextString puts a plain string into b at that index, and returns where it ends; 0: s is not plain.
func putTextString(b []byte, at int, s string) (end int) {
	if scan.TextSafe(scan.Bytes(s)) {
		return at + copy(b[at:], s)
	}
	if !scan.QuoteSafe(s) {
		return 0
	}
	b[at] = '"'
	at++
	at += copy(b[at:], s)
	b[at] = '"'
	return at + 1
}

// putTextNumber puts a number, a boolean or a duration into b at that index, and returns where it ends.
func putTextNumber(b []byte, at int, v *slog.Value) (end int) {
	bits := layout.Bits(v)
	switch v.Kind() {
	case slog.KindInt64:
		return decimal.PutInt(b, at, int64(bits))
	case slog.KindUint64:
		return decimal.PutUint(b, at, bits)
	case slog.KindDuration:
		return len(appendDuration(b[:at], time.Duration(bits)))
	case slog.KindFloat64:
		return len(appendTextFloat(b[:at], v.Float64()))
	default:
		return putBool(b, at, bits)
	}
}
