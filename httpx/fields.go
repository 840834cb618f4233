package httpx

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/percent"
)

// fields appends fields as Python's urlencode does, which writes str(value) of each. It is a pyrecord.Writer: what comes
// at the top are the fields, and of what is in lists and dicts it writes the repr.
type fields struct {
	b     []byte
	open  []byte // the closing brackets of lists and dicts
	comma bool   // belongs before the next element
	named bool   // the next element has a key, which is written
}

func (w *fields) BeginDict() { w.begin('{', '}') }
func (w *fields) BeginList() { w.begin('[', ']') }
func (w *fields) EndDict()   { w.end() }
func (w *fields) EndList()   { w.end() }

// begin opens a dict or list; the dict of the record itself shows by nothing.
func (w *fields) begin(bracket, closing byte) {
	if len(w.open) > 0 {
		w.element()
		w.escape(string(bracket))
	}
	w.open = append(w.open, closing)
	w.comma, w.named = false, false
}

func (w *fields) end() {
	last := len(w.open) - 1
	if last > 0 {
		w.escape(string(w.open[last]))
	}
	w.open = w.open[:last]
	w.comma, w.named = true, false
}

func (w *fields) Key(key string) {
	if len(w.open) == 1 {
		w.key(key)
		return
	}
	w.element()
	w.repr(key)
	w.escape(": ")
	w.named = true
}

// key begins a field.
func (w *fields) key(key string) {
	if n := len(w.b); n > 0 && w.comma {
		w.b = append(w.b, '&')
	}
	w.comma = true
	w.escape(key)
	w.b = append(w.b, '=')
}

// element comes before what is in a list or dict.
func (w *fields) element() {
	if len(w.open) > 1 && w.comma && !w.named {
		w.escape(", ")
	}
	w.comma, w.named = true, false
}

func (w *fields) None() { w.literal("None") }

func (w *fields) Bool(v bool) {
	if v {
		w.literal("True")
	} else {
		w.literal("False")
	}
}

func (w *fields) Int(n int64) {
	w.element()
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *fields) Uint(n uint64) {
	w.element()
	w.b = strconv.AppendUint(w.b, n, 10)
}

func (w *fields) BigInt(digits string) { w.literal(digits) }

func (w *fields) Float(f float64) {
	text, _ := percent.Repr(f)
	w.literal(text)
}

func (w *fields) String(s string) {
	w.element()
	if len(w.open) > 1 {
		w.repr(s)
	} else {
		w.escape(s)
	}
}

func (w *fields) literal(s string) {
	w.element()
	w.escape(s)
}

func (w *fields) repr(s string) {
	text, _ := percent.Repr(s)
	w.escape(text)
}

// value appends a value that MapRecord has returned.
func (w *fields) value(v slog.Value) error {
	switch v.Kind() {
	case slog.KindString:
		w.escape(strings.ToValidUTF8(v.String(), "\uFFFD"))
		return nil
	case slog.KindAny:
		if b, ok := v.Any().([]byte); ok { // as it is, as quote_plus has bytes
			w.escape(string(b))
			return nil
		}
	}
	text, err := percent.Str(plain(v, 0))
	w.escape(strings.ToValidUTF8(text, "\uFFFD"))
	return err
}

// plain returns v, which is in so many groups, as one of the types that stand for Python's, where there is one.
func plain(v slog.Value, depth int) any {
	switch v = v.Resolve(); v.Kind() {
	case slog.KindDuration:
		return int64(v.Duration()) // as in the dict
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindGroup:
		const most = 100 // a LogValuer may resolve to a group that it is in
		if depth == most {
			return "!ERROR:nested too deeply"
		}
		dict := map[string]any{}
		for _, a := range v.Group() {
			dict[a.Key] = plain(a.Value, depth+1)
		}
		return dict
	}
	return v.Any()
}

// escape is Python's quote_plus: letters, digits and _.-~ stay, a space is a plus.
func (w *fields) escape(s string) {
	const upper = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-', c == '~':
			w.b = append(w.b, c)
		case c == ' ':
			w.b = append(w.b, '+')
		default:
			w.b = append(w.b, '%', upper[c>>4], upper[c&15])
		}
	}
}
