package httpx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// formatted is what Options.Format makes of records.
type formatted struct {
	own     *encode.Handler // one of our formats, or
	foreign *encode.Foreign // somebody else's, which we do not trust to be JSON
	lines   bool            // NDJSON
}

var errNotJSON = errors.New("what Options.Format writes is not JSON")

func newFormatted(o *Options) (e *formatted, err error) {
	defer safe.Recover(&err)
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	build := func(w io.Writer) slog.Handler { return o.Format(w, hopts) }
	e = &formatted{lines: o.Encoding == NDJSON}
	own, ok := build(io.Discard).(*encode.Handler)
	if !ok || !own.WritesTo(io.Discard) {
		e.foreign = encode.NewForeign(build)
		return e, nil
	}
	e.own = own
	line := encode.NewLine()
	defer line.Free()
	if own.AppendRecord(line, new(slog.Record)); len(line.B) > 0 && !json.Valid(line.B) { // all of its records are alike
		return e, errNotJSON
	}
	return e, nil
}

// append lets the format append to b itself.
func (e *formatted) append(ctx context.Context, b []byte, r *slog.Record) ([]byte, error) {
	before := len(b)
	line := encode.NewLine()
	scratch := line.B
	line.B = b
	var err error
	if e.own != nil {
		e.own.AppendRecord(line, r)
	} else {
		err = e.foreign.AppendRecord(ctx, line, r)
	}
	b, line.B = line.B, scratch
	line.Free() // not deferred: after a panic it is garbage
	text := bytes.TrimRight(b[before:], "\r\n")
	if err == nil && e.foreign != nil && !e.valid(text) {
		err = errNotJSON
	}
	return b[:before+len(text)], err
}

// valid reports whether text is JSON: of NDJSON a record may be several lines of it.
func (e *formatted) valid(text []byte) bool {
	if len(text) == 0 {
		return true // the format has dropped the record
	}
	if !e.lines {
		return json.Valid(text)
	}
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		if !json.Valid(line) {
			return false
		}
	}
	return true
}

func (e *formatted) with(attrs []slog.Attr) encoder {
	d := *e
	if d.own != nil {
		d.own = d.own.With(attrs)
	} else {
		d.foreign = d.foreign.With(attrs)
	}
	return &d
}

func (e *formatted) group(name string) encoder {
	d := *e
	if d.own != nil {
		d.own = d.own.Group(name)
	} else {
		d.foreign = d.foreign.Group(name)
	}
	return &d
}
