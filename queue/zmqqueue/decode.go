package zmqqueue

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
)

// decoder makes records of messages, whatever their [Encoding].
type decoder struct {
	limit  int // bytes
	wire   *wire.Decoder
	python *pyrecord.Parser
}

func newDecoder(limit int) decoder {
	return decoder{limit, &wire.Decoder{MaxBytes: limit}, &pyrecord.Parser{MaxBytes: limit}}
}

// decode decodes m: a record, or a topic and a record. A flaw is an error that leaves the record usable.
func (d *decoder) decode(m message) (r slog.Record, flaw, err error) {
	switch {
	case m.tooLong:
		return r, nil, fmt.Errorf("%d bytes, more than MaxMessageBytes, %d", m.size, d.limit)
	case m.frames > 2:
		return r, nil, fmt.Errorf("%d frames, want a record or a topic and a record", m.frames)
	case isWire(m.payload):
		r, err = d.wire.Decode(m.payload)
		return r, nil, err
	}
	dict, err := d.python.Parse(m.payload)
	if err != nil {
		return r, nil, err
	}
	if _, ok := dict["msg"]; !ok {
		return r, nil, errors.New("a JSON object without msg")
	}
	r, flaw = slogx.MakeRecord(dict)
	return r, flaw, nil
}

// isWire reports whether the first key of a JSON object is "v". A LogRecord of Python begins with "name".
func isWire(payload []byte) bool {
	const space = " \t\r\n"
	object, ok := bytes.CutPrefix(bytes.TrimLeft(payload, space), []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(object, space), []byte(`"v"`))
}
