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
	entries []entry
	rest    []int // scratch: ends, from a later beginning

	// Where write is, for the case that user code ends the goroutine.
	told            int // so many handlers have been told what became of their records
	written, failed int // what became of the next ones, in this order
	err             error
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
	p.line.B = p.line.B[:p.end()] // without the half of a record whose ReplaceAttr has ended the goroutine
	e := entry{s, to}
	if err := p.format(e); err != nil {
		e.done(err)
		return false
	}
	p.ends = append(p.ends, len(p.line.B))
	p.entries = append(p.entries, e)
	const enough = 128 << 10 // bytes; of smaller writes each record costs the kernel more
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

// end is where the last record ends.
func (p *page) end() int {
	if len(p.ends) == 0 {
		return 0
	}
	return p.ends[len(p.ends)-1]
}

// write writes the records, and tells their handlers of those that failed. If one of these ends the goroutine the next
// call goes on after it, so that no record is written twice, and none forgotten.
func (p *page) write() {
	for p.told < len(p.entries) {
		switch {
		case p.written > 0:
			p.written--
			p.tell(nil)
		case p.failed > 0:
			p.failed--
			p.tell(p.err)
		default:
			p.writeRest()
		}
	}
	p.clear()
}

func (p *page) tell(err error) {
	e := p.entries[p.told]
	p.told++
	e.done(err)
}

// writeRest writes the records of whose handlers none has been told.
func (p *page) writeRest() {
	rest := len(p.ends) - p.told
	p.written, p.failed, p.err = 0, rest, errGoexit // unless the sink returns
	p.written, p.err = p.writeFrom(p.told)
	p.failed = rest - p.written
	if p.written > 0 { // the next ones may be luckier
		p.failed = min(p.failed, 1)
	}
	p.skipIndifferent()
}

// skipIndifferent takes those handlers for told that want to hear of errors only, mostly all.
func (p *page) skipIndifferent() {
	n := 0
	for n < p.written && p.entries[p.told+n].to.After == nil {
		n++
	}
	p.told += n
	p.written -= n
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
	return p.sink.WriteRecords(p.line.B[begin:p.end()], ends)
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

// clear makes p empty.
func (p *page) clear() {
	const most = 256 << 10 // bytes that are worth keeping
	p.line.B = p.line.B[:0]
	if cap(p.line.B) > most {
		p.line.B = nil
	}
	clear(p.entries)
	p.ends, p.entries, p.told = p.ends[:0], p.entries[:0], 0
}
