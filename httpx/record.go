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
	kept  bool   // by who sends it; else its room is used again
	free  []byte // of the slab
	size  int    // of the slab
}

// A record that waits keeps all of its slab in memory. So those of one queue share slabs with nobody else, and a slab is small
// at first: a program that logs little has its pool cleared between any two records.
const minSlab, maxSlab = 2 << 10, 16 << 10

// newRecord returns what e makes of r.
func newRecord(ctx context.Context, pool *sync.Pool, e encoder, r *slog.Record, most int) (rec *record, err error) {
	rec, _ = pool.Get().(*record) // which is not put back after a panic
	if rec == nil {
		rec = new(record)
	}
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

// slab returns the free end, or a new one, larger than the last, if that is short.
func (r *record) slab() []byte {
	const short = 1 << 10
	if cap(r.free) < short {
		r.size = min(max(2*r.size, minSlab), maxSlab)
		r.free = make([]byte, 0, r.size)
	}
	return r.free
}

// done is for when the record was handed over, or not.
func (r *record) done(pool *sync.Pool) {
	switch n := len(r.text); {
	case !r.kept:
	case n > 0 && n <= cap(r.free) && &r.text[0] == &r.free[:1][0]:
		r.free = r.free[n:n:cap(r.free)]
	case r.size < maxSlab: // it found no room there: the next slab is larger
		r.free = nil
	}
	r.text = nil
	pool.Put(r)
}
