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

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

var policies = []struct {
	name   string
	policy slogx.Duplicates
}{{"First", slogx.First}, {"Last", slogx.Last}, {"Rename", slogx.Rename}}

// onlyMsg drops time and level.
func onlyMsg(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// valuerOf is a LogValuer.
func valuerOf(v slog.Value) testkit.ValuerFunc { return func() slog.Value { return v } }

func TestDedup(t *testing.T) {
	for _, test := range []struct {
		name                string
		log                 func(l *slog.Logger)
		first, last, rename string // "": as the one before; what follows msg
	}{
		{
			"nothing twice", func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("a", 2).Info("", "b", 3) },
			`"a":1,"g":{"a":2,"b":3}`, "", "",
		},
		{
			"in the record", func(l *slog.Logger) { l.Info("", "a", 1, "b", 2, "a", 3, "a", 4) },
			`"a":1,"b":2`, `"b":2,"a":4`, `"a":1,"b":2,"a#2":3,"a#3":4`,
		},
		{
			"with, and the record", func(l *slog.Logger) { l.With("a", 1, "b", 2).Info("", "c", 3, "a", 4) },
			`"a":1,"b":2,"c":3`, `"b":2,"c":3,"a":4`, `"a":1,"b":2,"c":3,"a#2":4`,
		},
		{
			"with twice", func(l *slog.Logger) { l.With("a", 1).With("b", 2).With("a", 3, "c", 4).Info("", "d", 5) },
			`"a":1,"b":2,"c":4,"d":5`, `"b":2,"a":3,"c":4,"d":5`, `"a":1,"b":2,"a#2":3,"c":4,"d":5`,
		},
		{
			"in an open group", func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("a", 2).Info("", "a", 3) },
			`"a":1,"g":{"a":2}`, `"a":1,"g":{"a":3}`, `"a":1,"g":{"a":2,"a#2":3}`,
		},
		{
			"inside a group", func(l *slog.Logger) { l.Info("", slog.Group("g", "a", 1, "a", 2), "a", 3) },
			`"g":{"a":1},"a":3`, `"g":{"a":2},"a":3`, `"g":{"a":1,"a#2":2},"a":3`,
		},
		{
			"a name that is taken is skipped", func(l *slog.Logger) { l.Info("", "a", 1, "a#2", 2, "a", 3, "a", 4) },
			`"a":1,"a#2":2`, `"a#2":2,"a":4`, `"a":1,"a#2":2,"a#3":3,"a#4":4`,
		},
		{
			"a name that was made is taken", func(l *slog.Logger) { l.With("a", 1).With("a", 2).Info("", "a#2", 3, "a", 4) },
			`"a":1,"a#2":3`, `"a#2":3,"a":4`, `"a":1,"a#2":2,"a#2#2":3,"a#3":4`,
		},
		{
			"an empty key", func(l *slog.Logger) { l.With("", 1).Info("", "", 2) },
			`"":1`, `"":2`, `"":1,"#2":2`,
		},

		{
			"built-ins", func(l *slog.Logger) { l.Info("", "msg", 1, "time", 2, "level", 3, "source", 4, "a", 5) },
			`"msg#2":1,"time#2":2,"level#2":3,"source#2":4,"a":5`, "", "",
		},
		{
			"built-ins twice", func(l *slog.Logger) { l.With("msg", 1).Info("", "msg", 2, "msg#2", 3) },
			`"msg#2":1`, `"msg#2":3`, `"msg#2":1,"msg#3":2,"msg#2#2":3`,
		},
		{
			"built-ins in groups", func(l *slog.Logger) {
				l.With(slog.Group("g", "msg", 1)).WithGroup("h").With("time", 2).Info("", "level", 3)
			}, `"g":{"msg":1},"h":{"time":2,"level":3}`, "", "",
		},
		{
			"built-ins inline", func(l *slog.Logger) { l.Info("", slog.Group("", "msg", 1)) },
			`"msg#2":1`, "", "",
		},
		{
			"groups called like built-ins", func(l *slog.Logger) {
				l.With(slog.Group("msg", "a", 1)).WithGroup("msg").Info("", "b", 2)
			}, `"msg#2":{"a":1,"b":2}`, "", "",
		},

		{
			"inline groups", func(l *slog.Logger) { // they must not replace each other
				l.With(slog.Group("", "a", 1)).With(slog.Group("", "b", 2)).Info("", slog.Group("", "c", 3))
			}, `"a":1,"b":2,"c":3`, "", "",
		},
		{
			"in inline groups", func(l *slog.Logger) {
				l.With(slog.Group("", "a", 1)).Info("", slog.Group("", "b", 2, slog.Group("", "a", 3, "b", 4)))
			},
			`"a":1,"b":2`, `"a":3,"b":4`, `"a":1,"b":2,"a#2":3,"b#2":4`,
		},
		{
			"groups become one", func(l *slog.Logger) {
				l.With(slog.Group("g", "a", 1, slog.Group("h", "x", 2)), "b", 3).
					Info("", slog.Group("g", "c", 4, slog.Group("h", "y", 5)), "d", 6)
			}, `"b":3,"g":{"a":1,"c":4,"h":{"x":2,"y":5}},"d":6`, "", "",
		},
		{
			"with duplicates in them", func(l *slog.Logger) {
				l.With(slog.Group("g", "a", 1)).With(slog.Group("g", "a", 2)).Info("", slog.Group("g", "a", 3))
			}, `"g":{"a":1}`, `"g":{"a":3}`, `"g":{"a":1,"a#2":2,"a#3":3}`,
		},
		{
			"WithGroup goes on with a group", func(l *slog.Logger) {
				l.With("a", 1, slog.Group("g", "a", 2), "b", 3).WithGroup("g").With("c", 4).Info("", "a", 5)
			}, `"a":1,"b":3,"g":{"a":2,"c":4}`, `"a":1,"b":3,"g":{"c":4,"a":5}`, `"a":1,"b":3,"g":{"a":2,"c":4,"a#2":5}`,
		},
		{
			"down to the third", func(l *slog.Logger) {
				l.With(slog.Group("g", slog.Group("h", "a", 1))).WithGroup("g").WithGroup("h").Info("", "b", 2)
			}, `"g":{"h":{"a":1,"b":2}}`, "", "",
		},
		{
			"a group and a value", func(l *slog.Logger) { l.With("g", 1).Info("", slog.Group("g", "a", 2), slog.Group("g", "b", 3)) },
			`"g":1`, `"g":{"a":2,"b":3}`, `"g":1,"g#2":{"a":2},"g#3":{"b":3}`,
		},
		{
			"a value and a group", func(l *slog.Logger) { l.With(slog.Group("g", "a", 1)).Info("", "g", 2, slog.Group("g", "b", 3)) },
			`"g":{"a":1,"b":3}`, `"g":{"b":3}`, `"g#2":2,"g":{"a":1,"b":3}`,
		},
		{
			"an open group and a value", func(l *slog.Logger) { l.With("g", 1).WithGroup("g").Info("", "a", 2) },
			`"g":1,"g#2":{"a":2}`, "", "",
		},
		{
			"an open group without attributes", func(l *slog.Logger) { l.With("g", 1).WithGroup("g").WithGroup("h").Info("") },
			`"g":1`, "", "",
		},
		{
			"an open group and a value that is out already", func(l *slog.Logger) {
				l.With(slog.Group("g", "a", 1), "g", 2).WithGroup("g").Info("", "b", 3)
			}, `"g":{"a":1,"b":3}`, `"g":2,"g#2":{"b":3}`, `"g#2":2,"g":{"a":1,"b":3}`,
		},
		{
			"what is empty does not count", func(l *slog.Logger) {
				l.With("a", 1, slog.Attr{}, slog.Group("a")).Info("", slog.Group("a", slog.Group("b"), slog.Attr{}),
					"a", valuerOf(slog.GroupValue()), slog.Attr{}, slog.Group("a", "x", valuerOf(slog.GroupValue())))
			}, `"a":1`, "", "",
		},
		{
			"LogValuers", func(l *slog.Logger) {
				l.With("a", valuerOf(slog.IntValue(1))).Info("", "a", valuerOf(slog.AnyValue(valuerOf(slog.IntValue(2)))))
			}, `"a":1`, `"a":2`, `"a":1,"a#2":2`,
		},
		{
			"LogValuers of groups", func(l *slog.Logger) {
				g := slog.GroupValue(slog.Int("a", 1), slog.Any("a", valuerOf(slog.IntValue(2))))
				l.With(slog.Group("g", "b", 3)).Info("", "g", valuerOf(g), "", valuerOf(g))
			}, `"g":{"b":3,"a":1},"a":1`, `"g":{"b":3,"a":2},"a":2`, `"g":{"b":3,"a":1,"a#2":2},"a":1,"a#2":2`,
		},
	} {
		want := []string{test.first, test.last, test.rename}
		for i, p := range policies {
			if want[i] == "" {
				want[i] = want[i-1]
			}
			for _, format := range []slogx.Format{slogx.JSON, slogx.FormatOf(slog.NewJSONHandler)} {
				var b testkit.Buffer
				h := format(&b, &slog.HandlerOptions{ReplaceAttr: onlyMsg})
				test.log(slog.New(slogx.Dedup(p.policy)(h)))
				if got, want := b.String(), `{"msg":"",`+want[i]+"}\n"; got != want {
					t.Errorf("%s, %s:\ngot  %swant %s", test.name, p.name, got, want)
				}
			}
		}
	}
}

func TestDedupBuiltIns(t *testing.T) {
	rename := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.MessageKey {
			a.Key = "message"
		}
		return onlyMsg(groups, a)
	}
	var b testkit.Buffer
	names := []string{"message", "msg", "message#2"}
	mw := slogx.Dedup(slogx.First, names...)
	names[0] = "stolen"
	slog.New(mw(slogx.JSON(&b, &slog.HandlerOptions{ReplaceAttr: rename}))).Info("m", "message", 1, "source", 2, "stolen", 3)
	if got, want := b.String(), `{"message":"m","message#2#2":1,"source":2,"stolen":3}`+"\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestDedupSlogtest(t *testing.T) {
	for _, f := range formats[:4] {
		for _, p := range policies {
			t.Run(f.name+"/"+p.name, func(t *testing.T) {
				var b testkit.Buffer
				slogtest.Run(t, func(*testing.T) slog.Handler {
					b = testkit.Buffer{}
					return slogx.Dedup(p.policy)(f.format(&b, &slog.HandlerOptions{}))
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

// TestDedupKeepsTheRest: what a record has besides attributes is not lost when it is put together anew.
func TestDedupKeepsTheRest(t *testing.T) {
	var plain, b testkit.Buffer
	opts := &slog.HandlerOptions{AddSource: true}
	r := slog.NewRecord(time.Date(2026, 3, 29, 12, 34, 56, 789, time.UTC), slog.LevelWarn, "m", pc())
	r.AddAttrs(slog.Int("a", 1))
	if err := slogx.JSON(&plain, opts).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.AddAttrs(slog.Int("a", 1))
	if err := slogx.Dedup(slogx.Last)(slogx.JSON(&b, opts)).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if b.String() != plain.String() || !strings.Contains(b.String(), "dedup_test.go") {
		t.Errorf("got %swant %s", b.String(), plain.String())
	}
}

func pc() uintptr {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return pcs[0]
}

// TestDedupReplaceAttr is told the same groups, whether a record is put together anew or not.
func TestDedupReplaceAttr(t *testing.T) {
	for _, p := range policies {
		seen := map[string][]string{}
		h := slogx.Dedup(p.policy)(slogx.JSON(io.Discard, &slog.HandlerOptions{
			ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if a.Key == "x" {
					seen[a.Value.String()] = slices.Clone(groups)
				}
				return a
			},
		}))
		l := slog.New(h).WithGroup("g").With("a", 1).WithGroup("h").With(slog.Group("i", "x", "with"))
		l.Info("m", slog.Group("j", "x", "record"), "x", "alone")
		l.Info("m", slog.Group("j", "x", "record of two"), "b", 1, "b", 2)
		want := map[string][]string{
			"with": {"g", "h", "i"}, "record": {"g", "h", "j"}, "alone": {"g", "h"}, "record of two": {"g", "h", "j"},
		}
		if !reflect.DeepEqual(seen, want) {
			t.Errorf("%s: got %v, want %v", p.name, seen, want)
		}
	}
}

// counted counts how often it is formatted.
type counted struct{ n *atomic.Int32 }

func (c counted) MarshalJSON() ([]byte, error) {
	c.n.Add(1)
	return []byte("1"), nil
}

// TestDedupKeepsPreformatted: attributes of With are formatted when they are given, and then once for each record that
// has duplicates.
func TestDedupKeepsPreformatted(t *testing.T) {
	var before, within, resolved atomic.Int32
	l := slog.New(slogx.Dedup(slogx.Last)(slogx.JSON(io.Discard, nil)))
	l = l.With("a", counted{&before}).With("b", 1).WithGroup("g").With("c", counted{&within}).With("d", 2)
	check := func(what string, wantBefore, wantWithin int32) {
		t.Helper()
		if b, w := before.Load(), within.Load(); b != wantBefore || w != wantWithin {
			t.Errorf("%s: formatted %d and %d times, want %d and %d", what, b, w, wantBefore, wantWithin)
		}
	}
	check("With", 1, 1)
	v := testkit.ValuerFunc(func() slog.Value {
		resolved.Add(1)
		return slog.IntValue(1)
	})
	l.Info("m", "a", 1, "b", 2, slog.Group("x", "c", 3), "y", v, slog.Group("", "z", 4), slog.Group("w", "v", v))
	check("no duplicates", 1, 1)
	l.Info("m", "y", v, "d", v)
	check("duplicates", 1, 2)
	l.With("d", 3).Info("m")
	check("With of a duplicate", 1, 3)
	if n := resolved.Load(); n != 4 {
		t.Errorf("LogValue was called %d times, want 4", n)
	}
}

// TestDedupLogValuerPanics: as with log/slog, the panic is the value.
func TestDedupLogValuerPanics(t *testing.T) {
	bad := testkit.ValuerFunc(func() slog.Value { panic(errBoom) })
	for _, p := range policies {
		var b testkit.Buffer
		l := slog.New(slogx.Dedup(p.policy)(slogx.JSON(&b, nil)))
		l.With("bad", bad).Info("m", slog.Group("g", "bad", bad), "good", 1, "good", 1)
		m := testkit.ParseJSON(t, b.String())
		inner, _ := m["g"].(map[string]any)
		for _, v := range []any{m["bad"], inner["bad"]} {
			if s, _ := v.(string); !strings.HasPrefix(s, "LogValue panicked") {
				t.Errorf("%s: %v", p.name, v)
			}
		}
		if m["good"] != 1.0 {
			t.Errorf("%s: %v", p.name, m)
		}
	}
}

// TestDedupMany goes beyond the number of keys that are compared one by one.
func TestDedupMany(t *testing.T) {
	const n = 3000
	for _, p := range policies {
		var same, different, groups []slog.Attr
		for i := range n {
			same = append(same, slog.Int("k", i))
			different = append(different, slog.Int(fmt.Sprint("k", i), i))
			groups = append(groups, slog.Group("g", "k", i))
		}
		for _, test := range []struct {
			name  string
			attrs []slog.Attr
			want  map[slogx.Duplicates]int // keys
		}{
			{"same", same, map[slogx.Duplicates]int{slogx.First: 1, slogx.Last: 1, slogx.Rename: n}},
			{"different", different, map[slogx.Duplicates]int{slogx.First: n, slogx.Last: n, slogx.Rename: n}},
			{
				"different twice", slices.Concat(different, different),
				map[slogx.Duplicates]int{slogx.First: n, slogx.Last: n, slogx.Rename: 2 * n},
			},
			{"groups", groups, map[slogx.Duplicates]int{slogx.First: 1, slogx.Last: 1, slogx.Rename: n}},
		} {
			var b testkit.Buffer
			h := slogx.Dedup(p.policy)(slogx.JSON(&b, &slog.HandlerOptions{ReplaceAttr: onlyMsg})).WithGroup("all")
			if err := h.Handle(t.Context(), record("m", test.attrs...)); err != nil {
				t.Fatal(err)
			}
			if err := h.WithAttrs(test.attrs).Handle(t.Context(), record("m")); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				all, _ := testkit.ParseJSON(t, line)["all"].(map[string]any)
				if g, ok := all["g"].(map[string]any); ok && test.name == "groups" {
					all = g
				}
				if got, want := len(all), test.want[p.policy]; got != want {
					t.Errorf("%s, %s: %d keys, want %d", p.name, test.name, got, want)
				}
			}
		}
	}
}

// TestDedupSiblings: handlers derived of one, at the same time, over a handler that overwrites what it is given.
func TestDedupSiblings(t *testing.T) {
	for _, p := range policies {
		var b testkit.Buffer
		h := slogx.Dedup(p.policy)(&greedy{slogx.JSON(&b, nil)})
		for i := range 5 {
			h = h.WithAttrs([]slog.Attr{slog.Int("base", i), slog.Group("g", slog.Int("base", i))})
		}
		shared := make([]slog.Attr, 1, 8) // of all goroutines, in a group and in a record
		shared[0] = slog.String("shared", "as it was")
		base := record("m", slog.Int("1", 1), slog.Int("2", 2), slog.Int("3", 3), slog.Int("4", 4), slog.Int("5", 5), slog.Int("6", 6))
		var wg sync.WaitGroup
		const n = 20
		for i := range n {
			wg.Go(func() {
				mark := fmt.Sprint("mark", i)
				attrs := make([]slog.Attr, 2, 8)
				attrs[0], attrs[1] = slog.String("k", mark), slog.Attr{Key: "g", Value: slog.GroupValue(shared...)}
				derived := h.WithAttrs(attrs)
				attrs[0] = slog.String("k", "stolen")
				_ = append(attrs, slog.String("more", "stolen"))
				if i%2 == 0 {
					derived = derived.WithGroup("g").WithAttrs([]slog.Attr{slog.String("k", mark)})
				}
				r := base.Clone()
				r.AddAttrs(slog.String("own", mark), slog.String("own", mark))
				for range 5 {
					for _, r := range []slog.Record{base, r} {
						if err := derived.Handle(t.Context(), r); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		all := lines(b.String())
		if len(all) != n*5*2 {
			t.Fatalf("%s: %d lines, want %d", p.name, len(all), n*5*2)
		}
		for _, line := range all {
			marks := strings.Split(line, `"mark`)[1:]
			for _, m := range marks {
				if m[:strings.IndexByte(m, '"')] != marks[0][:strings.IndexByte(marks[0], '"')] {
					t.Fatalf("%s: a sibling's attributes: %s", p.name, line)
				}
			}
			if len(marks) == 0 || !strings.Contains(line, "as it was") || strings.Contains(line, "stolen") ||
				strings.Contains(line, "overwritten") || strings.Contains(line, "!BUG") {
				t.Fatalf("%s: %s", p.name, line)
			}
		}
		if shared[0].Key != "shared" || base.NumAttrs() != 6 {
			t.Errorf("%s: what was given has changed: %v, %d attributes", p.name, shared, base.NumAttrs())
		}
	}
}

func TestDedupDerive(t *testing.T) {
	stream := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	h := slogx.Dedup(slogx.First)(stream)
	for _, h := range []slog.Handler{h, h.WithAttrs([]slog.Attr{slog.Int("a", 1)}), h.WithGroup("g")} {
		if h.WithAttrs(nil) != h || h.WithAttrs([]slog.Attr{slog.Group("g")}) != h || h.WithGroup("") != h {
			t.Error("with nothing, another handler")
		}
		if d := h.WithGroup("h"); d == h || reflect.TypeOf(d) != reflect.TypeOf(h) {
			t.Errorf("derived: %T", d)
		}
		if h.Enabled(t.Context(), slog.LevelDebug) || !h.Enabled(t.Context(), slog.LevelInfo) {
			t.Error("Enabled is not that of the handler beneath")
		}
		if got := slogx.Unwrap(h); len(got) != 1 || reflect.TypeOf(got[0]) != reflect.TypeOf(stream) {
			t.Errorf("Unwrap = %v", got)
		}
	}
	if err := slogx.Close(h.WithGroup("g")); err != nil {
		t.Error(err)
	}
	for _, r := range []slog.Record{record("m"), record("m", slog.Int("a", 1), slog.Int("a", 2))} {
		if err := h.Handle(t.Context(), r); !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("Handle after Close: %v", err)
		}
	}
}

func TestDedupAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Group("url", "path", "/", "query", ""), slog.Group("", "cached", true),
		slog.Any("took", valuerOf(slog.DurationValue(time.Second))), slog.Int("status", 200),
	}
	h := slogx.Dedup(slogx.Rename)(slogx.JSON(io.Discard, nil))
	var long []slog.Attr
	for i := range 50 {
		long = append(long, slog.Int(fmt.Sprint("k", i), i))
	}
	for name, h := range map[string]slog.Handler{
		"plain": h, "With": h.WithAttrs([]slog.Attr{slog.Int("a", 1), slog.Int("a", 2)}), "With(50)": h.WithAttrs(long),
		"WithGroup": h.WithGroup("g").WithAttrs(long[:5]),
	} {
		logger := slog.New(h)
		for n := range len(attrs) + 1 {
			got := testing.AllocsPerRun(100, func() {
				logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", attrs[:n]...)
			})
			if got != 0 {
				t.Errorf("%s, %d attributes: %v allocations", name, n, got)
			}
		}
	}
}

func BenchmarkDedup(b *testing.B) {
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", time.Millisecond),
		slog.Bool("cached", true), slog.Time("started", time.Unix(1e9, 0).UTC()),
	}
	plain := slogx.JSON(io.Discard, nil).WithAttrs([]slog.Attr{slog.String("service", "shop"), slog.String("region", "nz")})
	keep := slogx.Filter(func(context.Context, slog.Record) bool { return true })
	h := slogx.Dedup(slogx.First)(plain)
	for _, bench := range []struct {
		name string
		h    slog.Handler
	}{
		{"without", plain}, {"Filter", keep(plain)}, {"no duplicates", h}, {"a duplicate", h.WithAttrs(attrs[:1])},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			r := record("request served", attrs...)
			for b.Loop() {
				_ = bench.h.Handle(context.Background(), r)
			}
		})
	}
}
