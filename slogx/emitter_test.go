package slogx_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// tinyHandler is a handler of one's own, as the comment of Emitter shows it.
type tinyHandler struct {
	emitter *slogx.Emitter
	sink    *tinySink
}

type tinySink struct {
	w      io.Writer
	closed int
	err    error
}

func (s *tinySink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	return s.w.Write(p)
}

func newTinyHandler(w io.Writer, o slogx.Options) *tinyHandler {
	s := &tinySink{w: w}
	return &tinyHandler{slogx.NewEmitter(s, o), s}
}

func (h *tinyHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.emitter.Enabled(ctx, l)
}

func (h *tinyHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.Handle(ctx, r)
}

func (h *tinyHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &tinyHandler{h.emitter.WithAttrs(attrs), h.sink}
}

func (h *tinyHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &tinyHandler{h.emitter.WithGroup(name), h.sink}
}

func (h *tinyHandler) Close() error {
	h.sink.closed++
	return nil
}

func (h *tinyHandler) Sink() any { return h.sink }

func TestEmitterAsExtension(t *testing.T) {
	var b testkit.Buffer
	var errs testkit.ErrorLog
	h := newTinyHandler(&b, slogx.Options{Format: slogx.JSON, ErrorHandler: errs.Handle, Level: slog.LevelWarn})
	logger := slog.New(h)
	logger.Info("not enabled")
	derived := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
	handle(t, derived, "m")
	if want := `{"level":"INFO","msg":"m","g":{"a":1}}` + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if b.Writes() != 1 {
		t.Errorf("%d writes for one record", b.Writes())
	}

	h.sink.err = errors.New("broken")
	if err := derived.Handle(t.Context(), record("lost")); !errors.Is(err, h.sink.err) {
		t.Errorf("Handle: %v", err)
	}
	if about := errs.Messages(); !slices.Equal(about, []string{"lost"}) {
		t.Errorf("ErrorHandler was told of %q", about)
	}
	oneError(t, errs.Take(), h.sink.err)

	background := errors.New("in the background")
	if err := h.emitter.Report(t.Context(), slog.Record{}, background); !errors.Is(err, background) {
		t.Errorf("Report: %v", err)
	}
	oneError(t, errs.Take(), background)

	if err := slogx.Close(slogx.Fanout(h, derived)); err != nil || h.sink.closed != 1 {
		t.Errorf("Close: %v, %d times", err, h.sink.closed)
	}
}

// TestEmitterDefaults: without an ErrorHandler, the line on stderr says whose error it is.
func TestEmitterDefaults(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		h := newTinyHandler(nil, slogx.Options{})
		h.sink.err = errors.New("broken")
		if h.Handle(t.Context(), record("m")) == nil {
			t.Error("no error")
		}
		if want := "slogkit: *slogx_test.tinySink: broken\n"; stderr() != want {
			t.Errorf("stderr has %q, want %q", stderr(), want)
		}
	})
}

// TestEmitterWritesOnce: whatever a record holds, it is one write of whole lines, and one line.
func TestEmitterWritesOnce(t *testing.T) {
	evil := "a\nb\r\nc\x00d\x1b[31m\u2028\x85\xff\xfe" + strings.Repeat("long ", 20_000)
	for _, f := range formats[:4] {
		var writes []string
		sink := testkit.WriterFunc(func(p []byte) (int, error) {
			writes = append(writes, string(p))
			return len(p), nil
		})
		e := slogx.NewEmitter(sink, slogx.Options{Format: f.format, ErrorHandler: testkit.NoErrors(t)})
		e = e.WithAttrs([]slog.Attr{slog.String(evil, evil)}).WithGroup(evil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // a record is written though its request is over
		for range 3 {
			if err := e.Handle(ctx, record(evil, slog.Any(evil, []byte(evil)), slog.Any("e", errors.New(evil)))); err != nil {
				t.Error(err)
			}
		}
		if len(writes) != 3 {
			t.Fatalf("%s: %d writes for 3 records", f.name, len(writes))
		}
		for _, w := range writes {
			if strings.IndexByte(w, '\n') != len(w)-1 || strings.ContainsAny(w, "\r\x00\x1b\u2028") {
				t.Errorf("%s: not one line: %.200q", f.name, w)
			}
		}
	}
}
