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
	format encode.Formatter // somebody else's we do not trust to be JSON
	lines  bool             // NDJSON
}

var errNotJSON = errors.New("what Options.Format writes is not JSON")

func newFormatted(o *Options) (e *formatted, err error) {
	defer safe.Recover(&err)
	hopts := &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}
	e = &formatted{
		format: encode.NewFormatter(func(w io.Writer) slog.Handler { return o.Format(w, hopts) }),
		lines:  o.Encoding == NDJSON,
	}
	own := e.format.Own()
	if own == nil {
		return e, nil
	}
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
	err := e.format.AppendRecord(ctx, line, r)
	b, line.B = line.B, scratch
	line.Free() // not deferred: after a panic it is garbage
	text := bytes.TrimRight(b[before:], "\r\n")
	if err == nil && e.format.Own() == nil && !e.valid(text) {
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
	return &formatted{e.format.With(attrs), e.lines}
}

func (e *formatted) group(name string) encoder {
	return &formatted{e.format.Group(name), e.lines}
}
