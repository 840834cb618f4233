package httpx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// isPlain reports whether an object is a record as slog.JSONHandler writes it, and not in the wire form.
func isPlain(text []byte) bool {
	if bytes.HasPrefix(text, []byte(`{"v":1,`)) || !bytes.HasPrefix(text, []byte("{")) {
		return false
	}
	r := token.NewReader(string(text))
	for more := r.Open('{'); more; more = r.More('{') {
		switch r.Key() {
		case "v":
			return false
		case slog.LevelKey:
			if r.Peek() == '"' {
				return true
			}
		}
		r.Skip()
	}
	return r.Err() == nil
}

// maxPlainAttrs is how many attributes a record may have that is not in the wire form, those in groups included: as many as
// in that.
const maxPlainAttrs = 10_000

// plainReader reads a record of slog.JSONHandler.
type plainReader struct {
	token.Reader
	attrs int
}

func decodePlain(text string) (slog.Record, error) {
	p := plainReader{Reader: token.NewReader(text)}
	var r slog.Record
	var seen struct{ time, level, msg, source bool }
	for more := p.Open('{'); more; more = p.More('{') {
		key := p.Key()
		isText := p.Peek() == '"'
		switch {
		case key == slog.TimeKey && isText && once(&seen.time):
			r.Time = p.time()
		case key == slog.LevelKey && isText && once(&seen.level):
			r.Level = p.level()
		case key == slog.MessageKey && isText && once(&seen.msg):
			r.Message = p.String()
		case key == slog.SourceKey && p.Peek() == '{' && once(&seen.source):
			r.AddAttrs(slog.Any(key, p.source()))
		default:
			r.AddAttrs(slog.Attr{Key: key, Value: p.value()})
		}
	}
	p.End()
	return r, p.Err()
}

// once reports whether a key comes for the first time; later it is an attribute.
func once(seen *bool) bool {
	first := !*seen
	*seen = true
	return first
}

func (p *plainReader) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, p.String())
	if err != nil {
		p.Fail("want a time of RFC 3339")
	}
	return t
}

// level reads what slog.Level.String writes, in any case, and the names that other libraries have.
func (p *plainReader) level() slog.Level {
	name := p.String()
	var l slog.Level
	if l.UnmarshalText([]byte(name)) == nil {
		return l
	}
	switch strings.ToUpper(name) {
	case "TRACE":
		return slog.LevelDebug - 4
	case "WARNING":
		return slog.LevelWarn
	case "FATAL", "CRITICAL":
		return slog.LevelError + 4
	}
	p.Fail(fmt.Sprintf("unknown level %.40q", name))
	return 0
}

func (p *plainReader) source() *slog.Source {
	src := new(slog.Source)
	for more := p.Open('{'); more; more = p.More('{') {
		switch key, next := p.Key(), p.Peek(); {
		case key == "function" && next == '"':
			src.Function = p.String()
		case key == "file" && next == '"':
			src.File = p.String()
		case key == "line":
			text, _ := p.Number()
			src.Line, _ = strconv.Atoi(text)
		default:
			p.Skip()
		}
	}
	return src
}

func (p *plainReader) value() slog.Value {
	if p.attrs++; p.attrs > maxPlainAttrs {
		p.Fail(fmt.Sprintf("more than %d attributes", maxPlainAttrs))
	}
	switch p.Peek() {
	case '{':
		var attrs []slog.Attr
		for more := p.Open('{'); more; more = p.More('{') {
			key := p.Key()
			attrs = append(attrs, slog.Attr{Key: key, Value: p.value()})
		}
		return slog.GroupValue(attrs...)
	case '[':
		return p.list()
	case '"':
		return slog.StringValue(p.String())
	case 't', 'f':
		return slog.BoolValue(p.Bool())
	case 'n':
		p.Null()
		return slog.AnyValue(nil)
	}
	return number(p.Number())
}

func (p *plainReader) list() slog.Value {
	dec := json.NewDecoder(strings.NewReader(p.Raw()))
	dec.UseNumber()
	var list []any
	if err := dec.Decode(&list); err != nil && p.Err() == nil {
		p.Fail(err.Error())
	}
	return slog.AnyValue(list)
}

// number keeps a number that neither an integer of 64 bits nor a float64 can hold as it is.
func number(text string, integer bool) slog.Value {
	if !integer {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return slog.Float64Value(f)
		}
	} else if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return slog.Int64Value(n)
	} else if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return slog.Uint64Value(n)
	}
	return slog.AnyValue(json.Number(text))
}
