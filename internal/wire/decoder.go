package wire

import (
	"cmp"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// A Decoder decodes records. Any number of goroutines may use it; the zero Decoder is ready.
type Decoder struct {
	MaxBytes int // of a record; 0: 1 MiB
	MaxAttrs int // of a record, those in groups included; 0: 10,000
}

// Decode decodes one record, which may have white space around it. It keeps nothing of data. What is nested more than
// token.MaxDepth deep is refused, whatever it is.
func (d *Decoder) Decode(data []byte) (slog.Record, error) {
	maxBytes := cmp.Or(d.MaxBytes, 1<<20)
	if len(data) > maxBytes {
		return slog.Record{}, fmt.Errorf("slogkit: wire: %d bytes, more than %d", len(data), maxBytes)
	}
	// All strings of the record are parts of this copy.
	dec := decoder{Reader: token.NewReader(string(data)), maxAttrs: cmp.Or(d.MaxAttrs, 10_000)}
	r := dec.record()
	if err := dec.Err(); err != nil {
		return slog.Record{}, fmt.Errorf("slogkit: wire: %w", err)
	}
	return r, nil
}

// decoder is the state of one record.
type decoder struct {
	token.Reader
	maxAttrs int
	numAttrs int
}

func (d *decoder) record() slog.Record {
	var r slog.Record
	var has struct{ v, time, level, msg, source, attrs bool }
	for more := d.Open('{'); more; more = d.More('{') {
		switch key := d.Key(); {
		case key == "v" && d.once(&has.v):
			d.version()
		case key == "time" && d.once(&has.time):
			r.Time = d.time()
		case key == "level" && d.once(&has.level):
			r.Level = slog.Level(d.int())
		case key == "msg" && d.once(&has.msg):
			r.Message = d.String()
		case key == "source" && d.once(&has.source):
			d.recordSource(&r)
		case key == "attrs" && d.once(&has.attrs):
			for more := d.Open('['); more; more = d.More('[') {
				r.AddAttrs(d.attr())
			}
		default:
			d.Skip()
		}
	}
	d.End()
	if !has.v {
		d.Fail(`no field "v"`)
	}
	return r
}

func (d *decoder) version() {
	if v, _ := d.Number(); v != strconv.Itoa(Version) && d.Err() == nil {
		d.Fail(fmt.Sprintf("version %.20s of the wire form, want %d", v, Version))
	}
}

// once reports whether a field has a value other than null. It may have one only once.
func (d *decoder) once(has *bool) bool {
	if d.Peek() == 'n' {
		return false
	}
	if *has {
		d.Fail("field for the second time")
	}
	*has = true
	return true
}

func (d *decoder) recordSource(r *slog.Record) {
	src := d.source()
	if *src == (slog.Source{}) {
		return
	}
	rest := *r
	*r = slog.Record{Time: r.Time, Level: r.Level, Message: r.Message}
	r.AddAttrs(slog.Any(slog.SourceKey, src)) // comes first, wherever the field stands
	rest.Attrs(func(a slog.Attr) bool {
		r.AddAttrs(a)
		return true
	})
}

func (d *decoder) source() *slog.Source {
	src := new(slog.Source)
	for more := d.Open('{'); more; more = d.More('{') {
		switch d.Key() {
		case "function":
			src.Function = d.String()
		case "file":
			src.File = d.String()
		case "line":
			src.Line = d.int()
		default:
			d.Skip()
		}
	}
	return src
}

// attr reads two elements of an array.
func (d *decoder) attr() slog.Attr {
	if d.numAttrs++; d.numAttrs > d.maxAttrs {
		d.Fail(fmt.Sprintf("more than %d attributes", d.maxAttrs))
	}
	key := d.String()
	if !d.More('[') {
		d.Fail("key without a value")
	}
	return slog.Attr{Key: key, Value: d.value()}
}
