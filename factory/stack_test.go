package factory_test

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// stackOf returns the stack in the one record that do logs.
func stackOf(t *testing.T, do func(*slog.Logger)) []string {
	t.Helper()
	list, _ := loggedJSON(t, []factory.Layer{factory.Stack(nil)}, do)["stack"].([]any)
	stack := make([]string, len(list))
	for i, f := range list {
		stack[i] = f.(string)
	}
	return stack
}

// here stores the frame of its caller, as Stack writes it, and returns a message.
func here(frame *string) string {
	pc, file, line, _ := runtime.Caller(1)
	*frame = fmt.Sprintf("%s %s:%d", runtime.FuncForPC(pc).Name(), file, line)
	return "x"
}

func inlinedCall(l *slog.Logger) { l.Error("x") }

func helper(l *slog.Logger, msg string) {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	_ = l.Handler().Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelError, msg, pcs[0]))
}

// TestStack: the first frame is that of the log call, whatever is in between.
func TestStack(t *testing.T) {
	var want string
	for _, test := range []struct {
		name string
		do   func(*slog.Logger)
	}{
		{"Error", func(l *slog.Logger) { l.Error(here(&want)) }},
		{"Log", func(l *slog.Logger) { l.Log(t.Context(), slog.LevelError+1, here(&want)) }},
		{"LogAttrs", func(l *slog.Logger) { l.LogAttrs(t.Context(), slog.LevelError, here(&want), slog.Int("a", 1)) }},
		{"in a group", func(l *slog.Logger) { l.WithGroup("g").Error(here(&want), "a", 1) }},
		{"package log", func(l *slog.Logger) { slog.NewLogLogger(l.Handler(), slog.LevelError).Print(here(&want)) }},
		{"helper with a PC of its own", func(l *slog.Logger) { helper(l, here(&want)) }},
		{"under middleware", func(l *slog.Logger) {
			all := slogx.Filter(func(context.Context, slog.Record) bool { return true })
			slog.New(slogx.Fanout(all(l.Handler()))).Error(here(&want))
		}},
		{"inlined", func(l *slog.Logger) {
			want = reflect.TypeFor[keeper]().PkgPath() + ".inlinedCall "
			inlinedCall(l)
		}},
		{"no PC", func(l *slog.Logger) {
			_ = l.Handler().Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelError, here(&want), 0))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stack := stackOf(t, test.do)
			if len(stack) < 2 || !strings.HasPrefix(stack[0], want) {
				t.Fatalf("begins with %q, want %q", stack[:min(1, len(stack))], want)
			}
			if last := stack[len(stack)-1]; !strings.HasPrefix(last, "testing.tRunner ") {
				t.Errorf("ends with %q", last)
			}
		})
	}
}

// TestStackElsewhere: on another goroutine only the log call is known.
func TestStackElsewhere(t *testing.T) {
	var want string
	stack := stackOf(t, func(l *slog.Logger) {
		var kept slog.Record
		slog.New(keeper{r: &kept}).Error(here(&want))
		done := make(chan error)
		go func() { done <- l.Handler().Handle(t.Context(), kept) }()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if len(stack) != 1 || stack[0] != want {
		t.Errorf("got %q, want %q", stack, want)
	}
}

// keeper is a handler that keeps the record.
type keeper struct {
	r    *slog.Record
	done func()
}

func (k keeper) Enabled(context.Context, slog.Level) bool { return true }
func (k keeper) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k keeper) WithGroup(string) slog.Handler            { return k }

func (k keeper) Handle(_ context.Context, r slog.Record) error {
	*k.r = r.Clone()
	if k.done != nil {
		k.done()
	}
	return nil
}

// TestStackOfHandlers: a record without PC that comes out of a queue, say, has no stack.
func TestStackOfHandlers(t *testing.T) {
	var kept slog.Record
	done := make(chan struct{})
	h := factory.New(keeper{&kept, func() { close(done) }}, factory.Stack(nil))
	go h.Handle(t.Context(), readyRecord(slog.LevelError)) //nolint:errcheck // keeper has none
	<-done
	kept.Attrs(func(a slog.Attr) bool {
		t.Errorf("got %v", a)
		return true
	})
}

func TestStackDeep(t *testing.T) {
	var recurse func(l *slog.Logger, n int)
	recurse = func(l *slog.Logger, n int) {
		if n == 0 {
			l.Error("x")
			return
		}
		recurse(l, n-1)
	}
	for _, depth := range []int{80, 2000} {
		stack := stackOf(t, func(l *slog.Logger) { recurse(l, depth) })
		if len(stack) != 65 || stack[64] != "..." {
			t.Errorf("%d calls: %d frames, the last is %q", depth, len(stack), stack[len(stack)-1])
		}
	}
}

func TestStackLevel(t *testing.T) {
	var level slog.LevelVar
	for _, test := range []struct {
		layer  factory.Layer
		least  slog.Level
		change slog.Level
	}{
		{factory.Stack(nil), slog.LevelError, 0},
		{factory.Stack(slog.LevelWarn), slog.LevelWarn, 0},
		{factory.Stack(&level), slog.LevelDebug, slog.LevelDebug},
	} {
		level.Set(test.change)
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			if got := apply(t.Context(), test.layer, readyRecord(l)); (len(got) == 1) != (l >= test.least) {
				t.Errorf("from %v: %v has %v", test.least, l, got)
			}
		}
	}
	l := factory.Stack(nil)
	wantAllocs(t, "below the level", 0, func() { l.Factory(t.Context(), slog.Record{}) })
}

// TestStackForms: a list in JSON, one string in text.
func TestStackForms(t *testing.T) {
	for _, f := range readyFormats {
		line := logged(t, f.format, []factory.Layer{factory.Stack(nil)}, func(l *slog.Logger) { l.Error("x") })
		list, text := strings.Contains(line, `"stack":["`), strings.Contains(line, ` stack="`)
		if strings.Count(line, "\n") != 1 || list == text || strings.Contains(f.name, "Text") != text {
			t.Errorf("%s: %s", f.name, line)
		}
		if text && !strings.Contains(line, "; testing.tRunner ") {
			t.Errorf("%s: %s", f.name, line)
		}
	}
}
