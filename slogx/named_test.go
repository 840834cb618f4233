package slogx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/slogtest"
	"time"
	"weak"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestNamed(t *testing.T) {
	for _, test := range []struct {
		name string
		log  func(root *slog.Logger)
		want string
	}{
		{"the root", func(l *slog.Logger) { l.Info("m", "a", 1) }, "msg=m a=1"},
		{"a child", func(l *slog.Logger) { slogx.Named(l, "db").Info("m", "a", 1) }, "msg=m logger=db a=1"},
		{"dots", func(l *slog.Logger) { slogx.Named(l, "db.pool").Info("m") }, "msg=m logger=db.pool"},
		{"a grandchild", func(l *slog.Logger) { slogx.Named(slogx.Named(l, "db"), "pool").Info("m") }, "msg=m logger=db.pool"},
		{"no name", func(l *slog.Logger) { slogx.Named(slogx.Named(l, "db"), "").Info("m") }, "msg=m logger=db"},
		{"With before", func(l *slog.Logger) {
			slogx.Named(slogx.Named(l.With("a", 1), "db").With("b", 2), "pool").With("c", 3).Info("m", "d", 4)
		}, "msg=m logger=db.pool a=1 b=2 c=3 d=4"},
		{"WithGroup before", func(l *slog.Logger) {
			slogx.Named(slogx.Named(l.WithGroup("g").With("a", 1), "db").WithGroup("h"), "pool").Info("m", "b", 2)
		}, "msg=m logger=db.pool g.a=1 g.h.b=2"},
	} {
		var levels slogx.Levels
		var b testkit.Buffer
		test.log(slog.New(levels.Handler(slogx.Text(&b, &slog.HandlerOptions{ReplaceAttr: onlyMsg}))))
		if got := strings.TrimSuffix(b.String(), "\n"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	l := slog.New(slogx.NewNullHandler())
	if slogx.Named(l, "") != l {
		t.Error("without a name, another logger")
	}
}

// TestNamedElsewhere: over other handlers Named is With and nothing more, except that names are put together.
func TestNamedElsewhere(t *testing.T) {
	var b testkit.Buffer
	l := slog.New(slogx.Text(&b, &slog.HandlerOptions{ReplaceAttr: onlyMsg, Level: slog.LevelWarn})).WithGroup("g")
	db := slogx.Named(l, "db").With("a", 1)
	db.Warn("m")
	slogx.Named(db, "pool").Warn("m")
	if got, want := b.String(), "msg=m g.logger=db g.a=1\nmsg=m g.logger=db.pool g.a=1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelWarn} {
		if db.Enabled(t.Context(), level) != l.Enabled(t.Context(), level) {
			t.Errorf("Enabled(%v) has changed", level)
		}
	}
}

func TestNamedReplaceAttr(t *testing.T) {
	for _, test := range []struct {
		key, want string
	}{{"name", "msg=m name=db a=1\n"}, {"", "msg=m a=1\n"}} {
		var levels slogx.Levels
		var b testkit.Buffer
		rename := func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slogx.LoggerKey {
				if a.Key = test.key; a.Key == "" {
					return slog.Attr{}
				}
			}
			return onlyMsg(groups, a)
		}
		h := slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{ReplaceAttr: rename}})
		slogx.Named(slog.New(levels.Handler(h)), "db").Info("m", "a", 1)
		if got := b.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestNamedLevels: all loggers that there are, however they were derived, see each change.
func TestNamedLevels(t *testing.T) {
	var levels slogx.Levels
	var b testkit.Buffer
	root := slog.New(levels.Handler(slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{Level: &levels}})))
	db := slogx.Named(root, "db")
	pool := slogx.Named(db, "pool")
	loggers := map[string][]*slog.Logger{
		"":        {root, root.With("a", 1), root.WithGroup("g")},
		"db":      {db, db.With("a", 1), db.WithGroup("g"), slogx.Named(root.WithGroup("g"), "db")},
		"db.pool": {pool, pool.WithGroup("g"), slogx.Named(db.With("a", 1), "pool"), slogx.Named(root, "db.pool")},
		"dbx":     {slogx.Named(root, "dbx")},
	}
	check := func() {
		t.Helper()
		for name, all := range loggers {
			for i, l := range all {
				for level := slog.LevelDebug - 2; level <= slog.LevelError+2; level++ {
					want := level >= levels.LevelOf(name)
					if got := l.Enabled(t.Context(), level); got != want {
						t.Errorf("at %q, logger %d of %q: Enabled(%v) = %v", &levels, i, name, level, got)
					}
					before := b.Writes()
					r := slog.NewRecord(time.Time{}, level, "m", 0)
					if err := l.Handler().Handle(t.Context(), r); err != nil { // without asking Enabled
						t.Error(err)
					}
					if got := b.Writes() > before; got != want {
						t.Errorf("at %q, logger %d of %q: handled at %v: %v", &levels, i, name, level, got)
					}
				}
			}
		}
	}
	check()
	for _, change := range []func(){
		func() { levels.Set("db", slog.LevelDebug) },
		func() { levels.Set("db.pool", slog.LevelError) },
		func() { levels.Set("", slog.LevelError+1) },
		func() { levels.Unset("db") },
		func() { levels.Set("db", slog.LevelWarn) },
		func() { levels.Unset("db.pool") },
		func() { _ = levels.UnmarshalText([]byte("warn,dbx=debug")) },
		func() { _ = levels.UnmarshalText(nil) },
	} {
		change()
		check()
	}
}

// TestNamedOverHigherSink: what the sink refuses no name can let pass.
func TestNamedOverHigherSink(t *testing.T) {
	levels := levelsOf(t, "debug,quiet=error")
	var b testkit.Buffer
	root := slog.New(levels.Handler(slogx.NewStreamHandler(&b, &slogx.StreamOptions{Options: slogx.Options{Level: slog.LevelWarn}})))
	for _, l := range []*slog.Logger{root, slogx.Named(root, "db"), slogx.Named(root, "quiet")} {
		l.Info("m")
		l.Warn("m")
	}
	if n := b.Writes(); n != 2 {
		t.Errorf("%d records, want 2: %s", n, b.String())
	}
}

func TestNamedSlogtest(t *testing.T) {
	for _, f := range formats[:4] {
		for name, derive := range map[string]func(slog.Handler) slog.Handler{
			"root":  func(h slog.Handler) slog.Handler { return new(slogx.Levels).Handler(h) },
			"child": func(h slog.Handler) slog.Handler { return namedHandler(new(slogx.Levels).Handler(h), "a.b") },
			"over":  func(h slog.Handler) slog.Handler { return namedHandler(namedHandler(h, "a"), "b") },
		} {
			t.Run(f.name+"/"+name, func(t *testing.T) {
				var b testkit.Buffer
				slogtest.Run(t, func(*testing.T) slog.Handler {
					b = testkit.Buffer{}
					return derive(f.format(&b, &slog.HandlerOptions{}))
				}, func(t *testing.T) map[string]any {
					if strings.HasSuffix(f.name, "JSON") {
						return testkit.ParseJSON(t, b.String())
					}
					return testkit.ParseText(t, b.String())
				})
			})
		}
	}
}

func namedHandler(h slog.Handler, name string) slog.Handler {
	return slogx.Named(slog.New(h), name).Handler()
}

func TestNamedDerive(t *testing.T) {
	var levels slogx.Levels
	stream := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	root := levels.Handler(stream)
	for _, h := range []slog.Handler{root, namedHandler(root, "db"), namedHandler(root, "db").WithGroup("g")} {
		if h.WithAttrs(nil) != h || h.WithAttrs([]slog.Attr{}) != h || h.WithGroup("") != h {
			t.Error("with nothing, another handler")
		}
		for _, d := range []slog.Handler{h.WithAttrs([]slog.Attr{slog.Int("a", 1)}), h.WithGroup("h")} {
			if d == h || reflect.TypeOf(d) != reflect.TypeOf(h) {
				t.Errorf("derived: %T", d)
			}
		}
		if got := slogx.Unwrap(h); len(got) != 1 || reflect.TypeOf(got[0]) != reflect.TypeOf(stream) {
			t.Errorf("Unwrap = %v", got)
		}
	}
	if err := slogx.Close(namedHandler(root, "db")); err != nil {
		t.Error(err)
	}
	if err := root.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("Handle after Close: %v", err)
	}
}

// TestNamedSiblings: children of one logger, at the same time, over a handler that overwrites what it is given.
func TestNamedSiblings(t *testing.T) {
	var levels slogx.Levels
	var b testkit.Buffer
	root := levels.Handler(&greedy{slogx.Text(&b, nil)})
	for i := range 5 {
		root = root.WithAttrs([]slog.Attr{slog.Int("base", i)}).WithGroup(fmt.Sprint("b", i))
	}
	var wg sync.WaitGroup
	const n = 20
	for i := range n {
		wg.Go(func() {
			mark := fmt.Sprint("mark", i)
			attrs := make([]slog.Attr, 1, 8)
			attrs[0] = slog.String("k", mark)
			h := root.WithAttrs(attrs)
			attrs[0] = slog.String("k", "stolen")
			_ = append(attrs, slog.String("more", "stolen"))
			h = namedHandler(namedHandler(h, mark).WithGroup(mark), "child")
			for range 5 {
				if err := h.Handle(t.Context(), record("m", slog.String("own", mark))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := lines(b.String())
	if len(all) != n*5 {
		t.Fatalf("%d lines, want %d", len(all), n*5)
	}
	for _, line := range all {
		mark, _, _ := strings.Cut(line[strings.Index(line, "mark"):], ".child")
		// base is an attribute of each of the first five groups.
		if strings.Count(line, mark) != 4 || strings.Count(line, "mark") != 4 || strings.Count(line, "base=") != 5 ||
			strings.Contains(line, "stolen") || strings.Contains(line, "overwritten") {
			t.Fatalf("attributes lost or changed: %s", line)
		}
	}
}

// greedy does with the slices that it is given what it likes.
type greedy struct{ slog.Handler }

func (g *greedy) WithAttrs(attrs []slog.Attr) slog.Handler {
	inner := g.Handler.WithAttrs(slices.Clone(attrs))
	for i := range attrs {
		attrs[i] = slog.String("overwritten", "yes")
	}
	_ = append(attrs, slog.String("overwritten", "yes"))
	return &greedy{inner}
}

func (g *greedy) WithGroup(name string) slog.Handler { return &greedy{g.Handler.WithGroup(name)} }

// TestNamedConcurrently: whoever has changed a level sees it in the next record, whatever others do meanwhile.
func TestNamedConcurrently(t *testing.T) {
	var levels slogx.Levels
	root := slog.New(levels.Handler(slogx.JSON(io.Discard, &slog.HandlerOptions{Level: &levels})))
	var stop atomic.Bool
	var others, wg sync.WaitGroup
	const n = 4
	loggers := make([]*slog.Logger, n)
	for i := range loggers {
		loggers[i] = slogx.Named(root, fmt.Sprint("own", i))
	}
	for range 2 {
		others.Go(func() {
			for !stop.Load() {
				for _, l := range loggers {
					l.Info("m")
					slogx.Named(l, "child").Debug("m")
				}
				levels.Set("other", slog.LevelDebug)
				_ = levels.String()
				levels.Unset("other")
			}
		})
	}
	for i, l := range loggers {
		wg.Go(func() {
			for range 500 {
				for _, level := range []slog.Level{slog.LevelDebug, slog.LevelError} {
					levels.Set(fmt.Sprint("own", i), level)
					if !l.Enabled(t.Context(), level) || l.Enabled(t.Context(), level-1) {
						t.Errorf("the level is not %v", level)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	others.Wait()
	if got, want := levels.String(), "own0=error,own1=error,own2=error,own3=error"; got != want {
		t.Errorf("the levels are %q, want %q", got, want)
	}
}

// TestNamedIsNotKept: loggers with names that come and go, such as one for each user, leave nothing behind.
func TestNamedIsNotKept(t *testing.T) {
	var levels slogx.Levels
	var kept []weak.Pointer[addsAttr]
	var wg sync.WaitGroup
	wg.Go(func() { // on a stack that is gone afterwards
		for i := range 50 {
			under := &addsAttr{slogx.Text(io.Discard, nil), "a"}
			kept = append(kept, weak.Make(under))
			l := slogx.Named(slog.New(levels.Handler(under)), fmt.Sprint("user", i))
			l.Info("m")
			levels.Set("user0", slog.LevelWarn)
			l.Info("m")
		}
	})
	wg.Wait()
	testkit.Eventually(t, "all being gone", func() bool {
		runtime.GC()
		return !slices.ContainsFunc(kept, func(p weak.Pointer[addsAttr]) bool { return p.Value() != nil })
	})
	runtime.KeepAlive(&levels)
}

func TestNamedAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	levels := levelsOf(t, "warn,db=info")
	root := slog.New(levels.Handler(slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: slogx.Options{Level: levels}})))
	db := slogx.Named(root, "db")
	for name, l := range map[string]*slog.Logger{"root": root, "db": db, "db.pool": slogx.Named(db, "pool").With("a", 1)} {
		got := testing.AllocsPerRun(100, func() {
			l.LogAttrs(context.Background(), slog.LevelError, "m", slog.Int("a", 1), slog.String("b", "2"))
			l.Debug("off")
			l.Info("m")
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkNamedEnabled(b *testing.B) {
	levels := levelsOf(b, "warn,db=info,db.pool.conn=error")
	sink := slogx.JSON(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})
	for _, bench := range []struct {
		name  string
		h     slog.Handler
		level slog.Level
	}{
		{"without", sink, slog.LevelDebug - 1},
		{"off", namedHandler(levels.Handler(sink), "db.pool"), slog.LevelDebug},
		{"on", namedHandler(levels.Handler(sink), "db.pool"), slog.LevelInfo},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				bench.h.Enabled(context.Background(), bench.level)
			}
		})
	}
}
