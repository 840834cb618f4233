package pyrecord

import (
	"encoding/base64"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// walker tells a Writer attributes and values.
type walker struct {
	Writer
	depth int // dicts that are open within the record's
}

// attrs tells the attributes of groups, each in the one before it, and in the last those of r, of which the first is
// skipped if it has been said already.
func (x *walker) attrs(groups []group, r *slog.Record, skipFirst bool) {
	s := names{ofRecord: x.depth == 0}
	x.each(&s, groups[0].attrs)
	if inner := groups[1:]; len(inner) > 0 {
		if !empty(inner, r, skipFirst) {
			x.begin(&s, inner[0].name)
			x.attrs(inner, r, skipFirst)
			x.end()
		}
		return
	}
	r.Attrs(func(a slog.Attr) bool {
		if !skipFirst {
			x.attr(&s, &a)
		}
		skipFirst = false
		return true
	})
}

func empty(groups []group, r *slog.Record, skipFirst bool) bool {
	for _, g := range groups {
		if len(g.attrs) > 0 {
			return false
		}
	}
	n := r.NumAttrs()
	return n == 0 || n == 1 && skipFirst
}

func (x *walker) each(s *names, attrs []slog.Attr) {
	for i := range attrs {
		x.attr(s, &attrs[i])
	}
}

func (x *walker) attr(s *names, a *slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		x.group(s, a.Key, v.Group())
	case a.Key == "" && v.Kind() == slog.KindAny && v.Any() == nil: // the zero Attr
	default:
		x.key(s, a.Key)
		x.value(v)
	}
}

func (x *walker) group(s *names, key string, attrs []slog.Attr) {
	switch {
	case len(attrs) == 0:
	case x.depth == maxDepth:
		x.key(s, key)
		x.String("!ERROR:nested too deeply")
	case key == "":
		x.depth++
		x.each(s, attrs)
		x.depth--
	default:
		x.begin(s, key)
		x.each(new(names), attrs)
		x.end()
	}
}

func (x *walker) begin(s *names, key string) {
	x.key(s, key)
	x.BeginDict()
	x.depth++
}

func (x *walker) end() {
	x.EndDict()
	x.depth--
}

func (x *walker) key(s *names, key string) { x.Key(s.add(valid(key))) }

// value tells a value that has been resolved and is no group.
func (x *walker) value(v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		x.String(valid(v.String()))
	case slog.KindInt64:
		x.Int(v.Int64())
	case slog.KindUint64:
		x.Uint(v.Uint64())
	case slog.KindFloat64:
		x.Float(v.Float64())
	case slog.KindBool:
		x.Bool(v.Bool())
	case slog.KindDuration:
		x.Int(int64(v.Duration()))
	case slog.KindTime:
		x.String(v.Time().Format(time.RFC3339Nano))
	default:
		x.any(v)
	}
}

// any tells a value of kind Any as the other end of the wire form would have it, where it runs no user code any more.
func (x *walker) any(v slog.Value) {
	v = wire.Snapshot(v)
	if v.Kind() != slog.KindAny {
		x.value(v) // "!PANIC: ..."
		return
	}
	switch v := v.Any().(type) {
	case wire.Error:
		x.String(valid(string(v)))
	case slog.Level:
		x.String(v.String())
	case []byte:
		x.String(base64.StdEncoding.EncodeToString(v))
	case *slog.Source:
		x.source(v)
	case wire.JSON:
		r := token.NewReader(v.Text())
		x.json(&r)
	default: // nil
		x.None()
	}
}

func (x *walker) source(src *slog.Source) {
	x.BeginDict()
	if src.Function != "" {
		x.text("function", src.Function)
	}
	if src.File != "" {
		x.text("file", src.File)
	}
	if src.Line != 0 {
		x.int("line", src.Line)
	}
	x.EndDict()
}

// json tells the next value of r.
func (x *walker) json(r *token.Reader) {
	switch r.Peek() {
	case '{':
		x.BeginDict()
		for more := r.Open('{'); more; more = r.More('{') {
			x.Key(valid(r.Key()))
			x.json(r)
		}
		x.EndDict()
	case '[':
		x.BeginList()
		for more := r.Open('['); more; more = r.More('[') {
			x.json(r)
		}
		x.EndList()
	case '"':
		x.String(valid(r.String()))
	case 't', 'f':
		x.Bool(r.Bool())
	case 'n':
		r.Null()
		x.None()
	default:
		x.number(r.Number())
	}
}

func (x *walker) number(text string, integer bool) {
	if !integer {
		f, _ := strconv.ParseFloat(text, 64) // beyond its range an infinity, as in Python
		x.Float(f)
		return
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		x.Int(n)
	} else if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		x.Uint(n)
	} else if len(text) <= maxDigits {
		x.BigInt(text)
	} else {
		x.String(text)
	}
}

// maxDigits is Python's sys.get_int_max_str_digits(): it would not read a record with a longer integer.
const maxDigits = 4300

// Entries of the dict itself.

func (x *walker) none(key string) {
	x.Key(key)
	x.None()
}

func (x *walker) text(key, s string) {
	x.Key(key)
	x.String(valid(s))
}

func (x *walker) int(key string, n int) {
	x.Key(key)
	x.Int(int64(n))
}

func (x *walker) float(key string, f float64) {
	x.Key(key)
	x.Float(f)
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
