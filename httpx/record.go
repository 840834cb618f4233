package httpx

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// record is one on its way into a request. Its text is cut from the free end of a slab, so that most records cost no
// allocation.
type record struct {
	text  []byte
	level slog.Level
	kept  bool // by who sends it; else its room is used again
	free  []byte
}

const slabBytes = 16 << 10

var records = sync.Pool{New: func() any { return new(record) }}

// newRecord returns what e makes of r.
func newRecord(ctx context.Context, e encoder, r *slog.Record, most int) (rec *record, err error) {
	rec = records.Get().(*record) // which is not put back after a panic
	rec.level, rec.kept = r.Level, false
	switch e := e.(type) {
	case *wired: // so that the compiler sees that r does not escape
		rec.text = e.Append(rec.slab(), r)
	default:
		own := *r
		rec.text, err = e.append(ctx, rec.slab(), &own)
	}
	if err == nil && len(rec.text) > most {
		err = fmt.Errorf("a record of %d bytes, more than MaxRecordBytes (%d)", len(rec.text), most)
	}
	return rec, err
}

// slab returns the free end, or a new one if that is short.
func (r *record) slab() []byte {
	const short = 1 << 10
	if cap(r.free) < short {
		r.free = make([]byte, 0, slabBytes)
	}
	return r.free
}

// done is for when the record was handed over, or not.
func (r *record) done() {
	if n := len(r.text); r.kept && n > 0 && cap(r.free) > 0 && n <= cap(r.free) && &r.text[0] == &r.free[:1][0] {
		r.free = r.free[n:n:cap(r.free)]
	}
	r.text = nil
	records.Put(r)
}
