package eventlogx

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/safe"
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

// describe sets everything but the strings, and returns those beside the text. An error does not keep the event from being
// sent: where user code fails there is the default.
func (e *event) describe(o *Options, r slog.Record) (more []string, err error) {
	byLevel := MapLevel(r.Level)
	if e.eventType, err = ask("EventType", o.EventType, r, byLevel); !e.eventType.exists() {
		err = fmt.Errorf("eventlogx: no such event type: %d; sent as %v", uint16(e.eventType), byLevel)
		e.eventType = byLevel
	}
	id, wrong := ask("EventID", o.EventID, r, defaultMinID)
	err = errors.Join(err, wrong)
	e.id = min(max(id, o.MinEventID), o.MaxEventID)
	e.moved = o.EventID != nil && e.id != id
	e.category, wrong = ask("Category", o.Category, r, 0)
	err = errors.Join(err, wrong)
	more, wrong = ask("Strings", o.Strings, r, nil)
	return more, errors.Join(err, wrong)
}

// ask returns what user code says of r; byDefault if there is none, or with its panic as an error.
func ask[T any](name string, f func(slog.Record) T, r slog.Record, byDefault T) (answer T, err error) {
	if f == nil {
		return byDefault, nil
	}
	answer = byDefault
	err = safe.Do(func() error {
		answer = f(r)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("eventlogx: %s: %w", name, err)
	}
	return answer, err
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
