package httpx

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"sync"
)

// payload is what a request carries. It is the same, byte for byte, each time that it is tried, for it has the same key.
type payload struct {
	body    []byte
	key     string // Idempotency-Key
	records int
	bytes   int // of the body before compression
}

// packer makes payloads of records.
type packer struct {
	encoding Encoding
	gzip     bool
}

func (k *packer) pack(records ...entry) (*payload, error) {
	body := k.join(records)
	p := &payload{body: body, key: rand.Text(), records: len(records), bytes: len(body)}
	if !k.gzip {
		return p, nil
	}
	var out bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&out)
	_, err := z.Write(body)
	err = errors.Join(err, z.Close())
	p.body = out.Bytes()
	return p, err
}

var compressors = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // texts as alike as records become small all the same
	return z
}}

func (k *packer) join(records []entry) []byte {
	size := 2
	for _, r := range records {
		size += len(r.text) + 1
	}
	b := make([]byte, 0, size)
	if k.encoding == Form {
		return append(b, records[0].text...) // there is one
	}
	if k.encoding == JSON {
		b = append(b, '[')
	}
	for i, r := range records {
		if k.encoding == JSON && i > 0 {
			b = append(b, ',')
		}
		b = append(b, r.text...)
		if k.encoding == NDJSON {
			b = append(b, '\n')
		}
	}
	if k.encoding == JSON {
		b = append(b, ']')
	}
	return b
}
