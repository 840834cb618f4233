package memory_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// recorder is a target that remembers the messages it was given, and does with each what hook says.
type recorder struct {
	mu       sync.Mutex
	messages []string
	level    slog.Level
	hook     func(ctx context.Context, r slog.Record) error // nil: takes all
}

func (t *recorder) Enabled(_ context.Context, level slog.Level) bool { return level >= t.level }
func (t *recorder) WithAttrs([]slog.Attr) slog.Handler               { return t }
func (t *recorder) WithGroup(string) slog.Handler                    { return t }

// Handle remembers what it takes.
func (t *recorder) Handle(ctx context.Context, r slog.Record) error {
	t.mu.Lock()
	hook := t.hook
	t.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, r); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.messages = append(t.messages, r.Message)
	return nil
}

func (t *recorder) set(hook func(context.Context, slog.Record) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = hook
}

// take returns what came since the last call.
func (t *recorder) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	messages := t.messages
	t.messages = nil
	return messages
}

// got fails the test unless these messages came since the last call.
func (t *recorder) got(tb testing.TB, want ...string) {
	tb.Helper()
	if got := t.take(); !slices.Equal(got, want) {
		tb.Errorf("target got %q, want %q", got, want)
	}
}

var errDisk = errors.New("disk full")

func fails(context.Context, slog.Record) error { return errDisk }

// errorLog is an ErrorHandler that remembers.
type errorLog struct{ testkit.ErrorLog }

// options are those of a test in which something fails.
func (l *errorLog) options() slogx.Options { return slogx.Options{ErrorHandler: l.Handle} }

// one fails the test unless there was one error, about that record, and it is target.
func (l *errorLog) one(tb testing.TB, message string, target error) {
	tb.Helper()
	messages, errs := l.Messages(), l.Take()
	if len(errs) != 1 {
		tb.Errorf("%d errors were given to ErrorHandler, want 1: %v", len(errs), errs)
		return
	}
	if messages[0] != message || !errors.Is(errs[0], target) {
		tb.Errorf("ErrorHandler got %q: %v, want %q: %v", messages[0], errs[0], message, target)
	}
}

// options are those of a test in which nothing is held back and nothing may fail.
func options(tb testing.TB) slogx.Options {
	return slogx.Options{Level: slog.LevelDebug, ErrorHandler: testkit.NoErrors(tb)}
}

func record(level slog.Level, msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, level, msg, 0)
	r.AddAttrs(attrs...)
	return r
}

// handle hands h records with these messages, of level Info; those that begin with "!" of level Error.
func handle(tb testing.TB, h slog.Handler, messages ...string) {
	tb.Helper()
	for _, msg := range messages {
		if err := tryHandle(h, msg); err != nil {
			tb.Errorf("Handle(%q): %v", msg, err)
		}
	}
}

func tryHandle(h slog.Handler, msg string) error {
	level := slog.LevelInfo
	if msg[0] == '!' {
		level = slog.LevelError
	}
	return h.Handle(context.Background(), record(level, msg))
}

// refused fails the test unless h does not take the record, because of target.
func refused(tb testing.TB, h slog.Handler, msg string, target error) {
	tb.Helper()
	if err := tryHandle(h, msg); !errors.Is(err, target) {
		tb.Errorf("Handle(%q) = %v, want %v", msg, err, target)
	}
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Error(err)
	}
}

// counts fails the test unless the stats are these, but for Handled, which must be their sum.
func counts(tb testing.TB, h interface{ Stats() memory.Stats }, want memory.Stats) {
	tb.Helper()
	want.Handled = want.Delivered + want.Buffered + want.Dropped + want.Failed
	if got := h.Stats(); got != want {
		tb.Errorf("stats %+v, want %+v", got, want)
	}
}

// scopedCounts does the same for a ScopedHandler.
func scopedCounts(tb testing.TB, h *memory.ScopedHandler, want memory.ScopedStats) {
	tb.Helper()
	want.Handled = want.Delivered + want.Discarded + want.Buffered + want.Dropped + want.Failed
	if got := h.Stats(); got != want {
		tb.Errorf("stats %+v, want %+v", got, want)
	}
}

// heap is what is in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
