package queue

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// targetKind is where records go in the end, and a way to see what has come.
type targetKind struct {
	name string
	open func(t testing.TB, o slogx.Options) (h slog.Handler, written func() string)
}

var targetKinds = []targetKind{
	{"alone", func(_ testing.TB, o slogx.Options) (slog.Handler, func() string) {
		var b bytes.Buffer
		format := o.Format
		if format == nil {
			format = slogx.Text
		}
		return format(&b, &slog.HandlerOptions{Level: o.Level, AddSource: o.AddSource, ReplaceAttr: o.ReplaceAttr}), b.String
	}},
	{"Stream", func(_ testing.TB, o slogx.Options) (slog.Handler, func() string) {
		var b bytes.Buffer
		return slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: o}), b.String
	}},
	{"File", func(t testing.TB, o slogx.Options) (slog.Handler, func() string) {
		h := slogx.NewFileHandler(filepath.Join(t.TempDir(), "log"), &slogx.FileOptions{Options: o})
		t.Cleanup(func() { _ = h.Close() })
		return h, func() string { return read(t, h.Name()) }
	}},
	{"rotate", func(t testing.TB, o slogx.Options) (slog.Handler, func() string) {
		h := rotate.NewHandler(filepath.Join(t.TempDir(), "log"), &rotate.Options{Options: o, MaxBytes: 1 << 30, BackupCount: 1})
		t.Cleanup(func() { _ = h.Close() })
		return h, func() string { return read(t, h.Name()) }
	}},
	{"rotate, buffered", func(t testing.TB, o slogx.Options) (slog.Handler, func() string) {
		h := rotate.NewHandler(filepath.Join(t.TempDir(), "log"), &rotate.Options{Options: o, BufferSize: 1 << 20, FlushInterval: time.Hour})
		t.Cleanup(func() { _ = h.Close() })
		return h, func() string {
			must(t, h.Flush())
			return read(t, h.Name())
		}
	}},
	{"watched", func(t testing.TB, o slogx.Options) (slog.Handler, func() string) {
		h := rotate.NewWatchedHandler(filepath.Join(t.TempDir(), "log"), &rotate.WatchedOptions{Options: o})
		t.Cleanup(func() { _ = h.Close() })
		return h, func() string { return read(t, h.Name()) }
	}},
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// way is how records get to a target; through waits until they are there.
type way struct {
	name string
	open func(t testing.TB, target slog.Handler) (h slog.Handler, through func())
}

var ways = []way{
	{"Handler, Ring, Listener", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		return through(t, NewRing(1000, nil), target)
	}},
	{"Handler, Chan, Listener", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		return through(t, Chan(make(chan slog.Record, 1000)), target)
	}},
	{"Async", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		h := newAsync(t, target, AsyncOptions{})
		return h, func() { must(t, h.Close()) }
	}},
	{"Async of Async", func(t testing.TB, target slog.Handler) (slog.Handler, func()) {
		inner := newAsync(t, target, AsyncOptions{})
		h := newAsync(t, inner, AsyncOptions{})
		return h, func() { must(t, h.Close()); must(t, inner.Close()) }
	}},
}

func through(t testing.TB, q Queue, target slog.Handler) (slog.Handler, func()) {
	l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, target)
	must(t, l.Start())
	h := NewHandler(q, &Options{Options: slogx.Options{Level: slog.LevelDebug, ErrorHandler: testkit.NoErrors(t)}})
	return h, func() { stop(t, l) }
}

func TestSlogtest(t *testing.T) {
	for _, way := range ways {
		for _, kind := range targetKinds {
			t.Run(way.name+"/"+kind.name, func(t *testing.T) {
				var through func()
				var written func() string
				newHandler := func(t *testing.T) slog.Handler {
					var target, h slog.Handler
					target, written = kind.open(t, slogx.Options{Format: slogx.JSON, ErrorHandler: testkit.NoErrors(t)})
					h, through = way.open(t, target)
					return h
				}
				slogtest.Run(t, newHandler, func(t *testing.T) map[string]any {
					through()
					return testkit.ParseJSON(t, written())
				})
			})
		}
	}
}

// account has what a record may bring along: it resolves to a group with another LogValuer in it.
type account struct {
	name  string
	roles []string
}

func (a *account) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", a.name), slog.Any("role", &role{a}), slog.Any("all", a.roles))
}

type role struct{ of *account }

func (r *role) LogValue() slog.Value { return slog.StringValue(r.of.roles[0]) }

// counter prints itself, in its own way for each format.
type counter struct{ n int }

func (c *counter) String() string               { return fmt.Sprintf("counter %d", c.n) }
func (c *counter) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{"counter":%d}`, c.n), nil }

type failing struct{}

func (failing) MarshalText() ([]byte, error) { return nil, io.ErrUnexpectedEOF }

// logAll logs a bit of everything, and changes what it has logged afterwards. What is given to With it changes at the end
// only: slogx.FormatOf needs it for as long as that.
func logAll(h slog.Handler) {
	logger := slog.New(h)
	list, table := []int{1, 2, 3}, map[string]any{"a": 1, "b": []string{"x"}}
	who := &account{"ann", []string{"admin", "user"}}
	n := &counter{1}
	given, whose, m := []string{"given"}, &account{"bob", []string{"guest"}}, &counter{100}
	loggers := []*slog.Logger{
		logger, logger.With("a", 1, "who", whose), logger.WithGroup("g"), logger.WithGroup("empty").WithGroup("g"),
		logger.With("list", given).WithGroup("g").With("n", m, slog.Group("h", "time", time.Unix(1, 0).UTC())).WithGroup("i"),
		logger.With(slog.Group("", "inline", 1)).With(slog.Group("", "inline", 2)),
	}
	for i, logger := range loggers {
		list[0], n.n, who.name, who.roles[0] = 10*i, i, fmt.Sprint("ann ", i), fmt.Sprint("role ", i)
		table["a"] = i
		logger.Debug("debug is off, or not")
		logger.Info("plain")
		logger.Info("five", "string", "some\ntext \"quoted\"", "int", -1, "float", 1.5, "bool", true, "duration", time.Second)
		logger.Warn("nine", "1", 1, "2", 2, "3", 3, "4", 4, "5", 5, "6", 6, "7", 7, "8", 8, "9", 9)
		logger.Error("mutable", "list", list, "table", table, "n", n, "who", who, "struct", struct{ L []int }{list})
		logger.Error("errors", "err", fmt.Errorf("wrapped: %w", io.EOF), "failing", failing{}, "nil", nil)
		logger.Info("groups", slog.Group("x", "y", 1, slog.Group("z")), slog.Group("", "inline", who), "", "no key")
		logger.Log(noContext, slog.LevelError+3, "\x00\xff\u2028", "k\n=", "v")
	}
	given[0], whose.name, m.n, list[0] = "changed", "changed", -1, -1
}

// The bytes that come out are those that the target would have written at once, whatever it is and on whatever way.
func TestSameBytes(t *testing.T) {
	replace := func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case a.Key == "float":
			return slog.Attr{}
		case len(groups) > 1:
			return slog.String(strings.Join(append(groups, a.Key), "/"), a.Value.String())
		}
		return a
	}
	for name, o := range map[string]slogx.Options{
		"Text":        {Format: slogx.Text},
		"JSON":        {Format: slogx.JSON},
		"Debug":       {Format: slogx.JSON, Level: slog.LevelDebug, AddSource: true},
		"source":      {Format: slogx.Text, AddSource: true},
		"ReplaceAttr": {Format: slogx.JSON, ReplaceAttr: replace},
		"slog.JSON":   {Format: slogx.FormatOf(slog.NewJSONHandler), AddSource: true},
		"slog.Text":   {Format: slogx.FormatOf(slog.NewTextHandler), ReplaceAttr: replace},
	} {
		for _, kind := range targetKinds {
			o.ErrorHandler = testkit.NoErrors(t)
			direct, written := kind.open(t, o)
			logAll(stamped{direct})
			want := written()
			for _, way := range ways {
				target, written := kind.open(t, o)
				h, through := way.open(t, target)
				logAll(stamped{h})
				through()
				if got := written(); got != want {
					t.Errorf("%s, %s, %s:\n%s", name, kind.name, way.name, firstDifference(got, want))
				}
			}
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// stamped gives all records the same time.
type stamped struct{ slog.Handler }

func (h stamped) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)
	return h.Handler.Handle(ctx, r)
}
func (h stamped) WithAttrs(a []slog.Attr) slog.Handler { return stamped{h.Handler.WithAttrs(a)} }
func (h stamped) WithGroup(name string) slog.Handler   { return stamped{h.Handler.WithGroup(name)} }
