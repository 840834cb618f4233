package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// file is a sink like our files. Its errs are the outcomes of the next writes: after how many records which error.
type file struct {
	records []string
	writes  []int // how many records each had
	errs    []outcome
}

type outcome struct {
	after int
	err   error
}

func (f *file) Write(p []byte) (int, error) {
	if _, err := f.WriteRecords(p, []int{len(p)}); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *file) WriteRecords(p []byte, ends []int) (written int, err error) {
	f.writes = append(f.writes, len(ends))
	next := outcome{after: len(ends)}
	if len(f.errs) > 0 {
		next, f.errs = f.errs[0], f.errs[1:]
	}
	begin := 0
	for _, end := range ends[:next.after] {
		f.records = append(f.records, string(p[begin:end]))
		begin = end
	}
	if next.err == nil && next.after == len(ends) && ends[len(ends)-1] != len(p) {
		return 0, errors.New("bytes after the last record")
	}
	return next.after, next.err
}

// fileHandler is a handler as those of our files are.
type fileHandler struct{ emitter *slogx.Emitter }

func newFileHandler(f *file, o slogx.Options) fileHandler {
	return fileHandler{slogx.NewEmitter(f, o)}
}

func (h fileHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

func (h fileHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.Handle(ctx, r)
}

func (h fileHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return fileHandler{h.emitter.WithAttrs(a)}
}

func (h fileHandler) WithGroup(name string) slog.Handler {
	return fileHandler{h.emitter.WithGroup(name)}
}

func (h fileHandler) Injector() *encode.Injector { return h.emitter.Injector() }

func line(msg string) string { return "level=INFO msg=" + msg + "\n" }

func lines(msgs []string) []string {
	var all []string
	for _, msg := range msgs {
		all = append(all, line(msg))
	}
	return all
}

// listen has a Listener serve handlers with what is in q.
func listen(t *testing.T, q Queue, handlers ...slog.Handler) {
	t.Helper()
	l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, handlers...)
	must(t, l.Start())
	testkit.Within(t, func() { stop(t, l) })
}

// Records are written by the batch; each handler's as it formats them.
func TestPages(t *testing.T) {
	q := NewRing(1000, nil)
	var f file
	var other bytes.Buffer
	h := NewHandler(q, nil)
	handlers := []slog.Handler{h, h.WithAttrs([]slog.Attr{slog.Int("a", 1)}), h.WithGroup("g")}
	var want []string
	for n := range 300 {
		r := info(fmt.Sprint(n))
		r.AddAttrs(slog.Int("n", n))
		must(t, handlers[n%3].Handle(context.Background(), r))
		attrs := []string{" n=%d", " a=1 n=%d", " g.n=%d"}
		want = append(want, fmt.Sprintf("level=INFO msg=%d"+attrs[n%3]+"\n", n, n))
	}
	listen(t, q, newFileHandler(&f, slogx.Options{ErrorHandler: testkit.NoErrors(t)}), slogx.Text(&other, nil))
	wantEqual(t, f.records, want)
	wantEqual(t, other.String(), strings.Join(want, ""))
}

func TestPagesAreFull(t *testing.T) {
	q := NewRing(4*batchLen, nil)
	var f file
	enqueue(t, q, numbers(1, 1000)...)
	listen(t, q, newFileHandler(&f, slogx.Options{ErrorHandler: testkit.NoErrors(t)}))
	wantEqual(t, f.records, lines(numbers(1, 1000)))
	wantEqual(t, f.writes, []int{batchLen, 1000 - batchLen})

	f = file{}
	long := strings.Repeat("x", 30_000)
	for range 7 {
		enqueue(t, q, long)
	}
	listen(t, q, newFileHandler(&f, slogx.Options{ErrorHandler: testkit.NoErrors(t)}))
	wantEqual(t, f.writes, []int{5, 2}) // 128 KiB are enough
	l := NewListener(q, nil, newFileHandler(&f, slogx.Options{ErrorHandler: testkit.NoErrors(t)}))
	enqueue(t, q, strings.Repeat("x", 1<<20))
	must(t, l.Start())
	stop(t, l)
	if n := cap(l.outlets[0].page.line.B); n != 0 {
		t.Errorf("%d bytes are kept after a large record", n)
	}
	for _, e := range l.outlets[0].page.entries[:cap(l.outlets[0].page.entries)] {
		if e != (entry{}) {
			t.Errorf("an entry is kept: %v", e)
		}
	}
}

// Each record that a write fails has an error of its own, once; the others are written. What follows a failure is tried
// again if anything at all was written.
func TestPagesThatFail(t *testing.T) {
	broken, other := errors.New("broken"), errors.New("other")
	for _, tt := range []struct {
		errs   []outcome
		failed map[string]error
		writes []int
	}{
		{[]outcome{{0, broken}}, map[string]error{"1": broken, "2": broken, "3": broken, "4": broken, "5": broken}, []int{5}},
		{[]outcome{{2, broken}}, map[string]error{"3": broken}, []int{5, 2}},
		{[]outcome{{4, broken}}, map[string]error{"5": broken}, []int{5}},
		{[]outcome{{1, broken}, {1, other}}, map[string]error{"2": broken, "4": other}, []int{5, 3, 1}},
		{[]outcome{{1, broken}, {0, other}}, map[string]error{"2": broken, "3": other, "4": other, "5": other}, []int{5, 3}},
		{[]outcome{{3, broken}, {0, other}}, map[string]error{"4": broken, "5": other}, []int{5, 1}},
	} {
		q := NewRing(100, nil)
		f := file{errs: tt.errs}
		failed := map[string]error{}
		h := newFileHandler(&f, slogx.Options{ErrorHandler: func(_ context.Context, r slog.Record, err error) {
			if failed[r.Message] != nil {
				t.Errorf("%v: %s is told of twice", tt.errs, r.Message)
			}
			failed[r.Message] = err
		}})
		enqueue(t, q, numbers(1, 5)...)
		listen(t, q, h)
		for msg, err := range failed {
			if !errors.Is(err, tt.failed[msg]) {
				t.Errorf("%v: %s: %v", tt.errs, msg, err)
			}
		}
		want := slices.DeleteFunc(numbers(1, 5), func(msg string) bool { return tt.failed[msg] != nil })
		wantEqual(t, f.records, lines(want))
		wantEqual(t, f.writes, tt.writes)
		wantEqual(t, len(failed), len(tt.failed))
		wantEqual(t, q.Stats(), Stats{Handled: 5, Delivered: 5})
	}
}

// User code that goes wrong while a page is filled or written takes no other record with it.
func TestPagesAndUserCode(t *testing.T) {
	t.Run("ReplaceAttr panics", func(t *testing.T) {
		q := NewRing(100, nil)
		var f file
		var got testkit.ErrorLog
		enqueue(t, q, numbers(1, 9)...)
		listen(t, q, newFileHandler(&f, slogx.Options{
			ErrorHandler: got.Handle,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.MessageKey && a.Value.String() == "5" {
					panic("five")
				}
				return a
			},
		}))
		wantEqual(t, f.records, lines(slices.DeleteFunc(numbers(1, 9), func(m string) bool { return m == "5" })))
		wantEqual(t, got.Messages(), []string{"5"})
		got.Want(t, "panic: five")
	})
	t.Run("the sink panics", func(t *testing.T) {
		q := NewRing(100, nil)
		var got testkit.ErrorLog
		enqueue(t, q, numbers(1, 9)...)
		listen(t, q, fileHandler{slogx.NewEmitter(&panicking{}, slogx.Options{ErrorHandler: got.Handle})})
		wantEqual(t, got.Messages(), numbers(1, 9))
	})
	t.Run("the ErrorHandler ends the goroutine", func(t *testing.T) {
		q := NewRing(100, nil)
		f := file{errs: []outcome{{3, errors.New("broken")}}}
		var got testkit.ErrorLog
		enqueue(t, q, numbers(1, 9)...)
		l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle},
			newFileHandler(&f, slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) { runtime.Goexit() }}))
		must(t, l.Start())
		testkit.Within(t, func() { stop(t, l) })
		got.Want(t, "Goexit")
		wantEqual(t, f.records, lines(slices.DeleteFunc(numbers(1, 9), func(m string) bool { return m == "4" }))) // and none twice
		wantEqual(t, q.Stats(), Stats{Handled: 9, Delivered: 9})
	})
	t.Run("the ErrorHandler ends the goroutine, again and again", func(t *testing.T) {
		q := NewRing(100, nil)
		f := file{errs: []outcome{{0, errors.New("broken")}}}
		var got testkit.ErrorLog
		enqueue(t, q, numbers(1, 9)...)
		l := NewListener(q, &ListenerOptions{ErrorHandler: slogx.IgnoreErrors},
			newFileHandler(&f, slogx.Options{ErrorHandler: func(ctx context.Context, r slog.Record, err error) {
				got.Handle(ctx, r, err)
				runtime.Goexit()
			}}))
		must(t, l.Start())
		testkit.Within(t, func() { stop(t, l) })
		wantEqual(t, got.Messages(), numbers(1, 9)) // each is told of, once
	})
	t.Run("the sink ends the goroutine", func(t *testing.T) {
		q := NewRing(100, nil)
		var got testkit.ErrorLog
		enqueue(t, q, numbers(1, 9)...)
		l := NewListener(q, &ListenerOptions{ErrorHandler: slogx.IgnoreErrors},
			fileHandler{slogx.NewEmitter(&exiting{}, slogx.Options{ErrorHandler: got.Handle})})
		must(t, l.Start())
		testkit.Within(t, func() { stop(t, l) })
		wantEqual(t, got.Messages(), numbers(1, 9))
	})
	t.Run("ReplaceAttr ends the goroutine", func(t *testing.T) {
		for _, open := range []func() Queue{
			func() Queue { return NewRing(100, nil) },
			func() Queue { return Chan(make(chan slog.Record, 100)) },
		} {
			q := open()
			var f, other file
			var got testkit.ErrorLog
			enqueue(t, q, numbers(1, 9)...)
			exit := func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.MessageKey && strings.Contains("1 5 9", a.Value.String()) {
					runtime.Goexit() // the level is on the page by now
				}
				return a
			}
			l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle},
				newFileHandler(&other, slogx.Options{ErrorHandler: testkit.NoErrors(t)}),
				newFileHandler(&f, slogx.Options{ErrorHandler: testkit.NoErrors(t), ReplaceAttr: exit}))
			must(t, l.Start())
			testkit.Within(t, func() { stop(t, l) })
			left := func(m string) bool { return strings.Contains("1 5 9", m) }
			wantEqual(t, f.records, lines(slices.DeleteFunc(numbers(1, 9), left)))
			wantEqual(t, other.records, lines(numbers(1, 9)))
			if errs := got.Take(); len(errs) != 3 {
				t.Errorf("told %d times: %q", len(errs), errs)
			}
		}
	})
	// What another handler has kept is written, and told of as what it is, whatever comes next.
	t.Run("the ErrorHandler ends the goroutine of two", func(t *testing.T) {
		q := Chan(make(chan slog.Record, 100))
		f, other := file{errs: []outcome{{0, errors.New("broken")}}}, file{errs: []outcome{{0, errors.New("broken")}}}
		var got testkit.ErrorLog
		enqueue(t, q, "1", "2")
		l := NewListener(q, &ListenerOptions{ErrorHandler: slogx.IgnoreErrors},
			newFileHandler(&f, slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) { runtime.Goexit() }}),
			newFileHandler(&other, slogx.Options{ErrorHandler: got.Handle}))
		must(t, l.Start())
		testkit.Within(t, func() { stop(t, l) })
		wantEqual(t, f.records, lines([]string{"2"}))
		wantEqual(t, other.records, lines([]string{"2"}))
		wantEqual(t, got.Messages(), []string{"1"})
	})
}

type exiting struct{ file }

func (*exiting) WriteRecords([]byte, []int) (int, error) { runtime.Goexit(); return 0, nil }

type panicking struct{ file }

func (*panicking) WriteRecords([]byte, []int) (int, error) { panic("sink") }

// Who embeds a handler is given its Injector, too, but does more in its Handle.
func TestHandlersThatEmbedOthers(t *testing.T) {
	dir := t.TempDir()
	file := slogx.NewFileHandler(filepath.Join(dir, "file"), nil)
	rotated := rotate.NewHandler(filepath.Join(dir, "rotated"), nil)
	defer file.Close()
	defer rotated.Close()
	a, b := &embedsFile{FileHandler: file}, embedsRotate{rotated, new(int)}
	q := NewRing(100, nil)
	enqueue(t, q, numbers(1, 9)...)
	listen(t, q, a, b)
	if a.n != 9 || *b.n != 9 {
		t.Errorf("Handle is called %d and %d times", a.n, *b.n)
	}
	for _, name := range []string{"file", "rotated"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		wantEqual(t, string(content), strings.Join(lines(numbers(1, 9)), ""))
	}
}

type embedsFile struct {
	*slogx.FileHandler
	n int
}

func (h *embedsFile) Handle(ctx context.Context, r slog.Record) error {
	h.n++
	return h.FileHandler.Handle(ctx, r)
}

type embedsRotate struct {
	*rotate.Handler
	n *int
}

func (h embedsRotate) Handle(ctx context.Context, r slog.Record) error {
	*h.n++
	return h.Handler.Handle(ctx, r)
}

// switching is a handler of a file. Those derived from it are others: with a group they write to another file, with
// attributes they are no handlers of files at all.
type switching struct{ this, other fileHandler }

func (h switching) Enabled(context.Context, slog.Level) bool        { return true }
func (h switching) Handle(ctx context.Context, r slog.Record) error { return h.this.Handle(ctx, r) }

func (h switching) Injector() *encode.Injector         { return h.this.Injector() }
func (h switching) WithGroup(string) slog.Handler      { return h.other }
func (h switching) WithAttrs([]slog.Attr) slog.Handler { return handlerFunc(h.this.Handle) }

// Records get to the file they belong to, and no record overtakes another on its way to the same file.
func TestDerivedHandlersOfOtherFiles(t *testing.T) {
	var f, other file
	o := slogx.Options{ErrorHandler: testkit.NoErrors(t)}
	q := NewRing(1000, nil)
	to := NewHandler(q, nil)
	toOther, direct := to.WithGroup("g"), to.WithAttrs([]slog.Attr{slog.Int("a", 1)})
	for n := 1; n <= 99; n += 3 {
		handle(t, to, fmt.Sprint(n))
		handle(t, direct, fmt.Sprint(n+1))
		handle(t, toOther, fmt.Sprint(n+2))
	}
	listen(t, q, switching{newFileHandler(&f, o), newFileHandler(&other, o)})
	third := func(msg string) bool { n := 0; _, _ = fmt.Sscan(msg, &n); return n%3 == 0 }
	wantEqual(t, f.records, lines(slices.DeleteFunc(numbers(1, 99), third)))
	wantEqual(t, other.records, lines(slices.DeleteFunc(numbers(1, 99), func(msg string) bool { return !third(msg) })))
}
