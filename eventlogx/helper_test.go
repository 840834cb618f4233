package eventlogx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
	"unsafe"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// sent is an event as the system gets it.
type sent struct {
	Type     EventType
	Category uint16
	ID       uint32
	Strings  []string
}

// log is a system for tests.
type log struct {
	mu       sync.Mutex
	events   []sent
	handles  map[uintptr]string // those that are open
	last     uintptr
	noSource error // what register returns
	broken   error // what report returns
	stale    uintptr
}

var errStale = errors.New("the handle is invalid")

func (l *log) register(source string) (uintptr, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.noSource != nil {
		return 0, l.noSource
	}
	if l.handles == nil {
		l.handles = map[uintptr]string{}
	}
	l.last++
	l.handles[l.last] = source
	return l.last, nil
}

func (l *log) report(handle uintptr, e *event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.handles[handle] == "":
		return fmt.Errorf("handle %d is not open", handle)
	case l.broken != nil:
		return l.broken
	case handle <= l.stale:
		return errStale
	}
	l.events = append(l.events, sent{e.eventType, e.category, e.id, stringsOf(e)})
	return nil
}

func (l *log) deregister(handle uintptr) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.handles[handle] == "" {
		return fmt.Errorf("handle %d is not open", handle)
	}
	delete(l.handles, handle)
	return nil
}

// next takes the first event.
func (l *log) next(t testing.TB) sent {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) == 0 {
		t.Fatal("there is no event")
	}
	e := l.events[0]
	l.events = l.events[1:]
	return e
}

// fail makes the calls fail with these errors; nil mends them.
func (l *log) fail(register, report error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noSource, l.broken = register, report
}

// stringsOf reads the strings of e as the system does: from the pointer to the NUL.
func stringsOf(e *event) []string {
	var all []string
	for _, p := range e.strings {
		n := 0
		for *(*uint16)(unsafe.Add(unsafe.Pointer(p), 2*n)) != 0 {
			n++
		}
		all = append(all, decode(unsafe.Slice(p, n)))
	}
	runtime.KeepAlive(e)
	return all
}

// insertion is what viewers expand.
var insertion = regexp.MustCompile(`%[0-9{]`)

func decode(units []uint16) string { return string(utf16.Decode(units)) }

// units is how long s is in UTF-16.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// quiet returns o with an ErrorHandler that fails the test.
func quiet(t testing.TB, o Options) *Options {
	o.ErrorHandler = testkit.NoErrors(t)
	return &o
}

var noon = time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)

// record makes a record at noon.
func record(level slog.Level, msg string, args ...any) slog.Record {
	r := slog.NewRecord(noon, level, msg, 0)
	r.Add(args...)
	return r
}

// check fails the test unless h takes r.
func check(t testing.TB, h slog.Handler, r slog.Record) {
	t.Helper()
	if err := h.Handle(context.Background(), r); err != nil {
		t.Error(err)
	}
}
