package eventlogx

import (
	"fmt"
	"log/slog"
	"sync"
)

const (
	// maxUnits is how long the strings of an event may be, which an event's record in the log has to hold together. It is
	// ReportEvent's limit for one.
	maxUnits = 31_839
	// maxStrings is how many there may be ([MS-EVEN], section 3.1.4.16).
	maxStrings = 256
)

// event is the arguments of one call of ReportEvent.
type event struct {
	eventType EventType
	category  uint16
	id        uint32
	strings   []*uint16 // each in units, and ended by a NUL

	units  []uint16
	starts []int
	cut    bool // something was too long
	moved  bool // the identifier was out of bounds
}

var events = sync.Pool{New: func() any { return &event{units: make([]uint16, 0, 1024)} }}

func newEvent() *event { return events.Get().(*event) }

// free puts e back, unless it has become huge.
func (e *event) free() {
	const maxPooled = 16 << 10
	if cap(e.units) > maxPooled {
		return
	}
	clear(e.strings)
	*e = event{units: e.units[:0], starts: e.starts[:0], strings: e.strings[:0]}
	events.Put(e)
}

// describe sets everything but the strings. An error does not keep the event from being sent.
func (e *event) describe(o *Options, r slog.Record) (err error) {
	e.eventType = MapLevel(r.Level)
	if o.EventType != nil {
		if t := o.EventType(r); t.exists() {
			e.eventType = t
		} else {
			err = fmt.Errorf("eventlogx: no such event type: %d; sent as %v", uint16(t), e.eventType)
		}
	}
	id := uint32(defaultMinID)
	if o.EventID != nil {
		id = o.EventID(r)
	}
	e.id = min(max(id, o.MinEventID), o.MaxEventID)
	e.moved = o.EventID != nil && e.id != id
	if o.Category != nil {
		e.category = o.Category(r)
	}
	return err
}

// setStrings makes text and more the insertion strings. The others come before text in memory, so that it is text that
// is cut: a message file's own strings are short, and its message makes no sense without them.
func (e *event) setStrings(text []byte, more []string, keepPercent bool) {
	if len(more) >= maxStrings {
		more, e.cut = more[:maxStrings-1], true
	}
	room := maxUnits
	for _, s := range more {
		room -= addString(e, s, room, keepPercent)
	}
	addString(e, text, room, keepPercent)

	last := len(e.starts) - 1
	e.strings = append(e.strings, &e.units[e.starts[last]])
	for _, start := range e.starts[:last] { // not before: units has been growing
		e.strings = append(e.strings, &e.units[start])
	}
}

func addString[T string | []byte](e *event, s T, room int, keepPercent bool) (size int) {
	start := len(e.units)
	units, cut := appendText(e.units, s, room, keepPercent)
	e.cut = e.cut || cut
	e.starts = append(e.starts, start)
	e.units = append(units, 0)
	return len(units) - start
}
