package wire

import (
	"log/slog"
	"slices"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/layout"
	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// An Encoder encodes records. It is immutable, so any number of goroutines may use it; the zero Encoder is ready.
type Encoder struct {
	// NoSource leaves out where in the program a record was made.
	NoSource bool

	preformed []byte   // the array of attributes as With has begun it
	open      int      // groups that are open at its end
	pending   []string // groups that have no attribute so far
}

// With returns an Encoder whose records begin with attrs, encoded once and now.
func (e *Encoder) With(attrs []slog.Attr) *Encoder {
	b := e.openAttrs(nil)
	empty, c := len(b), new(clocks)
	for i := range attrs {
		b = c.appendAttr(b, &attrs[i], e.depth())
	}
	if len(b) == empty {
		return e
	}
	d := *e
	d.preformed, d.open, d.pending = slices.Clip(b), e.open+len(e.pending), nil
	return &d
}

// Group returns an Encoder whose further attributes are in the group name; e itself if name is empty, or if so many
// groups are open that no Decoder would take another.
func (e *Encoder) Group(name string) *Encoder {
	if name == "" || e.depth()+groupDepth > token.MaxDepth {
		return e
	}
	d := *e
	d.pending = append(slices.Clip(e.pending), name)
	return &d
}

// Append appends r on one line, without a newline at its end. What user code does wrong becomes the value:
// "!PANIC: its panic" or "!ERROR:its error".
func (e *Encoder) Append(dst []byte, r *slog.Record) []byte {
	c := pool.Get().(*clocks)
	b := append(dst, `{"v":1`...)
	if !r.Time.IsZero() {
		b = appendTime(append(b, `,"time":`...), &c.records, r.Time)
	}
	b = strconv.AppendInt(append(b, `,"level":`...), int64(r.Level), 10)
	b = token.AppendString(append(b, `,"msg":`...), r.Message)
	isAttr := false
	switch {
	case r.PC == 0:
		var src *slog.Source
		if src, isAttr = Source(r); isAttr {
			b = appendSource(append(b, sourceField...), src)
		}
	case !e.NoSource:
		b = append(b, callSiteAt(r.PC).field...)
	}
	b = e.appendAttrs(b, c, r, isAttr)
	pool.Put(c) // not deferred: after a panic it is garbage
	return append(b, '}')
}

// appendAttrs appends the attributes of e and of r, of which the first is skipped if it has been said already.
func (e *Encoder) appendAttrs(b []byte, c *clocks, r *slog.Record, skipFirst bool) []byte {
	before := len(b)
	b = e.openAttrs(b)
	empty, open, depth := len(b), e.open+len(e.pending), e.depth()
	front, back := layout.Attrs(r)
	if skipFirst {
		front = front[1:]
	}
	for i := range front {
		b = c.appendAttr(b, &front[i], depth)
	}
	for i := range back {
		b = c.appendAttr(b, &back[i], depth)
	}
	if len(b) == empty {
		if len(e.preformed) == 0 {
			return b[:before]
		}
		b, open = append(b[:before], e.preformed...), e.open
	}
	for range open {
		b = append(b, groupClosing...)
	}
	return append(b, ']')
}

// openAttrs appends the array of attributes up to where the next belongs.
func (e *Encoder) openAttrs(b []byte) []byte {
	if len(e.preformed) > 0 {
		b = append(b, e.preformed...)
	} else {
		b = append(b, `,"attrs":[`...)
	}
	for _, name := range e.pending {
		b = append(appendKey(b, name), groupOpening...)
	}
	return b
}

// depth is how many objects and arrays are open around the next attribute.
func (e *Encoder) depth() int { return recordDepth + groupDepth*(e.open+len(e.pending)) }

// recordDepth is how many a record opens, and groupDepth how many a group adds.
const recordDepth, groupDepth = len(`{[`), len(`{[`)
