package rotate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// closer is what both handlers are.
type closer interface {
	slog.Handler
	Close() error
}

// bothHandlers makes each kind of handler.
var bothHandlers = map[string]func(path string, o slogx.Options) closer{
	"Handler": func(path string, o slogx.Options) closer {
		return NewHandler(path, &Options{Options: o, MaxBytes: 1 << 20, BackupCount: 1, When: Midnight})
	},
	"WatchedHandler": func(path string, o slogx.Options) closer {
		return NewWatchedHandler(path, &WatchedOptions{Options: o})
	},
}

func TestSlogtest(t *testing.T) {
	for kind, open := range bothHandlers {
		for _, format := range []struct {
			name   string
			format slogx.Format
			parse  func(t testing.TB, written string) map[string]any
		}{
			{"JSON", slogx.JSON, testkit.ParseJSON},
			{"Text", slogx.Text, testkit.ParseText},
			{"default", nil, testkit.ParseText},
			{"foreign", slogx.FormatOf(slog.NewJSONHandler), testkit.ParseJSON},
		} {
			t.Run(kind+" "+format.name, func(t *testing.T) {
				var path string
				slogtest.Run(t, func(t *testing.T) slog.Handler {
					path = filepath.Join(t.TempDir(), "app.log")
					h := open(path, slogx.Options{Format: format.format, ErrorHandler: testkit.NoErrors(t)})
					t.Cleanup(func() { _ = h.Close() })
					return h
				}, func(t *testing.T) map[string]any {
					return format.parse(t, read(t, path))
				})
			})
		}
	}
}

func TestDerivedHandlers(t *testing.T) {
	for kind, open := range bothHandlers {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			h := open(path, slogx.Options{ErrorHandler: testkit.NoErrors(t)})
			if h.WithAttrs(nil) != slog.Handler(h) || h.WithAttrs([]slog.Attr{}) != slog.Handler(h) || h.WithGroup("") != slog.Handler(h) {
				t.Error("a handler with nothing more is another handler")
			}
			attrs := []slog.Attr{slog.Int("x", 1)}
			d := h.WithAttrs(attrs)
			attrs[0] = slog.Int("y", 2)
			r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
			must(t, d.Handle(context.Background(), r))
			if got := read(t, path); got != "level=INFO msg=m x=1\n" {
				t.Errorf("%q", got)
			}
			must(t, d.(closer).Close())
			must(t, h.Close())
		})
	}
}

// Siblings derived at the same time from one handler have their own attributes and groups only.
func TestSiblingsAreNeverMixed(t *testing.T) {
	for kind, open := range bothHandlers {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			h := open(path, slogx.Options{ErrorHandler: testkit.NoErrors(t)})
			base := slog.New(h).With("a", 1).WithGroup("g").With("b", 2, "c", 3)
			var wg sync.WaitGroup
			const workers, records = 8, 50
			for i := range workers {
				wg.Go(func() {
					for j := range records {
						l := base.With("w", i).WithGroup(fmt.Sprintf("g%d", i)).With("n", j)
						l.Info("m", "v", i)
					}
				})
			}
			wg.Wait()
			must(t, h.Close())
			seen := map[string]bool{}
			for line := range strings.Lines(read(t, path)) {
				_, line, _ = strings.Cut(line, " ")
				var i, j int
				const form = "level=INFO msg=m a=1 g.b=2 g.c=3 g.w=%d g.g%[1]d.n=%d g.g%[1]d.v=%[1]d\n"
				if _, err := fmt.Sscanf(line, "level=INFO msg=m a=1 g.b=2 g.c=3 g.w=%d g.g", &i); err != nil && !strings.Contains(err.Error(), "newline") {
					t.Fatalf("%q: %v", line, err)
				}
				if _, after, ok := strings.Cut(line, ".n="); ok {
					_, _ = fmt.Sscanf(after, "%d", &j)
				}
				if line != fmt.Sprintf(form, i, j) {
					t.Fatalf("%q", line)
				}
				seen[line] = true
			}
			if len(seen) != workers*records {
				t.Errorf("%d records", len(seen))
			}
		})
	}
}

// An error is returned, and given to the ErrorHandler with its record, once.
func TestErrorsAreReturnedAndReported(t *testing.T) {
	boom := func() slog.Value { panic("boom") }
	for kind, open := range bothHandlers {
		for name, o := range map[string]slogx.Options{
			"LogValuer":   {},
			"ReplaceAttr": {ReplaceAttr: func([]string, slog.Attr) slog.Attr { panic("boom") }},
			"foreign Format": {Format: slogx.FormatOf(slog.NewTextHandler), ReplaceAttr: func([]string, slog.Attr) slog.Attr {
				panic("boom")
			}},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				var records []string
				o.ErrorHandler = func(_ context.Context, r slog.Record, err error) {
					records = append(records, r.Message+": "+err.Error())
				}
				h := open(filepath.Join(t.TempDir(), "a"), o)
				r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
				r.AddAttrs(slog.Any("v", testkit.ValuerFunc(boom)))
				err := h.Handle(context.Background(), r)
				if name == "LogValuer" { // which slog itself makes a text of
					if err != nil || len(records) != 0 {
						t.Errorf("%v, %q", err, records)
					}
				} else if err == nil || len(records) != 1 || !strings.Contains(records[0], "m: panic: boom") {
					t.Errorf("%v, %q", err, records)
				}
				must(t, h.Close())
				records = nil
				if err := h.Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, "late", 0)); err == nil || len(records) != 1 {
					t.Errorf("%v, %q", err, records)
				}
			})
		}
	}
}

func TestWriteAfterClose(t *testing.T) {
	dir := t.TempDir()
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	for kind, open := range bothHandlers {
		for _, used := range []bool{false, true} {
			path := filepath.Join(dir, kind)
			h := open(path, slogx.Options{ErrorHandler: slogx.IgnoreErrors})
			d := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("x", 1)})
			if used {
				must(t, h.Handle(context.Background(), r))
			}
			for range 3 {
				must(t, h.Close())
			}
			_ = os.Remove(path)
			for _, h := range []slog.Handler{h, d} {
				err := h.Handle(context.Background(), r)
				if !errors.Is(err, slogx.ErrClosed) || !errors.Is(err, fs.ErrClosed) {
					t.Errorf("%s: %v", kind, err)
				}
			}
			if exists(path) {
				t.Errorf("%s: a closed handler made a file", kind)
			}
		}
	}
	w := NewWriter(filepath.Join(dir, "w"), &Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	must(t, w.Close())
	if n, err := w.Write([]byte("x")); n != 0 || err != slogx.ErrClosed {
		t.Errorf("%d, %v", n, err)
	}
	if w.Rotate() != slogx.ErrClosed || w.Reopen() != slogx.ErrClosed || w.Flush() != nil || len(listing(t, dir)) != 0 {
		t.Errorf("a closed Writer does something: %q", names(t, dir))
	}
	if s := w.Stats(); s != (Stats{Handled: 1, Failed: 1}) {
		t.Errorf("%+v", s)
	}
}

// Open says what is wrong with the options; New lets each record say so.
func TestInvalidOptions(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	must(t, os.Mkdir(filepath.Join(dir, "d"), 0o700))
	create(t, filepath.Join(dir, "f"), "")
	for _, tt := range []struct {
		name string
		opts Options
	}{
		{"", Options{}},
		{path, Options{When: 42}},
		{path, Options{When: -1}},
		{path, Options{When: Hour, Interval: -1}},
		{path, Options{When: Midnight, AtTime: At(24, 0, 0)}},
		{path + "\x00", Options{}},
		{filepath.Join(dir, "d"), Options{}},
		{filepath.Join(dir, "f", "a"), Options{}},
	} {
		opts := tt.opts
		opts.ErrorHandler = slogx.IgnoreErrors
		if h, err := Open(tt.name, &opts); err == nil || h != nil {
			t.Errorf("Open(%q, %+v): %v", tt.name, tt.opts, err)
		}
		if w, err := OpenWriter(tt.name, &opts); err == nil || w != nil {
			t.Errorf("OpenWriter(%q, %+v): %v", tt.name, tt.opts, err)
		}
		h := NewHandler(tt.name, &opts)
		for range 2 {
			if h.Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)) == nil {
				t.Errorf("NewHandler(%q, %+v).Handle: no error", tt.name, tt.opts)
			}
		}
		if h.Rotate() == nil || h.Reopen() == nil || h.Flush() != nil || h.Close() != nil {
			t.Errorf("%q, %+v: Rotate, Reopen, Flush, Close", tt.name, tt.opts)
		}
		if s := h.Stats(); s != (Stats{Handled: 2, Failed: 2}) {
			t.Errorf("%+v", s)
		}
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("%q", got)
	}
	h := NewWatchedHandler("", &WatchedOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	if h.Handle(context.Background(), slog.Record{}) == nil || h.ReopenIfNeeded() == nil || h.Close() != nil {
		t.Error("a WatchedHandler without a name")
	}
}

// New does no I/O; options may be nil and are not written to; the name is that of the directory at that time.
func TestConstructors(t *testing.T) {
	t.Chdir(t.TempDir())
	h, wh, w := NewHandler("a", nil), NewWatchedHandler("b", nil), NewWriter("c", nil)
	opts := Options{BackupCount: -3, When: Day}
	before := fmt.Sprintf("%+v", opts)
	h2 := NewHandler("d", &opts)
	if after := fmt.Sprintf("%+v", opts); after != before {
		t.Errorf("options are %s, were %s", after, before)
	}
	delayed, err := Open("e", &Options{Delay: true})
	must(t, err)
	if got := names(t, "."); len(got) != 0 {
		t.Errorf("%q", got)
	}
	here, err := os.Getwd()
	must(t, err)
	t.Chdir(t.TempDir())
	slog.New(h).Info("m")
	slog.New(wh).Info("m")
	slog.New(h2).Info("m")
	slog.New(delayed).Info("m")
	put(t, w, "m")
	if got := strings.Join(names(t, here), ""); got != "abcde" {
		t.Errorf("%q", got)
	}
	if h.Name() != filepath.Join(here, "a") || wh.Name() != filepath.Join(here, "b") || w.Name() != filepath.Join(here, "c") {
		t.Errorf("%s %s %s", h.Name(), wh.Name(), w.Name())
	}
	for _, c := range []interface{ Close() error }{h, wh, w, h2, delayed} {
		must(t, c.Close())
	}
}
