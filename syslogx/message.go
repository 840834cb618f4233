package syslogx

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/encode"
)

// format makes messages of records. Derived handlers have one each; they never change.
type format struct {
	*shared
	preformed []byte           // the parameters of WithAttrs
	prefix    string           // of the groups of WithGroup, each with a dot
	groups    []string         // the same for ReplaceAttr
	text      encode.Formatter // makes MSG, or, if it is our own, the attributes in it; none if they are parameters
}

// shared is what all formats of a handler have in common.
type shared struct {
	options Options
	kind    int       // of text in MSG and in values
	raw     bool      // MSG is left as it is
	whole   bool      // MSG is all that the Format makes
	framed  bool      // on a connection
	begin   [8]string // by severity: what comes before the time
	middle  string    // what comes after it, up to structured data, or MSG
	element string    // "[" and its name
	end     string    // after MSG
}

// message is one being made, and where its parts are: line.B holds room for framing, the header, structured data, MSG
// and what comes after it.
type message struct {
	line   *encode.Line
	params params
	sd     int // where structured data begins
	sdEnd  int
	msg    int // where MSG begins, after a byte order mark
	msgEnd int
}

// room is for the length of a message and a space, in octet counting.
const room = len("4294967296 ")

var messages = sync.Pool{New: func() any {
	line := encode.NewLine()
	return &message{line: line, params: params{line: line}}
}}

// free puts m back, unless it has become huge.
func (m *message) free() {
	const maxPooled = 32 << 10
	if cap(m.line.B) <= maxPooled {
		m.line.B = m.line.B[:0]
		m.params.replace = nil
		messages.Put(m)
	}
}

func newShared(o Options, stream, local bool) *shared {
	s := &shared{options: o, framed: stream}
	explicit := !stream || o.Framing == OctetCounting // nothing in a message can end it
	s.kind = oneLine
	if explicit {
		s.kind = lines
	}
	s.raw = explicit && o.Protocol == Bare
	s.whole = o.Format != nil
	for severity := range s.begin {
		s.begin[severity] = "<" + strconv.Itoa(EncodePriority(o.Facility, Severity(severity))) + ">"
		if o.Protocol == RFC5424 {
			s.begin[severity] += "1 "
		}
	}
	switch o.Protocol {
	case RFC5424:
		s.middle = " " + field(o.Hostname, 255) + " " + field(o.AppName, 48) + " " + field(o.ProcID, 128) + " " +
			field(o.MsgID, 32) + " "
		s.element = "[" + o.StructuredDataID
	case RFC3164:
		s.middle = " "
		if !local { // a local daemon knows where it is, and takes a name for the tag
			s.middle += field(o.Hostname, 255) + " "
		}
		s.middle += tag(o.AppName) + "[" + printable(o.ProcID, 128, "[]:") + "]: "
	case Bare:
		s.middle = o.Ident
		if o.AppendNUL && !(stream && o.Framing == NUL) { // there it comes anyway
			s.end = "\x00"
		}
	}
	return s
}

// tag is the TAG of RFC 3164, section 4.1.3: alphanumeric there, but programs have other characters in their names too.
func tag(s string) string {
	if s == "" {
		return "-"
	}
	return printable(s, 32, "[]:")
}

// append makes r the message. The text of the log call comes through replaced.
func (f *format) append(ctx context.Context, m *message, r *slog.Record) error {
	o := &f.options
	severity := o.MapPriority(r.Level)
	m.line.B = append(m.line.B, make([]byte, room)...)
	m.line.B = append(m.line.B, f.begin[min(max(severity, LogEmerg), LogDebug)]...)
	msg, when := r.Message, r.Time
	if o.ReplaceAttr != nil && !f.whole {
		msg, when = f.replaced(r)
	}
	f.appendTime(m.line, when)
	m.line.B = append(m.line.B, f.middle...)
	m.sd = len(m.line.B)
	m.sdEnd = m.sd
	if o.Protocol == RFC5424 {
		f.appendData(m, r)
		m.sdEnd = len(m.line.B)
		m.line.B = append(m.line.B, ' ')
		if o.BOM {
			m.line.B = append(m.line.B, "\xef\xbb\xbf"...)
		}
	}
	m.msg = len(m.line.B)
	err := f.appendMessage(ctx, m, r, msg)
	if !f.raw {
		m.line.B = cleanFrom(m.line.B, m.msg, f.kind)
	}
	m.msgEnd = len(m.line.B)
	m.line.B = append(m.line.B, f.end...)
	return err
}

// replaced asks ReplaceAttr about what is not an attribute here: the time, which it may drop, and the message.
func (f *format) replaced(r *slog.Record) (msg string, when time.Time) {
	replace := f.options.ReplaceAttr
	if when = r.Time; !when.IsZero() {
		a := replace(nil, slog.Time(slog.TimeKey, when.Round(0)))
		if v := a.Value.Resolve(); v.Kind() == slog.KindTime {
			when = v.Time()
		} else if a.Equal(slog.Attr{}) && f.options.Protocol == RFC5424 { // the others have no word for none
			when = time.Time{}
		}
	}
	a := replace(nil, slog.String(slog.MessageKey, r.Message))
	if a.Value = a.Value.Resolve(); !a.Equal(slog.Attr{}) {
		msg = a.Value.String()
	}
	return msg, when
}

func (f *format) appendTime(line *encode.Line, t time.Time) {
	switch f.options.Protocol {
	case RFC5424:
		if t.IsZero() {
			line.B = append(line.B, '-')
		} else {
			line.B = line.AppendMicro(line.B, t)
		}
	case RFC3164:
		if t.IsZero() {
			t = time.Now()
		}
		line.B = t.Local().AppendFormat(line.B, time.Stamp) // there is no zone
	}
}

// appendData appends structured data.
func (f *format) appendData(m *message, r *slog.Record) {
	if f.whole {
		m.line.B = append(m.line.B, '-')
		return
	}
	m.line.B = append(m.line.B, f.element...)
	empty := len(m.line.B)
	p := &m.params
	p.replace, p.kind, p.prefix, p.groups = f.options.ReplaceAttr, f.kind, p.prefix[:0], p.groups[:0]
	if f.options.AddSource {
		f.appendSource(p, r)
	}
	m.line.B = append(m.line.B, f.preformed...)
	p.prefix = append(p.prefix, f.prefix...)
	if p.replace != nil {
		p.groups = append(p.groups, f.groups...)
	}
	r.Attrs(func(a slog.Attr) bool {
		p.attr(&a)
		return true
	})
	if len(m.line.B) == empty {
		m.line.B = append(m.line.B[:m.sd], '-')
	} else {
		m.line.B = append(m.line.B, ']')
	}
}

// appendSource appends the place of the log call.
func (f *format) appendSource(p *params, r *slog.Record) {
	if p.replace == nil {
		if src := encode.SourceText(r.PC); src != "" {
			p.key(slog.SourceKey)
			p.line.B = append(appendValue(p.line.B, src, p.kind), '"')
		}
	} else if src := r.Source(); src != nil {
		a := slog.Any(slog.SourceKey, src)
		p.attr(&a)
	}
}

// appendMessage appends MSG.
func (f *format) appendMessage(ctx context.Context, m *message, r *slog.Record, msg string) error {
	line := m.line
	defer line.Next()
	if f.whole {
		err := f.text.AppendRecord(ctx, line, r)
		f.dropNewline(m)
		return err
	}
	line.B = append(line.B, msg...)
	if own := f.text.Own(); own != nil {
		if f.options.AddSource {
			line.AppendSource(r, f.options.ReplaceAttr)
		}
		own.AppendAttrs(line, r)
	}
	return nil
}

// dropNewline takes off the newline that a format ends its records with.
func (f *format) dropNewline(m *message) {
	if b := m.line.B; len(b) > m.msg && b[len(b)-1] == '\n' {
		m.line.B = b[:len(b)-1]
	}
}

// withAttrs returns the format of a handler with attrs.
func (f *format) withAttrs(attrs []slog.Attr) *format {
	d := *f
	if !f.text.IsZero() {
		d.text = f.text.With(attrs)
		return &d
	}
	p := params{
		line: new(encode.Line), prefix: []byte(f.prefix), groups: slices.Clone(f.groups), kind: f.kind,
		replace: f.options.ReplaceAttr,
	}
	p.append(attrs)
	d.preformed = slices.Concat(f.preformed, p.line.B)
	return &d
}

// withGroup returns the format of a handler with an open group.
func (f *format) withGroup(name string) *format {
	d := *f
	if !f.text.IsZero() {
		d.text = f.text.Group(name)
		return &d
	}
	d.prefix = f.prefix + name + "."
	d.groups = append(slices.Clip(f.groups), name)
	return &d
}
