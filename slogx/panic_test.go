package slogx_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

var errBoom = errors.New("boom")

// served is a child of a Fanout that must get its record whatever the others do.
func served(t *testing.T) (h slog.Handler, check func(n int)) {
	var b testkit.Buffer
	h = slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
	return h, func(n int) {
		t.Helper()
		if got := b.Writes(); got != n {
			t.Errorf("the other child got %d records, want %d", got, n)
		}
	}
}

// survives hands h a good record, one that panics and a good one, alone and in a Fanout.
func survives(t *testing.T, h slog.Handler, errs *testkit.ErrorLog, bad slog.Record) {
	t.Helper()
	handle(t, h, "before")
	testkit.Within(t, func() {
		for range 3 {
			if err := h.Handle(t.Context(), bad); !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "panic") {
				t.Errorf("Handle: %v, want the panic", err)
			}
			oneError(t, errs.Take(), errBoom)
		}
	})
	testkit.Within(t, func() { handle(t, h, "after") })

	before, checkBefore := served(t)
	after, checkAfter := served(t)
	testkit.Within(t, func() {
		if err := slogx.Fanout(before, h, after).Handle(t.Context(), bad); !errors.Is(err, errBoom) {
			t.Errorf("Fanout: %v, want the panic", err)
		}
	})
	oneError(t, errs.Take(), errBoom)
	checkBefore(1)
	checkAfter(1)
}

func TestReplaceAttrPanics(t *testing.T) {
	var errs testkit.ErrorLog
	o := slogx.Options{ErrorHandler: errs.Handle, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if strings.HasSuffix(a.Key, "bad") { // a foreign format puts the group before it
			panic(errBoom)
		}
		return a
	}}
	eachHandler(t, o, func(t *testing.T, h slog.Handler, written func() string) {
		survives(t, h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("x", 1)}), &errs, record("m", slog.Int("bad", 1)))
		if got := written(); strings.Count(got, "before") != 1 || strings.Count(got, "after") != 1 || strings.Contains(got, "bad") {
			t.Errorf("written: %q", got)
		}
	})
}

// TestReplaceAttrPanicsInWith: WithAttrs has no error to return. It reports, and the records go on without what could
// not be formatted.
func TestReplaceAttrPanicsInWith(t *testing.T) {
	var errs testkit.ErrorLog
	o := slogx.Options{ErrorHandler: errs.Handle, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if strings.HasSuffix(a.Key, "bad") { // a foreign format puts the group before it
			panic(errBoom)
		}
		return a
	}}
	eachHandler(t, o, func(t *testing.T, h slog.Handler, written func() string) {
		if strings.HasSuffix(t.Name(), "locking") {
			t.Skip("formats its attributes with each record")
		}
		derived := slogx.Fanout(h).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("bad", 1)})
		oneError(t, errs.Take(), errBoom)
		if err := derived.Handle(t.Context(), record("m", slog.Int("k", 1))); err != nil {
			t.Error(err)
		}
		if got := written(); len(lines(got)) != 1 || !strings.Contains(got, "g") || !strings.Contains(got, "k") {
			t.Errorf("written: %q", got)
		}
	})
}

// TestLogValuerPanics: slog.Value.Resolve makes a value of the panic, unless a format calls LogValue itself.
func TestLogValuerPanics(t *testing.T) {
	var errs testkit.ErrorLog
	bad := record("m", slog.Any("bad", testkit.ValuerFunc(func() slog.Value { panic(errBoom) })))
	eachHandler(t, slogx.Options{ErrorHandler: errs.Handle}, func(t *testing.T, h slog.Handler, written func() string) {
		if strings.HasSuffix(t.Name(), "locking") {
			survives(t, h, &errs, bad)
			return
		}
		for range 2 {
			if err := h.Handle(t.Context(), bad); err != nil {
				t.Error(err)
			}
		}
		if got := written(); len(lines(got)) != 2 || strings.Count(got, "LogValue panicked") != 2 {
			t.Errorf("written: %q", got)
		}
	})
	if len(errs.Take()) > 0 {
		t.Error("ErrorHandler was told")
	}
}

type panicker struct{}

func (panicker) MarshalJSON() ([]byte, error) { panic(errBoom) }
func (panicker) MarshalText() ([]byte, error) { panic(errBoom) }

// TestMarshalerPanics: the panic is the value, as in log/slog.
func TestMarshalerPanics(t *testing.T) {
	for _, f := range formats[:4] {
		var b testkit.Buffer
		h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{Format: f.format, ErrorHandler: testkit.NoErrors(t)}})
		if err := h.Handle(t.Context(), record("m", slog.Any("bad", panicker{}), slog.Int("good", 1))); err != nil {
			t.Error(err)
		}
		if got := b.String(); !strings.Contains(got, "!PANIC: boom") || !strings.Contains(got, "good") {
			t.Errorf("%s: written: %q", f.name, got)
		}
	}
}

func TestFormatPanics(t *testing.T) {
	var errs testkit.ErrorLog
	o := slogx.Options{ErrorHandler: errs.Handle, Format: func(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
		return panicHandler{slog.NewTextHandler(w, opts)}
	}}
	for _, s := range sinks {
		h, _ := s.make(t, o)
		survives(t, h, &errs, record("bad"))
	}
}

// stubborn panics, derived or not.
type stubborn struct{}

func (stubborn) Enabled(context.Context, slog.Level) bool  { return true }
func (stubborn) Handle(context.Context, slog.Record) error { panic(errBoom) }
func (s stubborn) WithAttrs([]slog.Attr) slog.Handler      { return s }
func (s stubborn) WithGroup(string) slog.Handler           { return s }

// panicHandler panics after it has written a record whose message is bad.
type panicHandler struct{ slog.Handler }

func (h panicHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Message == "bad" {
		panic(errBoom)
	}
	return err
}

// TestWritePanics: even in the middle of a record, the next one starts on a line of its own.
func TestWritePanics(t *testing.T) {
	var errs testkit.ErrorLog
	var b testkit.Buffer
	w := testkit.WriterFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "bad") {
			_, _ = b.Write(p[:len(p)/2])
			panic(errBoom)
		}
		return b.Write(p)
	})
	h := slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: errs.Handle}})
	survives(t, h, &errs, record("bad"))
	for _, line := range lines(b.String()) {
		if i := strings.LastIndex(line, "level="); i > 0 {
			t.Errorf("two records on a line: %q", line)
		}
	}
	if !strings.Contains(b.String(), "\nlevel=INFO msg=after\n") {
		t.Errorf("written: %q", b.String())
	}
}

// flushPanics panics in all but Write.
type flushPanics struct{ io.Writer }

func (flushPanics) Flush() error { panic(errBoom) }

func TestFlushPanics(t *testing.T) {
	var errs testkit.ErrorLog
	h := slogx.NewStreamHandler(flushPanics{io.Discard}, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: errs.Handle}})
	testkit.Within(t, func() {
		if err := h.Handle(t.Context(), record("m")); !errors.Is(err, errBoom) {
			t.Errorf("Handle: %v", err)
		}
		oneError(t, errs.Take(), errBoom)
		if err := h.Flush(); !errors.Is(err, errBoom) {
			t.Errorf("Flush: %v", err)
		}
		old := h.SetStream(io.Discard)
		if _, ok := old.(flushPanics); !ok {
			t.Errorf("SetStream = %v, want the old stream", old)
		}
		oneError(t, errs.Take(), errBoom)
		handle(t, h, "m")

		h.SetStream(flushPanics{io.Discard})
		if err := h.Close(); !errors.Is(err, errBoom) {
			t.Errorf("Close: %v", err)
		}
		if err := h.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestErrorHandlerPanics(t *testing.T) {
	broken := errors.New("broken")
	for _, p := range []any{errBoom, "boom"} {
		w := testkit.WriterFunc(func([]byte) (int, error) { return 0, broken })
		h := slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{
			ErrorHandler: func(context.Context, slog.Record, error) { panic(p) },
		}})
		other, check := served(t)
		for _, h := range []slog.Handler{h, slogx.Fanout(h, other)} {
			testkit.Within(t, func() {
				err := h.Handle(t.Context(), record("m"))
				if !errors.Is(err, broken) || !strings.Contains(err.Error(), "ErrorHandler: panic: boom") {
					t.Errorf("Handle: %v", err)
				}
			})
		}
		check(1)
	}
}

// worstError panics when it is asked what it is.
type worstError struct{}

func (worstError) Error() string { panic(errBoom) }

func TestErrorWhoseMessagePanics(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		w := testkit.WriterFunc(func([]byte) (int, error) { return 0, worstError{} })
		h := slogx.NewStreamHandler(w, nil) // the default handler asks it
		for range 3 {
			if err := h.Handle(t.Context(), record("m")); !errors.Is(err, worstError{}) {
				t.Error("the error was lost")
			}
		}
		h = slogx.NewStreamHandler(testkit.WriterFunc(func([]byte) (int, error) { panic(worstError{}) }), nil)
		if h.Handle(t.Context(), record("m")) == nil {
			t.Error("no error")
		}
		_ = stderr
	})
}

// TestKeepPanics: nobody but Filter itself can report it. The record is not passed on.
func TestKeepPanics(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		next, check := served(t)
		h := slogx.Filter(func(_ context.Context, r slog.Record) bool {
			if r.Message == "bad" {
				panic(errBoom)
			}
			return true
		})(next)
		slog.New(h.WithGroup("g")).Info("bad")
		if got := stderr(); got != "slogkit: Filter: panic: boom\n" {
			t.Errorf("stderr has %q", got)
		}
		other, checkOther := served(t)
		if err := slogx.Fanout(h, other).Handle(t.Context(), record("bad")); !errors.Is(err, errBoom) {
			t.Errorf("Fanout: %v", err)
		}
		check(0)
		checkOther(1)
		handle(t, h, "good")
		check(1)
	})
}

// TestChildPanics: a foreign child has no ErrorHandler, so Fanout reports its panic.
func TestChildPanics(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		other, check := served(t)
		h := slogx.Fanout(stubborn{}, other)
		if err := h.Handle(t.Context(), record("bad")); !errors.Is(err, errBoom) {
			t.Errorf("Handle: %v", err)
		}
		check(1)
		// Those derived share its limit.
		if err := h.WithGroup("g").Handle(t.Context(), record("bad")); !errors.Is(err, errBoom) {
			t.Errorf("derived: %v", err)
		}
		if got := stderr(); got != "slogkit: Fanout: panic: boom\n" {
			t.Errorf("stderr has %q", got)
		}
	})
}

type panicLevel struct{}

func (panicLevel) Level() slog.Level { panic(errBoom) }

// TestLevelPanics: in doubt a record is written.
func TestLevelPanics(t *testing.T) {
	for _, f := range formats {
		var errs testkit.ErrorLog
		var b testkit.Buffer
		h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{
			Level: panicLevel{}, Format: f.format, ErrorHandler: errs.Handle,
		}})
		testkit.Within(t, func() { slog.New(h.WithGroup("g")).Debug("m") })
		if f.name == "slog.JSON" || f.name == "slog.Text" || f.name == "locking" {
			// asked once more by the format itself
			if n := len(errs.Take()); n == 0 {
				t.Errorf("%s: no error was reported", f.name)
			}
		} else {
			oneError(t, errs.Take(), errBoom)
		}
		if n := b.Writes(); n != 1 {
			t.Errorf("%s: %d records were written, want 1", f.name, n)
		}
		other, check := served(t)
		testkit.Within(t, func() { slog.New(slogx.Fanout(h, other)).Info("m") })
		check(1)
	}
}

// TestEnabledPanics: a foreign child whose Enabled panics does not keep the record from the others.
func TestEnabledPanics(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		other, check := served(t)
		bad := slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: panicLevel{}})
		h := slogx.Fanout(bad, other)
		slog.New(h).Info("m")
		check(1)
		if !strings.HasPrefix(stderr(), "slogkit: Fanout: panic: boom\n") {
			t.Errorf("stderr has %q", stderr())
		}
	})
}
