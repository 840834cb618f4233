package slogx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// choices makes records and With-chains out of a seed.
type choices struct{ *rand.Rand }

func (c choices) name() string {
	return []string{"a", "b", "two words", "é", `q"`, "time", "msg", "level", ""}[c.IntN(9)]
}

func (c choices) attrs(depth int) []slog.Attr {
	attrs := make([]slog.Attr, c.IntN(4))
	for i := range attrs {
		switch n := c.IntN(8); {
		case n == 0 && depth > 0:
			attrs[i] = slog.Attr{Key: c.name(), Value: slog.GroupValue(c.attrs(depth - 1)...)}
		case n == 1 && depth > 0:
			inner := slog.GroupValue(c.attrs(depth - 1)...)
			attrs[i] = slog.Any(c.name(), testkit.ValuerFunc(func() slog.Value { return inner }))
		case n == 2:
			attrs[i] = slog.Attr{}
		case n == 3:
			attrs[i] = slog.Any(c.name(), errors.New(c.name()))
		case n == 4:
			attrs[i] = slog.Any(c.name(), map[string]int{c.name(): 1})
		default:
			attrs[i] = slog.String(c.name(), c.name())
		}
	}
	return attrs
}

func (c choices) record() slog.Record {
	var pc uintptr
	if c.IntN(2) == 0 {
		pc, _, _, _ = runtime.Caller(0)
	}
	r := slog.NewRecord(time.Unix(c.Int64N(2e9), c.Int64N(1e9)).UTC(), slog.Level(c.IntN(20)-8), c.name(), pc)
	r.AddAttrs(c.attrs(2)...)
	return r
}

func (c choices) replacer() func([]string, slog.Attr) slog.Attr {
	return []func([]string, slog.Attr) slog.Attr{
		nil,
		func(gs []string, a slog.Attr) slog.Attr { return slog.String(a.Key+"'", fmt.Sprint(gs, a.Value)) },
		func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "a" || a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}[c.IntN(3)]
}

// TestFormatsEqualPlain: through a handler of ours, however derived, a format writes what it writes alone.
func TestFormatsEqualPlain(t *testing.T) {
	plain := map[string]slogx.Format{
		"JSON": slogx.FormatOf(slog.NewJSONHandler), "Text": slogx.FormatOf(slog.NewTextHandler),
		"slog.JSON": slogx.FormatOf(slog.NewJSONHandler), "slog.Text": slogx.FormatOf(slog.NewTextHandler),
	}
	for _, f := range formats[:4] {
		for seed := range uint64(500) {
			c := choices{rand.New(rand.NewPCG(seed, 7))}
			o := slog.HandlerOptions{Level: slog.Level(-100), AddSource: c.IntN(2) == 0, ReplaceAttr: c.replacer()}
			var want bytes.Buffer
			var got testkit.Buffer
			ref := plain[f.name](&want, &o)
			var mine slog.Handler = slogx.NewStreamHandler(&got, &slogx.StreamOptions{Options: slogx.Options{
				Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr, Format: f.format, ErrorHandler: testkit.NoErrors(t),
			}})
			for range c.IntN(5) {
				if c.IntN(2) == 0 {
					attrs := c.attrs(2)
					ref, mine = ref.WithAttrs(attrs), mine.WithAttrs(slices.Clone(attrs))
				} else if name := c.name(); name != "" {
					ref, mine = ref.WithGroup(name), mine.WithGroup(name)
				}
			}
			const n = 3
			for i := range n {
				if i == 1 {
					runtime.GC() // pools are emptied
				}
				r := c.record()
				if err := errors.Join(ref.Handle(t.Context(), r), mine.Handle(t.Context(), r)); err != nil {
					t.Fatal(err)
				}
			}
			if got.String() != want.String() {
				t.Fatalf("%s, seed %d:\n got %q\nwant %q", f.name, seed, got.String(), want.String())
			}
			if got.Writes() != n {
				t.Fatalf("%s, seed %d: %d writes for %d records", f.name, seed, got.Writes(), n)
			}
			if seed > 20 && testing.Short() {
				break
			}
		}
	}
}

// oddHandler writes in pieces, not at all, or with an error, as the message says.
type oddHandler struct{ w io.Writer }

var errOdd = errors.New("odd")

func (h oddHandler) Enabled(_ context.Context, l slog.Level) bool { return l != 2 }
func (h oddHandler) WithAttrs([]slog.Attr) slog.Handler           { return h }
func (h oddHandler) WithGroup(string) slog.Handler                { return h }

func (h oddHandler) Handle(_ context.Context, r slog.Record) error {
	write := func(pieces ...string) error {
		for _, p := range pieces {
			if n, err := io.WriteString(h.w, p); err != nil || n != len(p) {
				return fmt.Errorf("wrote %d, %w", n, err)
			}
		}
		return nil
	}
	switch r.Message {
	case "pieces":
		return write("p", "ie", "", "ces", "\n")
	case "drop":
		return nil
	case "error":
		return errOdd
	case "half":
		return errors.Join(write("half\n"), errOdd)
	case "long":
		return write(strings.Repeat("x", 100_000), "\n")
	default:
		return write(r.Message + "\n")
	}
}

func TestOddFormat(t *testing.T) {
	var b testkit.Buffer
	var errs testkit.ErrorLog
	h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{
		Format:       slogx.FormatOf(func(w io.Writer, _ *slog.HandlerOptions) oddHandler { return oddHandler{w} }),
		ErrorHandler: errs.Handle, Level: slog.LevelInfo,
	}})
	want, writes := "", 0
	for _, tt := range []struct {
		msg, want string
		err       error
	}{
		{"plain", "plain\n", nil},
		{"pieces", "pieces\n", nil},
		{"drop", "", nil},
		{"error", "", errOdd},
		{"half", "half\n", errOdd},
		{"long", strings.Repeat("x", 100_000) + "\n", nil},
		{"drop", "", nil},
		{"after", "after\n", nil},
	} {
		err := h.WithGroup("g").Handle(t.Context(), record(tt.msg))
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s: %v, want %v", tt.msg, err, tt.err)
		}
		if got := errs.Take(); len(got) > 1 || (len(got) == 1) != (tt.err != nil) {
			t.Errorf("%s: ErrorHandler was given %v", tt.msg, got)
		}
		want += tt.want
		if tt.want != "" {
			writes++
		}
		if b.String() != want || b.Writes() != writes {
			t.Fatalf("%s: got %d writes: %.100q", tt.msg, b.Writes(), b.String())
		}
	}
	if h.Enabled(t.Context(), 2) || !h.Enabled(t.Context(), 3) || h.Enabled(t.Context(), -1) {
		t.Error("the format's own Enabled is not asked, or nothing else is")
	}
}

// TestFormatErrorAndWriteError: both are seen.
func TestFormatErrorAndWriteError(t *testing.T) {
	broken := errors.New("broken")
	var errs testkit.ErrorLog
	h := slogx.NewStreamHandler(testkit.WriterFunc(func([]byte) (int, error) { return 0, broken }), &slogx.StreamOptions{Options: slogx.Options{
		Format:       slogx.FormatOf(func(w io.Writer, _ *slog.HandlerOptions) oddHandler { return oddHandler{w} }),
		ErrorHandler: errs.Handle,
	}})
	if err := h.Handle(t.Context(), record("half")); !errors.Is(err, broken) || !errors.Is(err, errOdd) {
		t.Errorf("Handle: %v", err)
	}
	oneError(t, errs.Take(), broken)
}

// TestUserFormats are such as wrap ours.
func TestUserFormats(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format slogx.Format
		want   string
	}{
		{"with attributes", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.JSON(w, o).WithAttrs([]slog.Attr{slog.String("app", "x")})
		}, `{"level":"INFO","msg":"m","app":"x","g":{"k":1}}` + "\n"},
		{"in a group", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.JSON(w, o).WithGroup("app")
		}, `{"level":"INFO","msg":"m","app":{"g":{"k":1}}}` + "\n"},
		{"other options", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			o2 := *o
			o2.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.LevelKey {
					a.Key = "severity"
				}
				return a
			}
			return slogx.JSON(w, &o2)
		}, `{"severity":"INFO","msg":"m","g":{"k":1}}` + "\n"},
		{"embedding", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return addsAttr{slogx.Text(w, o), "mw"}
		}, "level=INFO msg=m g.k=1\n"}, // embedding loses the wrapper on With; not our fault
		{"middleware", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.Chain(slogx.Text(w, o), slogx.Filter(func(context.Context, slog.Record) bool { return true }))
		}, "level=INFO msg=m g.k=1\n"},
		{"fanout", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.Fanout(slogx.Text(w, o), slogx.JSON(w, o))
		}, "level=INFO msg=m g.k=1\n" + `{"level":"INFO","msg":"m","g":{"k":1}}` + "\n"},
		{"around the writer", func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.FormatOf(slog.NewTextHandler)(testkit.WriterFunc(func(p []byte) (int, error) {
				n, err := fmt.Fprintf(w, "<1>%s", p)
				return n - 3, err
			}), o)
		}, "<1>level=INFO msg=m g.k=1\n"},
	} {
		var b testkit.Buffer
		h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{Format: tt.format, ErrorHandler: testkit.NoErrors(t)}})
		for range 2 {
			if err := h.WithGroup("g").Handle(t.Context(), record("m", slog.Int("k", 1))); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if got := b.String(); got != tt.want+tt.want || b.Writes() != 2 {
			t.Errorf("%s: %d writes, got %q, want %q twice", tt.name, b.Writes(), got, tt.want)
		}
	}
}

// TestOwnFormatAroundItsWriter: a format may wrap the writer that it hands to ours, and must be obeyed.
func TestOwnFormatAroundItsWriter(t *testing.T) {
	var b testkit.Buffer
	h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{
		ErrorHandler: testkit.NoErrors(t),
		Format: func(w io.Writer, o *slog.HandlerOptions) slog.Handler {
			return slogx.Text(testkit.WriterFunc(func(p []byte) (int, error) {
				n, err := fmt.Fprintf(w, "<1>%s", p)
				return n - 3, err
			}), o)
		},
	}})
	handle(t, h, "m")
	if got := b.String(); got != "<1>level=INFO msg=m\n" {
		t.Errorf("got %q", got)
	}
}

// TestAttrsAreFormattedOnce: an attribute of WithAttrs is as it was then, whatever becomes of the value. A foreign format
// cannot promise that; see FormatOf.
func TestAttrsAreFormattedOnce(t *testing.T) {
	for _, f := range formats[:2] {
		var b testkit.Buffer
		base := slogx.NewStreamHandler(&b, &slogx.StreamOptions{
			Options: slogx.Options{Format: f.format, ErrorHandler: testkit.NoErrors(t)}, Timeout: patience,
		})
		value := map[string]int{"v": 1}
		list := []string{"one"}
		h := base.WithAttrs([]slog.Attr{slog.Any("map", value), slog.Group("g", "list", list)})
		handle(t, h, "m")
		value["v"], list[0] = 2, "two"
		runtime.GC()
		runtime.GC()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { handle(t, h, "m") })
		}
		wg.Wait()
		all := lines(b.String())
		for _, line := range all {
			if line != all[0] {
				t.Errorf("%s: first %q, later %q", f.name, all[0], line)
				break
			}
		}
	}
}

func TestNilOptions(t *testing.T) {
	for _, f := range []slogx.Format{slogx.JSON, slogx.Text, slogx.FormatOf(slog.NewJSONHandler)} {
		var b testkit.Buffer
		h := f(&b, nil)
		if h.Enabled(t.Context(), slog.LevelDebug) || !h.Enabled(t.Context(), slog.LevelInfo) {
			t.Error("the default level is not Info")
		}
		handle(t, h, "m")
		if b.Writes() != 1 {
			t.Errorf("%d writes", b.Writes())
		}
	}
}
