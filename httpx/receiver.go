package httpx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// ReceiverOptions are the options of [NewReceiver]. The zero value is ready to use.
type ReceiverOptions struct {
	// Limits. What is beyond them is answered with 413, whereupon a [Handler] tries with fewer records.
	MaxBodyBytes   int64 // of a request, and once more after decompression; 0: 8 MiB
	MaxRecordBytes int   // 0: 1 MiB
	MaxRecords     int   // of a request; 0: 10,000

	// Authenticate returns an error for a request that is to be answered with 401. Nothing of the body has been read then.
	Authenticate func(*http.Request) error // nil: everybody is let in

	// Challenge is the WWW-Authenticate header of a 401.
	Challenge string // "": Basic realm="log"

	// Keys is how many Idempotency-Keys are remembered, the latest ones.
	Keys int // 0: 10,000; negative: none

	// ErrorHandler is told of errors that the handler has returned and not reported itself, and of fields of a form that
	// make no sense, both with the record.
	ErrorHandler slogx.ErrorHandler // nil: one line a second on stderr
}

// NewReceiver returns an http.Handler that takes what a [Handler] sends, Python's HTTPHandler, or any program that can
// POST JSON, and hands the records to h that its level allows, in their order. nil opts are the zero options. The answers:
//
//	204  h has handled all records, now or when a batch with the same Idempotency-Key came before
//	200  h has failed with some, and there is no Idempotency-Key, so that sending them again would double the others
//	400  something is no record; the body says which, and none of the request has been handed on
//	401  Authenticate refuses
//	405  neither GET, POST nor PUT
//	413  too many bytes or records
//	415  Content-Type or Content-Encoding are none of those below
//	422  the Idempotency-Key belongs to another body, or another Content-Type
//	500  h has failed; sent again, with the same key, only those records are handed on with which it has
//	503  the request ended while another with its key was being handled
//
// A GET has a form in its query. Otherwise the Content-Type says what there is: application/x-www-form-urlencoded,
// application/json (an array, or a single record), or application/x-ndjson (also application/ndjson, jsonl, x-jsonlines).
// The Content-Encoding may be gzip.
//
// A form is a Python record: see slogx.MakeRecord, except that args which are there are not put into msg, for of them
// there is only the text. A JSON object is in the form that docs/wire.md describes if it has "v", or else as
// slog.JSONHandler writes it: time, level, msg and source, and attributes, objects being groups.
//
// How long a request may take to arrive is for the http.Server to say: set its ReadTimeout.
func NewReceiver(h slog.Handler, opts *ReceiverOptions) http.Handler {
	r := &receiver{handler: h, seed: maphash.MakeSeed()}
	if opts != nil {
		r.options = *opts
	}
	o := &r.options
	o.MaxBodyBytes = cmp.Or(max(o.MaxBodyBytes, 0), 8<<20)
	o.MaxRecordBytes = cmp.Or(max(o.MaxRecordBytes, 0), 1<<20)
	o.MaxRecords = cmp.Or(max(o.MaxRecords, 0), 10_000)
	o.Challenge = cmp.Or(o.Challenge, `Basic realm="log"`)
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("httpx.Receiver")
	}
	r.deliveries.most = max(cmp.Or(o.Keys, 10_000), 0)
	return r
}

type receiver struct {
	handler    slog.Handler
	options    ReceiverOptions
	deliveries deliveries
	seed       maphash.Seed
}

// problem is an answer other than 204.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func problemf(status int, format string, args ...any) error {
	return &problem{status, fmt.Sprintf(format, args...)}
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := safe.Do(func() error { return rc.serve(w, r) })
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var p *problem
	if !errors.As(err, &p) { // a panic, of Authenticate
		rc.tell(r.Context(), slog.Record{}, err)
		p = &problem{http.StatusInternalServerError, "internal error"}
	}
	http.Error(w, p.text, p.status)
}

func (rc *receiver) serve(w http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut:
	default:
		w.Header().Set("Allow", "GET, POST, PUT")
		return problemf(http.StatusMethodNotAllowed, "method %s", r.Method)
	}
	if rc.options.Authenticate != nil && rc.options.Authenticate(r) != nil {
		w.Header().Set("WWW-Authenticate", rc.options.Challenge)
		return problemf(http.StatusUnauthorized, "unauthorized")
	}
	encoding, body, err := rc.read(w, r)
	if err != nil {
		return err
	}
	records, err := rc.decode(encoding, body)
	if err != nil {
		return err
	}
	// Who has sent this may have gone, which is no reason to leave a batch half done.
	ctx := context.WithoutCancel(r.Context())
	key := r.Header.Get("Idempotency-Key")
	if key == "" || rc.deliveries.most == 0 {
		return rc.handOnOnce(ctx, records)
	}
	d, err := rc.deliveries.of(key, rc.sum(encoding, body), len(records))
	if err != nil {
		return err
	}
	return d.take(r.Context(), func(i int) error { return rc.handOn(ctx, &records[i]) })
}

// sum is of all that decides what the records are.
func (rc *receiver) sum(encoding Encoding, body []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(rc.seed)
	_ = h.WriteByte(byte(encoding))
	_, _ = h.Write(body)
	return h.Sum64()
}

// handOnOnce is for records that cannot be told from the same ones, sent again.
func (rc *receiver) handOnOnce(ctx context.Context, records []received) error {
	failed := 0
	for i := range records {
		if rc.handOn(ctx, &records[i]) != nil {
			failed++
		}
	}
	switch {
	case failed == 0:
		return nil
	case failed == len(records):
		return problemf(http.StatusInternalServerError, "all records failed")
	default:
		return problemf(http.StatusOK, "%d of %d records failed", failed, len(records))
	}
}

// received is a record, and what in it makes no sense.
type received struct {
	slog.Record
	fault error
}

func (rc *receiver) handOn(ctx context.Context, r *received) error {
	if r.fault != nil {
		rc.tell(ctx, r.Record.Clone(), r.fault)
	}
	err := safe.Do(func() error {
		if !rc.handler.Enabled(ctx, r.Level) {
			return nil
		}
		return rc.handler.Handle(ctx, r.Record.Clone())
	})
	if err != nil && reported.Rest(err) != nil {
		rc.tell(ctx, r.Record.Clone(), reported.Rest(err))
	}
	return err
}

func (rc *receiver) tell(ctx context.Context, r slog.Record, err error) {
	_ = safe.Do(func() error {
		rc.options.ErrorHandler(ctx, r, fmt.Errorf("httpx: receiver: %w", err))
		return nil
	})
}
