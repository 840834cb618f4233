package socketx

import (
	"encoding/binary"
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/pickle"
	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/wire"
)

// encoder turns records into bytes with their framing. It is immutable.
type encoder struct {
	json   *wire.Encoder
	python *pyrecord.Encoder // nil: JSON
	end    string            // of a record in JSON
	max    int               // bytes of a record, without framing
}

// newEncoder returns an encoder for streams or for datagrams, which need no framing of ours.
func newEncoder(o *Options, stream bool) encoder {
	e := encoder{json: &wire.Encoder{NoSource: !o.AddSource}, max: o.maxBytes()}
	if o.Encoding == Pickle {
		e.python = &pyrecord.Encoder{NoSource: !o.AddSource, Logger: o.Logger}
	}
	if stream {
		e.end = "\n"
	}
	return e
}

func (e encoder) with(attrs []slog.Attr) encoder {
	if e.python != nil {
		e.python = e.python.With(attrs)
	} else {
		e.json = e.json.With(attrs)
	}
	return e
}

func (e encoder) group(name string) encoder {
	if e.python != nil {
		e.python = e.python.Group(name)
	} else {
		e.json = e.json.Group(name)
	}
	return e
}

func (e *encoder) append(b []byte, r *slog.Record) ([]byte, error) {
	before := len(b)
	if e.python == nil {
		b = e.json.Append(b, r)
		if n := len(b) - before; n > e.max {
			return b, tooLong(n, e.max)
		}
		return append(b, e.end...), nil
	}
	b = pickle.Append(append(b, 0, 0, 0, 0), e.python, r)
	n := len(b) - before - lengthBytes
	if n > e.max {
		return b, tooLong(n, e.max)
	}
	binary.BigEndian.PutUint32(b[before:], uint32(n))
	return b, nil
}

type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 1<<10)} }}

func (b *buffer) free() {
	const maxPooled = 16 << 10
	if cap(b.b) <= maxPooled {
		buffers.Put(b)
	}
}
