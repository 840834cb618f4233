package queue

import (
	"io"
	"log/slog"
	"reflect"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// page has records, formatted one after the other, that are written to a file together.
type page struct {
	sink    sink
	line    *encode.Line
	ends    []int // of the records in line
	rest    []int // scratch: ends, from a later beginning
	entries []entry
}

// entry is a record on a page.
type entry struct {
	slot *slot
	to   *encode.Injector // of the handler that it is for
}

// sink is what our files are. p has whole records, which end at ends. Those after the first written ones have failed.
type sink interface {
	io.Writer
	WriteRecords(p []byte, ends []int) (written int, err error)
}

// newPage returns a page for the file that h writes one of our formats to; nil if it does not.
func newPage(h slog.Handler) *page {
	inject := encode.InjectorOf(h)
	if inject == nil {
		return nil
	}
	s, ok := inject.Sink.(sink)
	if !ok || !reflect.TypeOf(s).Comparable() {
		return nil
	}
	return &page{sink: s, line: encode.NewLine()}
}

// takes returns what puts records of h on p; nil if h does not write to p's file.
func (p *page) takes(h slog.Handler) *encode.Injector {
	if p == nil {
		return nil
	}
	inject := encode.InjectorOf(h)
	if inject == nil || inject.Sink != io.Writer(p.sink) {
		return nil
	}
	return inject
}

// add formats the record in s. It reports whether that has been kept for write.
func (p *page) add(to *encode.Injector, s *slot) (kept bool) {
	before := len(p.line.B)
	e := entry{s, to}
	if err := p.format(e); err != nil {
		p.line.B = p.line.B[:before]
		e.done(err)
		return false
	}
	p.ends = append(p.ends, len(p.line.B))
	p.entries = append(p.entries, e)
	const enough = 64 << 10 // bytes
	if len(p.line.B) >= enough {
		p.write()
		return false
	}
	return true
}

func (p *page) format(e entry) (err error) {
	defer safe.Recover(&err)
	p.line.Next()
	e.to.Format.AppendRecord(p.line, &e.slot.record)
	return nil
}

// write writes the records, and tells their handlers of those that failed.
func (p *page) write() {
	defer p.clear()
	for from := 0; from < len(p.ends); {
		n, err := p.writeFrom(from)
		for _, e := range p.entries[from : from+n] {
			e.done(nil)
		}
		from += n
		failed := len(p.ends) - from
		if n > 0 { // the next ones may be luckier
			failed = min(failed, 1)
		}
		for _, e := range p.entries[from : from+failed] {
			e.done(err)
		}
		from += failed
	}
}

func (p *page) writeFrom(from int) (written int, err error) {
	defer safe.Recover(&err)
	begin, ends := 0, p.ends
	if from > 0 {
		begin = p.ends[from-1]
		p.rest = p.rest[:0]
		for _, end := range p.ends[from:] {
			p.rest = append(p.rest, end-begin)
		}
		ends = p.rest
	}
	return p.sink.WriteRecords(p.line.B[begin:], ends)
}

// done tells the handler what became of the record.
func (e entry) done(err error) {
	if err != nil {
		err = e.to.Report(e.slot.context(), e.slot.record, err)
	}
	if e.to.After != nil {
		_ = e.to.After(e.slot.context(), e.slot.record, err)
	}
}

// clear is deferred, so that no record is written twice even if user code ends the goroutine.
func (p *page) clear() {
	const most = 256 << 10 // bytes that are worth keeping
	p.line.B = p.line.B[:0]
	if cap(p.line.B) > most {
		p.line.B = nil
	}
	clear(p.entries)
	p.ends, p.entries = p.ends[:0], p.entries[:0]
}
