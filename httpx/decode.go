package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/slogkit-go/slogkit/internal/wire"
)

// decode returns the records in body, or what is wrong with the first that is none.
func (rc *receiver) decode(e Encoding, body []byte) ([]received, error) {
	d := decoding{options: &rc.options, wire: wire.Decoder{MaxBytes: rc.options.MaxRecordBytes}}
	var err error
	switch e {
	case Form:
		err = d.form(body)
	case JSON:
		err = d.json(body)
	default:
		err = d.lines(body)
	}
	return d.records, err
}

type decoding struct {
	options *ReceiverOptions
	wire    wire.Decoder
	records []received
}

// fail says what is wrong with the next record.
func (d *decoding) fail(err error) error {
	return problemf(http.StatusBadRequest, "record %d: %v", len(d.records)+1, err)
}

// check says whether there may be another record, and of that size.
func (d *decoding) check(size int) error {
	switch {
	case len(d.records) == d.options.MaxRecords:
		return problemf(http.StatusRequestEntityTooLarge, "more than %d records", d.options.MaxRecords)
	case size > d.options.MaxRecordBytes:
		return problemf(http.StatusRequestEntityTooLarge, "record %d: %d bytes, more than %d",
			len(d.records)+1, size, d.options.MaxRecordBytes)
	}
	return nil
}

func (d *decoding) form(body []byte) error {
	if err := d.check(len(body)); err != nil {
		return err
	}
	r, fault, err := decodeForm(string(body))
	if err != nil {
		return d.fail(err)
	}
	d.records = append(d.records, received{r, fault})
	return nil
}

// json reads an array of records, or one.
func (d *decoding) json(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) == 0 || first[0] != '[' {
		return errors.Join(d.next(dec), d.end(dec))
	}
	_, _ = dec.Token() // [
	for dec.More() {
		if err := d.next(dec); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // ]
		return d.fail(noEOF(err))
	}
	return d.end(dec)
}

// next reads one record of a stream.
func (d *decoding) next(dec *json.Decoder) error {
	var text json.RawMessage
	if err := dec.Decode(&text); err != nil {
		return d.fail(noEOF(err))
	}
	return d.object(text)
}

func (d *decoding) end(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return problemf(http.StatusBadRequest, "text after the end")
	}
	return nil
}

// noEOF makes of the end of a body what it is.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// lines reads a record of each line that is not empty.
func (d *decoding) lines(body []byte) error {
	for line := range bytes.SplitSeq(body, []byte{'\n'}) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := d.object(line); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoding) object(text []byte) error {
	if err := d.check(len(text)); err != nil {
		return err
	}
	var r slog.Record
	var err error
	if isPlain(text) {
		r, err = decodePlain(string(text))
	} else {
		r, err = d.wire.Decode(text)
	}
	if err != nil {
		return d.fail(err)
	}
	d.records = append(d.records, received{r, nil})
	return nil
}
