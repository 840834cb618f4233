package slogx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// talker is user code that logs while its record is being formatted.
type talker struct {
	log   func(msg string, args ...any)
	calls *atomic.Int32
}

func (k talker) speak() {
	k.calls.Add(1)
	k.log("inner")
}

type (
	logValuer     struct{ talker }
	jsonMarshaler struct{ talker }
	textMarshaler struct{ talker }
	stringer      struct{ talker }
	errorer       struct{ talker }
	formatter     struct{ talker }
)

func (v logValuer) LogValue() slog.Value             { v.speak(); return slog.StringValue("v") }
func (v jsonMarshaler) MarshalJSON() ([]byte, error) { v.speak(); return []byte(`"v"`), nil }
func (v textMarshaler) MarshalText() ([]byte, error) { v.speak(); return []byte("v"), nil }
func (v stringer) String() string                    { v.speak(); return "v" }
func (v errorer) Error() string                      { v.speak(); return "v" }
func (v formatter) Format(s fmt.State, _ rune)       { v.speak(); _, _ = io.WriteString(s, "v") }
func userValues(k talker) map[string]any {
	return map[string]any{
		"LogValuer": logValuer{k}, "MarshalJSON": jsonMarshaler{k}, "MarshalText": textMarshaler{k},
		"String": stringer{k}, "Error": errorer{k}, "Format": formatter{k},
	}
}

// TestValueThatLogs logs, through the handler that is formatting it, from every method that a value can have.
func TestValueThatLogs(t *testing.T) {
	eachHandler(t, slogx.Options{ErrorHandler: testkit.NoErrors(t)}, func(t *testing.T, h slog.Handler, written func() string) {
		h = h.WithAttrs([]slog.Attr{slog.Int("with", 1)}).WithGroup("g")
		logger := slog.New(h)
		want := 0
		for name, v := range userValues(talker{logger.Info, new(atomic.Int32)}) {
			calls := callsOf(v)
			for range 3 { // the second meets what the first left in pools
				testkit.Within(t, func() { logger.Info("outer", "k", v) })
				want++
			}
			// As an attribute of With it runs once or, in a foreign format, now and then.
			testkit.Within(t, func() { slog.New(h.WithAttrs([]slog.Attr{slog.Any("k", v)})).Info("outer") })
			want++
			if name == "LogValuer" && calls.Load() < 4 {
				t.Errorf("LogValue was called %d times", calls.Load())
			}
			want += int(calls.Swap(0))
		}
		out := written()
		if got := len(lines(out)); got != want {
			t.Errorf("%d lines, want %d:\n%s", got, want, out)
		}
		for _, line := range lines(out) {
			if strings.Count(line, "msg") != 1 || strings.Count(line, "inner")+strings.Count(line, "outer") != 1 {
				t.Errorf("mixed up: %s", line)
			}
		}
	})
}

func callsOf(v any) *atomic.Int32 {
	switch v := v.(type) {
	case logValuer:
		return v.calls
	case jsonMarshaler:
		return v.calls
	case textMarshaler:
		return v.calls
	case stringer:
		return v.calls
	case errorer:
		return v.calls
	case formatter:
		return v.calls
	}
	panic("unknown")
}

func TestReplaceAttrThatLogs(t *testing.T) {
	var logger atomic.Pointer[slog.Logger]
	var calls atomic.Int32
	o := slogx.Options{ErrorHandler: testkit.NoErrors(t), ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "trigger" {
			calls.Add(1)
			logger.Load().Info("inner")
		}
		return a
	}}
	eachHandler(t, o, func(t *testing.T, h slog.Handler, written func() string) {
		calls.Store(0)
		logger.Store(slog.New(h))
		for range 3 {
			testkit.Within(t, func() { logger.Load().Info("outer", "trigger", 1) })
		}
		if n, m := len(lines(written())), 3+int(calls.Load()); n != m || m != 6 {
			t.Errorf("%d lines, want %d", n, m)
		}
	})
}

// TestEnabledWhileFormatting: Enabled of a busy format must not wait for it.
func TestEnabledWhileFormatting(t *testing.T) {
	eachHandler(t, slogx.Options{ErrorHandler: testkit.NoErrors(t)}, func(t *testing.T, h slog.Handler, _ func() string) {
		testkit.Within(t, func() {
			asks := testkit.ValuerFunc(func() slog.Value { return slog.BoolValue(h.Enabled(t.Context(), slog.LevelInfo)) })
			handle(t, h, "first")
			if err := h.Handle(t.Context(), record("m", slog.Any("k", asks))); err != nil {
				t.Error(err)
			}
		})
	})
}

// echo is a stream that logs what is written to it, through the handler that writes to it.
type echo struct {
	bytes.Buffer
	logger *slog.Logger
	flush  bool // in Flush instead of Write
	depth  int
	took   time.Duration
}

func (e *echo) say() {
	if e.depth > 0 {
		return
	}
	e.depth++
	defer func() { e.depth-- }()
	began := time.Now()
	e.logger.Info("inner")
	e.took = time.Since(began)
}

func (e *echo) Write(p []byte) (int, error) {
	if !e.flush {
		e.say()
	}
	return e.Buffer.Write(p)
}

func (e *echo) Flush() {
	if e.flush {
		e.say()
	}
}

func TestStreamThatLogs(t *testing.T) {
	for _, timeout := range []time.Duration{0, 5 * time.Second, time.Millisecond} {
		for _, flush := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				var errs testkit.ErrorLog
				stream := &echo{flush: flush}
				h := slogx.NewStreamHandler(stream, &slogx.StreamOptions{
					Options: slogx.Options{ErrorHandler: errs.Handle}, Timeout: timeout,
				})
				stream.logger = slog.New(h.WithGroup("g"))
				handle(t, h, "outer")
				if timeout == 0 {
					timeout = 2 * time.Second // the default
				}
				if stream.took != timeout {
					t.Errorf("gave up after %v, want %v", stream.took, timeout)
				}
				if about := errs.Messages(); !slices.Equal(about, []string{"inner"}) {
					t.Errorf("ErrorHandler was told of %q", about)
				}
				oneError(t, errs.Take(), slogx.ErrBusy)
				if got := stream.String(); got != "level=INFO msg=outer\n" {
					t.Errorf("written: %q", got)
				}
				stream.depth = 1 // silent from now on
				handle(t, h, "next")
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestStalledStream has one record hold the stream. The others give up after Timeout, and all works when it moves again.
func TestStalledStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var errs testkit.ErrorLog
		var b testkit.Buffer
		release := make(chan struct{})
		stalled := testkit.WriterFunc(func(p []byte) (int, error) {
			<-release
			return b.Write(p)
		})
		h := slogx.NewStreamHandler(stalled, &slogx.StreamOptions{
			Options: slogx.Options{ErrorHandler: errs.Handle}, Timeout: 3 * time.Second,
		})
		go handle(t, h, "first")
		synctest.Wait()

		var wg sync.WaitGroup
		gives := func(name string, f func() error) {
			wg.Go(func() {
				began := time.Now()
				if err := f(); !errors.Is(err, slogx.ErrBusy) {
					t.Errorf("%s: %v, want ErrBusy", name, err)
				}
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("%s took %v", name, took)
				}
			})
		}
		for range 5 {
			gives("Handle", func() error { return h.Handle(t.Context(), record("lost")) })
		}
		gives("Flush", h.Flush)
		gives("Close", h.Close)
		wg.Wait()
		if n := len(errs.Take()); n != 5 {
			t.Errorf("%d errors were reported, want those of the 5 records", n)
		}
		if old := h.SetStream(io.Discard); old != nil {
			t.Errorf("SetStream of a busy handler = %v", old)
		}
		oneError(t, errs.Take(), slogx.ErrBusy)

		close(release)
		synctest.Wait()
		handle(t, h, "second") // the failed Close has not closed it
		if got := b.String(); got != "level=INFO msg=first\nlevel=INFO msg=second\n" {
			t.Errorf("written: %q", got)
		}
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// TestErrorHandlerThatLogs: no lock is held when it is called.
func TestErrorHandlerThatLogs(t *testing.T) {
	for _, f := range formats {
		var b testkit.Buffer
		fail := true
		w := testkit.WriterFunc(func(p []byte) (int, error) {
			if fail {
				fail = false
				return 0, errors.New("disk full")
			}
			return b.Write(p)
		})
		var h *slogx.StreamHandler
		h = slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{
			Format: f.format,
			ErrorHandler: func(ctx context.Context, r slog.Record, err error) {
				slog.New(h).ErrorContext(ctx, "logging failed", "record", r.Message, "cause", err)
			},
		}})
		testkit.Within(t, func() {
			if h.Handle(t.Context(), record("m")) == nil {
				t.Error("no error")
			}
		})
		if got := b.String(); len(lines(got)) != 1 || !strings.Contains(got, "disk full") {
			t.Errorf("%s: written: %q", f.name, got)
		}
	}
}

// TestErrorHandlerThatCloses closes and derives in the ErrorHandler.
func TestErrorHandlerThatCloses(t *testing.T) {
	broken := testkit.WriterFunc(func([]byte) (int, error) { return 0, errors.New("broken") })
	var h *slogx.StreamHandler
	h = slogx.NewStreamHandler(broken, &slogx.StreamOptions{Options: slogx.Options{
		ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
			if errors.Is(err, slogx.ErrClosed) {
				return
			}
			if old := h.SetStream(io.Discard); old == nil {
				t.Error("SetStream did nothing")
			}
			if err := slogx.Close(h.WithGroup("g")); err != nil {
				t.Error(err)
			}
		},
	}})
	testkit.Within(t, func() {
		if h.Handle(t.Context(), record("m")) == nil {
			t.Error("no error")
		}
		if err := h.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestErrorHandlerThatLogsToTheFailed: the mistake of a newcomer, who reports errors to the default logger.
func TestErrorHandlerThatLogsToTheFailed(t *testing.T) {
	var logger *slog.Logger
	told := 0
	h := slogx.NewFileHandler(filepath.Join(t.TempDir(), "app.log"), &slogx.FileOptions{Options: slogx.Options{
		ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
			told++
			logger.Error("logging failed", "error", err)
			logger.With("again", true).Error("logging failed", "error", err)
		},
	}})
	logger = slog.New(h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.Within(t, func() { logger.Info("too late") })
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
}
