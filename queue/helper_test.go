package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// children are what this binary does instead of tests when a test has started it anew.
var children = testkit.Children{}

func TestMain(m *testing.M) { children.Main(m) }

// recorder is a handler that keeps what it gets.
type recorder struct {
	mu      sync.Mutex
	records []slog.Record
	drains  atomic.Int64
}

func (*recorder) Enabled(context.Context, slog.Level) bool { return true }
func (h *recorder) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h *recorder) WithGroup(string) slog.Handler          { return h }

func (h *recorder) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.records = append(h.records, r)
	return nil
}

func (h *recorder) Drain() error {
	h.drains.Add(1)
	return nil
}

func (h *recorder) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.records)
}

// messages are those of the records so far.
func (h *recorder) messages() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, r := range h.records {
		all = append(all, r.Message)
	}
	return all
}

// handlerFunc is a handler that does as it is told.
type handlerFunc func(context.Context, slog.Record) error

func (handlerFunc) Enabled(context.Context, slog.Level) bool          { return true }
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler              { return f }
func (f handlerFunc) WithGroup(string) slog.Handler                   { return f }
func (f handlerFunc) Handle(ctx context.Context, r slog.Record) error { return f(ctx, r) }

// gate is a handler that lets nothing through until it is opened: a dead sink that comes back.
type gate struct {
	recorder
	entered chan string // the message, when Handle is called
	opened  chan struct{}
	once    sync.Once
}

func newGate(t testing.TB) *gate {
	g := &gate{entered: make(chan string, 1<<10), opened: make(chan struct{})}
	t.Cleanup(g.open)
	return g
}

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

func (g *gate) WithAttrs([]slog.Attr) slog.Handler { return g }
func (g *gate) WithGroup(string) slog.Handler      { return g }

func (g *gate) Handle(ctx context.Context, r slog.Record) error {
	select {
	case g.entered <- r.Message:
	default:
	}
	<-g.opened
	return g.recorder.Handle(ctx, r)
}

// record is a record with nothing but a level and a message.
func record(level slog.Level, msg string) slog.Record {
	return slog.NewRecord(time.Time{}, level, msg, 0)
}

func info(msg string) slog.Record { return record(slog.LevelInfo, msg) }

// numbers are the messages first, first+1, ... last.
func numbers(first, last int) []string {
	var all []string
	for n := first; n <= last; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

// enqueue puts records into q that must get in.
func enqueue(t testing.TB, q Queue, msgs ...string) {
	t.Helper()
	for _, msg := range msgs {
		must(t, q.Enqueue(context.Background(), info(msg)))
	}
}

// handle hands h records with nothing but a message.
func handle(t testing.TB, h slog.Handler, msgs ...string) {
	t.Helper()
	for _, msg := range msgs {
		must(t, h.Handle(context.Background(), info(msg)))
	}
}

// ended is a context that is done.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// empty takes out all that is in q, without waiting.
func empty(t testing.TB, q Queue) []string {
	t.Helper()
	var all []string
	for {
		r, err := q.Dequeue(ended())
		switch {
		case err == nil:
			all = append(all, r.Message)
		case errors.Is(err, context.Canceled), err == io.EOF: //nolint:errorlint // as Queue says
			return all
		default:
			t.Fatal(err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantEqual[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func wantErr(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error %v, want %v", err, target)
	}
}

// check checks that the counts add up.
func check(t testing.TB, s Stats) {
	t.Helper()
	if s.Handled != s.Delivered+s.Dropped+s.Waiting || min(s.Handled, s.Delivered, s.Dropped, s.Waiting, s.Bytes, s.Blocked) < 0 {
		t.Errorf("%+v do not add up", s)
	}
}

func stop(t testing.TB, l *Listener) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	must(t, l.Stop(ctx))
}

// noContext is the nil context, which every method takes for one that never ends.
var noContext context.Context
