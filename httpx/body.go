package httpx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
)

// read returns what a request has for us, decompressed.
func (rc *receiver) read(w http.ResponseWriter, r *http.Request) (Encoding, []byte, error) {
	if r.Method == http.MethodGet {
		return Form, []byte(r.URL.RawQuery), nil
	}
	encoding, err := encodingOf(r.Header.Get("Content-Type"))
	if err != nil {
		return 0, nil, err
	}
	body, err := readMost(http.MaxBytesReader(w, r.Body, rc.options.MaxBodyBytes), rc.options.MaxBodyBytes, r.ContentLength)
	if err != nil {
		return 0, nil, err
	}
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "", "identity":
		return encoding, body, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return 0, nil, problemf(http.StatusBadRequest, "%v", err)
		}
		body, err = readMost(z, rc.options.MaxBodyBytes, 4*int64(len(body)))
		return encoding, body, err
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return 0, nil, problemf(http.StatusUnsupportedMediaType, "Content-Encoding %.100q, want gzip or none", coding)
	}
}

func encodingOf(contentType string) (Encoding, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err == nil {
		switch media {
		case "application/x-www-form-urlencoded":
			return Form, nil
		case "application/json":
			return JSON, nil
		case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
			return NDJSON, nil
		}
	}
	return 0, problemf(http.StatusUnsupportedMediaType,
		"Content-Type %.100q, want application/json, application/x-ndjson or application/x-www-form-urlencoded", contentType)
}

// readMost reads up to most bytes, of which there are so many perhaps.
func readMost(r io.Reader, most, perhaps int64) ([]byte, error) {
	const trusted = 1 << 20 // no more than that is allocated on somebody's word
	b := bytes.NewBuffer(make([]byte, 0, min(max(perhaps, 0), most, trusted)+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r, most+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) || int64(b.Len()) > most:
		return nil, problemf(http.StatusRequestEntityTooLarge, "more than %d bytes", most)
	case err != nil:
		return nil, problemf(http.StatusBadRequest, "%v", err)
	}
	return b.Bytes(), nil
}
