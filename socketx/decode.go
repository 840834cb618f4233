package socketx

import (
	"errors"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/pickle"
	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
)

// decoders read both encodings. They are told apart by the first byte, for no pickle begins with '{'.
type decoders struct {
	json   wire.Decoder
	pickle pickle.Decoder
}

func newDecoders(maxBytes int) *decoders {
	return &decoders{wire.Decoder{MaxBytes: maxBytes}, pickle.Decoder{MaxBytes: maxBytes}}
}

// decode returns the record in data. A fault is something in it that makes no sense, which it then has as an attribute; err
// means that there is no record.
func (d *decoders) decode(data []byte) (r slog.Record, fault, err error) {
	switch {
	case len(data) == 0:
		return r, nil, errors.New("nothing in it")
	case data[0] == '{':
		r, err = d.json.Decode(data)
		return r, nil, err
	}
	dict, err := d.pickle.Decode(data)
	if err != nil {
		return r, nil, err
	}
	r, fault = slogx.MakeRecord(dict.Map())
	return r, fault, nil
}
