package slogx_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func newStream(t *testing.T, w io.Writer) *slogx.StreamHandler {
	return slogx.NewStreamHandler(w, &slogx.StreamOptions{
		Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Timeout: patience,
	})
}

func TestStreamDefaults(t *testing.T) {
	stderr := captureStderr(t)
	h := slogx.NewStreamHandler(nil, nil)
	handle(t, h, "m")
	if got := stderr(); got != "level=INFO msg=m\n" {
		t.Errorf("stderr has %q", got)
	}
	if old := h.SetStream(io.Discard); old != os.Stderr {
		t.Errorf("the stream was %v, want os.Stderr", old)
	}
	h.SetStream(nil)
	handle(t, h, "n")
	if got := stderr(); !strings.HasSuffix(got, "\nlevel=INFO msg=n\n") {
		t.Errorf("stderr has %q", got)
	}
}

func TestTerminator(t *testing.T) {
	multiline := func(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
		return slogx.Text(testkit.WriterFunc(func(p []byte) (int, error) {
			return w.Write([]byte("two\nlines\n\n"))
		}), opts)
	}
	wrapped := slogx.FormatOf(func(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
		return panicHandler{multiline(w, opts)} // hides that it is our own
	})
	for _, tt := range []struct {
		terminator string
		format     slogx.Format
		want       string
	}{
		{"", nil, "level=INFO msg=m\n"},
		{"\n", nil, "level=INFO msg=m\n"},
		{"\r\n", nil, "level=INFO msg=m\r\n"},
		{"\x00", nil, "level=INFO msg=m\x00"},
		{"\n\n", nil, "level=INFO msg=m\n\n"},
		{"<end of a record that is longer than what it ends>\n", slogx.JSON, `{"level":"INFO","msg":"m"}<end of a record that is longer than what it ends>` + "\n"},
		{"\x00", slogx.FormatOf(slog.NewJSONHandler), `{"level":"INFO","msg":"m"}` + "\x00"},
		{"\x00", wrapped, "two\nlines\n\x00"},
		{"", wrapped, "two\nlines\n\n"},
	} {
		var b testkit.Buffer
		h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{
			Options: slogx.Options{ErrorHandler: testkit.NoErrors(t), Format: tt.format}, Terminator: tt.terminator,
		})
		for range 3 { // the buffer is used again
			handle(t, h, "m")
		}
		if got, want := b.String(), strings.Repeat(tt.want, 3); got != want {
			t.Errorf("%q: got %q, want %q", tt.terminator, got, want)
		}
		if b.Writes() != 3 {
			t.Errorf("%q: %d writes for 3 records", tt.terminator, b.Writes())
		}
	}
}

// TestTerminatorIsNotInRecords: with a NUL at the end none may be inside.
func TestTerminatorIsNotInRecords(t *testing.T) {
	var b testkit.Buffer
	h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Terminator: "\x00"})
	handle(t, h.WithAttrs([]slog.Attr{slog.String("a\x00b", "c\x00d")}), "e\x00f")
	if strings.Count(b.String(), "\x00") != 1 {
		t.Errorf("got %q", b.String())
	}
}

// flushers are streams with the various methods that empty them.
type (
	flushCounter    struct{ flushed, synced int }
	flushError      struct{ *flushCounter }
	flushOnly       struct{ *flushCounter }
	syncOnly        struct{ *flushCounter }
	flushAndSync    struct{ *flushCounter }
	flushWithResult struct{ *flushCounter }
)

var errFlush = errors.New("flush failed")

func (flushCounter) Write(p []byte) (int, error) { return len(p), nil }
func (f flushError) Flush() error                { f.flushed++; return errFlush }
func (f flushOnly) Flush()                       { f.flushed++ }
func (f syncOnly) Sync() error                   { f.synced++; return errFlush }
func (f flushAndSync) Flush() error              { f.flushed++; return nil }
func (f flushAndSync) Sync() error               { f.synced++; return nil }
func (f flushWithResult) Flush() int             { f.flushed++; return 0 } // not a flush as we know it

func TestFlushKinds(t *testing.T) {
	for _, tt := range []struct {
		make                 func(*flushCounter) io.Writer
		perRecord, perFlush  flushCounter
		handleErr, flushFail error
	}{
		{func(c *flushCounter) io.Writer { return flushError{c} }, flushCounter{1, 0}, flushCounter{1, 0}, errFlush, errFlush},
		{func(c *flushCounter) io.Writer { return flushOnly{c} }, flushCounter{1, 0}, flushCounter{1, 0}, nil, nil},
		{func(c *flushCounter) io.Writer { return syncOnly{c} }, flushCounter{0, 0}, flushCounter{0, 1}, nil, errFlush},
		{func(c *flushCounter) io.Writer { return flushAndSync{c} }, flushCounter{1, 0}, flushCounter{1, 0}, nil, nil},
		{func(c *flushCounter) io.Writer { return flushWithResult{c} }, flushCounter{0, 0}, flushCounter{0, 0}, nil, nil},
	} {
		c := new(flushCounter)
		w := tt.make(c)
		var errs testkit.ErrorLog
		h := slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: errs.Handle}})
		check := func(what string, want flushCounter, err, wantErr error) {
			t.Helper()
			if *c != want || !errors.Is(err, wantErr) {
				t.Errorf("%T: %s: %+v and error %v, want %+v and %v", w, what, *c, err, want, wantErr)
			}
			*c = flushCounter{}
		}
		check("Handle", tt.perRecord, h.Handle(t.Context(), record("m")), tt.handleErr)
		if got := errs.Take(); len(got) > 0 != (tt.handleErr != nil) {
			t.Errorf("%T: ErrorHandler was given %v", w, got)
		}
		check("Flush", tt.perFlush, h.Flush(), tt.flushFail)
		check("slogx.Flush", tt.perFlush, slogx.Flush(h.WithGroup("g")), tt.flushFail)
		if old := h.SetStream(io.Discard); old != w {
			t.Errorf("%T: SetStream = %v", w, old)
		}
		check("SetStream", tt.perFlush, nil, nil)
		if got := errs.Take(); len(got) > 0 != (tt.flushFail != nil) {
			t.Errorf("%T: SetStream: ErrorHandler was given %v", w, got)
		}
		h.SetStream(w)
		check("Close", tt.perFlush, h.Close(), tt.flushFail)
		check("Close again", flushCounter{}, h.Close(), nil)
	}
}

// TestFlushOfFiles: a file is synced by Flush, and a pipe, which has nothing to sync, is no error.
func TestFlushOfFiles(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, f := range []*os.File{f, w} {
		h := newStream(t, f)
		handle(t, h, "m")
		if err := h.Flush(); err != nil {
			t.Errorf("%s: Flush: %v", f.Name(), err)
		}
		if err := h.Close(); err != nil {
			t.Errorf("%s: Close: %v", f.Name(), err)
		}
		if _, err := f.WriteString("the stream is still open"); err != nil {
			t.Error(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	h := newStream(t, f)
	if err := h.Flush(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Errorf("Flush of a closed file: %v", err)
	}
}

// TestRecordIsFlushed: when Handle returns, a record is out of a buffer that the stream may have.
func TestRecordIsFlushed(t *testing.T) {
	var b testkit.Buffer
	h := newStream(t, bufio.NewWriterSize(&b, 1<<16))
	handle(t, h, "a")
	if got := b.String(); got != "level=INFO msg=a\n" {
		t.Errorf("after Handle: %q", got)
	}
}

func TestSetStream(t *testing.T) {
	var a, b testkit.Buffer
	h := slogx.NewStreamHandler(&a, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	derived := h.WithAttrs([]slog.Attr{slog.Int("x", 1)}).(*slogx.StreamHandler)
	if old := h.SetStream(&a); old != nil {
		t.Errorf("SetStream of the same = %v, want nil", old)
	}
	if old := derived.SetStream(&b); old != &a {
		t.Errorf("SetStream = %v, want the old stream", old)
	}
	handle(t, h, "m")
	handle(t, derived, "m")
	if a.String() != "" || b.String() != "level=INFO msg=m\nlevel=INFO msg=m x=1\n" {
		t.Errorf("written: %q and %q", a.String(), b.String())
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if old := h.SetStream(&a); old != &b {
		t.Errorf("after Close: SetStream = %v", old)
	}
	if err := derived.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("SetStream opened it again: %v", err)
	}
}

// TestSetStreamFlushesOld: nothing may be left in the old stream's buffer.
func TestSetStreamFlushesOld(t *testing.T) {
	var b testkit.Buffer
	old := bufio.NewWriter(&b)
	h := newStream(t, old)
	if _, err := old.WriteString("somebody else's"); err != nil {
		t.Fatal(err)
	}
	if h.SetStream(io.Discard) != old || b.String() != "somebody else's" {
		t.Errorf("the old stream was not flushed: %q", b.String())
	}
}

type (
	uncomparable     struct{ bufs []*testkit.Buffer }
	maybeComparable  struct{ v any }
	writesNothing    struct{}
	uncomparableFunc = testkit.WriterFunc
)

func (u uncomparable) Write(p []byte) (int, error)    { return u.bufs[0].Write(p) }
func (u maybeComparable) Write(p []byte) (int, error) { return len(p), nil }
func (writesNothing) Write(p []byte) (int, error)     { return len(p), nil }

func TestSetStreamUncomparable(t *testing.T) {
	var b testkit.Buffer
	u := uncomparable{[]*testkit.Buffer{&b}}
	h := newStream(t, u)
	for _, w := range []io.Writer{
		u,
		maybeComparable{1},
		maybeComparable{[]int{1}},
		maybeComparable{[]int{1}},
		maybeComparable{map[string]int{}},
		maybeComparable{1},
		uncomparableFunc(writesNothing{}.Write),
		writesNothing{},
		&uncomparable{u.bufs}, u,
	} {
		if h.SetStream(w) == nil {
			t.Errorf("SetStream(%#v) did nothing", w)
		}
		handle(t, h, "m")
	}
	if h.SetStream(maybeComparable{1}) == nil || h.SetStream(maybeComparable{1}) != nil {
		t.Error("equal writers are not the same, or others are")
	}
	if n := b.Writes(); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

// TestSetStreamConcurrent: each record is whole in one of the streams.
func TestSetStreamConcurrent(t *testing.T) {
	var bufs [4]testkit.Buffer
	h := newStream(t, &bufs[0])
	var wg sync.WaitGroup
	const n, m = 4, 200
	for i := range n {
		wg.Go(func() {
			h := h.WithAttrs([]slog.Attr{slog.Int("i", i)})
			for j := range m {
				handle(t, h, fmt.Sprint("m", j))
			}
		})
	}
	seen := map[io.Writer]bool{}
	for i := range 200 {
		if old := h.SetStream(&bufs[i%len(bufs)]); old != nil {
			seen[old] = true
		}
	}
	wg.Wait()
	total := 0
	for i := range bufs {
		for _, line := range lines(bufs[i].String()) {
			total++
			if !strings.HasPrefix(line, "level=INFO msg=m") || strings.Count(line, "msg") != 1 {
				t.Fatalf("torn: %q", line)
			}
		}
	}
	if total != n*m || len(seen) != len(bufs) {
		t.Errorf("%d records, want %d; %d streams came back", total, n*m, len(seen))
	}
}

// script is a stream that writes and fails as told.
type script struct {
	bytes.Buffer
	steps []step
}

type step struct {
	n   int // bytes written; -1: all
	err error
}

func (s *script) Write(p []byte) (int, error) {
	st := step{-1, nil}
	if len(s.steps) > 0 {
		st, s.steps = s.steps[0], s.steps[1:]
	}
	n := st.n
	if n < 0 {
		n = len(p)
	}
	_, _ = s.Buffer.Write(p[:min(n, len(p))])
	return n, st.err
}

func TestShortWrites(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name       string
		steps      []step
		terminator string
		errs       []error
		want       string
	}{
		{"all well", nil, "", []error{nil, nil}, "level=INFO msg=0\nlevel=INFO msg=1\n"},
		{"short with error", []step{{5, broken}}, "", []error{broken, nil}, "level\nlevel=INFO msg=1\n"},
		{"short without error", []step{{5, nil}}, "", []error{io.ErrShortWrite, nil}, "level\nlevel=INFO msg=1\n"},
		{"nothing", []step{{0, broken}}, "", []error{broken, nil}, "level=INFO msg=1\n"},
		{"nothing, without error", []step{{0, nil}}, "", []error{io.ErrShortWrite, nil}, "level=INFO msg=1\n"},
		{"short, then nothing", []step{{5, broken}, {0, broken}}, "", []error{broken, broken, nil}, "level\nlevel=INFO msg=2\n"},
		{"short twice", []step{{5, broken}, {4, broken}}, "", []error{broken, broken, nil}, "level\nlev\nlevel=INFO msg=2\n"},
		{"all, and an error", []step{{-1, broken}}, "", []error{broken, nil}, "level=INFO msg=0\nlevel=INFO msg=1\n"},
		{"all but the newline", []step{{16, broken}}, "", []error{broken, nil}, "level=INFO msg=0\nlevel=INFO msg=1\n"},
		{"NUL", []step{{5, broken}}, "\x00", []error{broken, nil}, "level\x00level=INFO msg=1\x00"},
		{"CR LF, torn between", []step{{17, nil}}, "\r\n", []error{io.ErrShortWrite, nil}, "level=INFO msg=0\r\r\nlevel=INFO msg=1\r\n"},
		{"too much", []step{{1000, nil}}, "", []error{nil, nil}, "level=INFO msg=0\nlevel=INFO msg=1\n"},
		{"full again and again", []step{{5, broken}, {0, broken}, {0, nil}, {0, broken}}, "", []error{broken, broken, io.ErrShortWrite, broken, nil}, "level\nlevel=INFO msg=4\n"},
	} {
		s := &script{steps: tt.steps}
		var errs testkit.ErrorLog
		h := slogx.NewStreamHandler(s, &slogx.StreamOptions{
			Options: slogx.Options{ErrorHandler: errs.Handle}, Terminator: tt.terminator,
		})
		for i, want := range tt.errs {
			if err := h.Handle(t.Context(), record(fmt.Sprint(i))); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%s: record %d: %v, want %v", tt.name, i, err, want)
			}
			if got := errs.Take(); len(got) > 1 || (len(got) == 1) != (want != nil) || want != nil && !errors.Is(got[0], want) {
				t.Errorf("%s: record %d: ErrorHandler was given %v, want %v", tt.name, i, got, want)
			}
		}
		if got := s.String(); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// TestTornStreamReplaced: what one stream was left with says nothing of the next.
func TestTornStreamReplaced(t *testing.T) {
	h := slogx.NewStreamHandler(&script{steps: []step{{5, nil}}}, &slogx.StreamOptions{
		Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors},
	})
	if h.Handle(t.Context(), record("m")) == nil {
		t.Error("no error")
	}
	var b testkit.Buffer
	h.SetStream(&b)
	handle(t, h, "m")
	if got := b.String(); got != "level=INFO msg=m\n" {
		t.Errorf("written: %q", got)
	}
}

// closableStream would notice if it were closed.
type closableStream struct {
	bytes.Buffer
	t *testing.T
}

func (c *closableStream) Close() error {
	c.t.Error("the stream was closed, which belongs to the caller")
	return nil
}

func TestStreamClose(t *testing.T) {
	stream := &closableStream{t: t}
	var errs testkit.ErrorLog
	h := slogx.NewStreamHandler(stream, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: errs.Handle}})
	derived := h.WithGroup("g")
	for range 3 {
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := slogx.Close(derived); err != nil {
		t.Errorf("Close of a derived handler: %v", err)
	}
	for _, h := range []slog.Handler{h, derived, h.WithAttrs([]slog.Attr{slog.Int("late", 1)})} {
		err := h.Handle(t.Context(), record("m"))
		if !errors.Is(err, slogx.ErrClosed) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("Handle after Close: %v", err)
		}
		oneError(t, errs.Take(), slogx.ErrClosed)
	}
	if err := h.Flush(); err != nil && !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("Flush after Close: %v", err)
	}
	if stream.Len() > 0 {
		t.Errorf("written after Close: %q", stream.String())
	}
	if !errors.Is(slogx.ErrClosed, os.ErrClosed) {
		t.Error("ErrClosed is not os.ErrClosed")
	}
}

func TestStreamCloseConcurrent(t *testing.T) {
	var b testkit.Buffer
	h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{
		Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Timeout: patience,
	})
	var wg sync.WaitGroup
	var mu sync.Mutex
	handled := 0
	for range 4 {
		wg.Go(func() {
			for {
				err := h.Handle(t.Context(), record("m"))
				if err != nil {
					if !errors.Is(err, slogx.ErrClosed) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				handled++
				mu.Unlock()
			}
		})
	}
	for b.Writes() < 50 { // until all is going on
		if err := h.Flush(); err != nil {
			t.Error(err)
		}
	}
	for range 4 {
		wg.Go(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := b.Writes(); n != handled {
		t.Errorf("%d written, %d handled", n, handled)
	}
}

func TestNullHandler(t *testing.T) {
	h := slogx.NewNullHandler()
	if h.Enabled(t.Context(), slogx.LevelEmergency) || h.Handle(t.Context(), record("m")) != nil {
		t.Error("NullHandler does something")
	}
	if err := slogx.Close(h); err != nil {
		t.Error(err)
	}
}
