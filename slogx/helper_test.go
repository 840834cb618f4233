package slogx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// patience is how long goroutines wait for each other at a stream, however busy the machine is.
const patience = time.Minute

// record is a record without time or source.
func record(msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, msg, 0)
	r.AddAttrs(attrs...)
	return r
}

// handle hands h a record with nothing but a message.
func handle(t *testing.T, h slog.Handler, msg string) {
	t.Helper()
	if err := h.Handle(t.Context(), record(msg)); err != nil {
		t.Errorf("Handle(%q): %v", msg, err)
	}
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// formats are the ways in which an Emitter gets at bytes.
var formats = []struct {
	name   string
	format slogx.Format
}{
	{"JSON", slogx.JSON},
	{"Text", slogx.Text},
	{"slog.JSON", slogx.FormatOf(slog.NewJSONHandler)},
	{"slog.Text", slogx.FormatOf(slog.NewTextHandler)},
	{"locking", newLockingHandler},
}

// A sinkUnderTest is a handler and a way to see what it wrote.
type sinkUnderTest struct {
	name string
	make func(t *testing.T, o slogx.Options) (h slog.Handler, written func() string)
}

var sinks = []sinkUnderTest{
	{"Stream", func(_ *testing.T, o slogx.Options) (slog.Handler, func() string) {
		var b testkit.Buffer
		return slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: o, Timeout: patience}), b.String
	}},
	{"File", func(t *testing.T, o slogx.Options) (slog.Handler, func() string) {
		h := slogx.NewFileHandler(filepath.Join(t.TempDir(), "log"), &slogx.FileOptions{Options: o})
		t.Cleanup(func() { _ = h.Close() }) // Windows cannot remove what is open
		return h, func() string { return readFile(t, h.Name()) }
	}},
}

// eachHandler runs f for each combination of the above.
func eachHandler(t *testing.T, o slogx.Options, f func(t *testing.T, h slog.Handler, written func() string)) {
	for _, sink := range sinks {
		for _, format := range formats {
			t.Run(sink.name+"/"+format.name, func(t *testing.T) {
				o.Format = format.format
				h, written := sink.make(t, o)
				f(t, h, written)
			})
		}
	}
}

// lockingHandler is the worst sort of foreign format: it holds its lock while it formats, does not let go of it when
// user code panics, and its Enabled takes it too.
type lockingHandler struct {
	mu    *sync.Mutex
	w     io.Writer
	opts  slog.HandlerOptions
	attrs []slog.Attr
	group string
}

func newLockingHandler(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
	return &lockingHandler{mu: new(sync.Mutex), w: w, opts: *opts}
}

func (h *lockingHandler) Enabled(_ context.Context, level slog.Level) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return level >= h.opts.Level.Level()
}

func (h *lockingHandler) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	var b bytes.Buffer
	fmt.Fprintf(&b, "msg=%s", r.Message)
	for _, a := range h.attrs {
		h.append(&b, a)
	}
	r.Attrs(func(a slog.Attr) bool {
		a.Key = h.group + a.Key
		h.append(&b, a)
		return true
	})
	b.WriteByte('\n')
	_, err := h.w.Write(b.Bytes())
	h.mu.Unlock()
	return err
}

func (h *lockingHandler) append(b *bytes.Buffer, a slog.Attr) {
	if h.opts.ReplaceAttr != nil {
		a = h.opts.ReplaceAttr(nil, a)
	}
	v := a.Value.Any()
	if valuer, ok := v.(slog.LogValuer); ok {
		v = valuer.LogValue() // without Resolve's recover
	}
	if m, ok := v.(json.Marshaler); ok {
		v, _ = m.MarshalJSON()
	}
	b.WriteString(" " + a.Key + "=")
	if s, ok := v.(fmt.Stringer); ok { // without fmt's recover
		v = s.String()
	}
	fmt.Fprint(b, v)
}

func (h *lockingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h2 := *h
	h2.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		a.Key = h.group + a.Key
		h2.attrs = append(h2.attrs, a)
	}
	return &h2
}

func (h *lockingHandler) WithGroup(name string) slog.Handler {
	h2 := *h
	h2.group += name + "."
	return &h2
}

// captureStderr makes os.Stderr a file for the rest of the test.
func captureStderr(t *testing.T) (written func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = f
	t.Cleanup(func() {
		os.Stderr = old
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return func() string { return readFile(t, f.Name()) }
}

// oneError fails the test unless there is one error and it is target (any, if that is nil).
func oneError(t *testing.T, errs []error, target error) {
	t.Helper()
	if len(errs) != 1 {
		t.Fatalf("%d errors were given to ErrorHandler, want 1: %v", len(errs), errs)
	}
	if target != nil && !errors.Is(errs[0], target) {
		t.Fatalf("error %v, want %v", errs[0], target)
	}
}
