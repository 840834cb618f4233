package factory_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// chain wraps the Factory that is installed, as Python's libraries do.
func chain(attrs ...slog.Attr) {
	old := factory.Get()
	factory.Set(func(ctx context.Context, r slog.Record) slog.Record {
		r = old(ctx, r)
		r.AddAttrs(attrs...)
		return r
	})
}

// TestGlobal is Python's pattern: get, wrap, set.
func TestGlobal(t *testing.T) {
	defer factory.Set(nil)
	check := func(name, want string) {
		t.Helper()
		if got := jsonOf(t, factory.Global, n); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	check("default", `"n":1`)
	chain(slog.Int("one", 1))
	check("one", `"n":1,"one":1`)
	chain(slog.Int("two", 2))
	check("two", `"n":1,"one":1,"two":2`)
	factory.Set(func(_ context.Context, r slog.Record) slog.Record {
		r.Message += "!"
		return r
	})
	check("message", `{"level":"INFO","msg":"m!","n":1`)
	factory.Set(factory.Attrs(slog.Int("ours", 1)))
	check("Attrs", `"n":1,"ours":1`)
	factory.Set(fromContext(slog.Int("ours", 1)))
	check("FromContext", `"n":1,"ours":1`)
	factory.Set(nil)
	check("default again", `"n":1`)
}

// TestGlobalOfOld: a Handler that Global has made before is under the Factory that is installed now, and so are those
// derived from it. The attributes are at the root.
func TestGlobalOfOld(t *testing.T) {
	defer factory.Set(nil)
	a := newArchive()
	h := factory.Global(factory.New(a, one("b", fromContext(slog.Int("b", 2))))).WithAttrs([]slog.Attr{n})
	chain(slog.Int("one", 1), slog.Int("b", 2))
	if err := h.Handle(t.Context(), record("m", k)); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(attrsOf((*a.kept)[0].Record)); got != "[k=old one=1 b=2]" {
		t.Errorf("got %s", got)
	}
	got := jsonOf(t, func(h slog.Handler) slog.Handler { return factory.Global(h).WithGroup("g") }, n)
	if want := `"g":{"n":1},"one":1,"b":2`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestGet: there is always a Factory, and it can be called.
func TestGet(t *testing.T) {
	for range 2 {
		factory.Set(nil)
		if got := factory.Get()(t.Context(), record("m", k)); got.Message != "m" || keysOf(attrsOf(got)) != "k" {
			t.Errorf("got %v", got)
		}
	}
}

// TestGlobalSwapped logs through a chain while Factories are swapped. Each record has the attributes of one of them, whole.
func TestGlobalSwapped(t *testing.T) {
	defer factory.Set(nil)
	var written lineWriter
	layers := chained(4, "Attrs", "FromContext", "function", "ReplaceAttr")
	h := factory.New(factory.Global(slogx.JSON(&written, nil)), layers...)
	pair := func(i int) factory.Factory { return addAttrs(slog.Int("first", i), slog.Int("second", i)) }
	const loggers, records = 4, 300

	var logging, swapping sync.WaitGroup
	stop := make(chan struct{})
	swapping.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			switch i % 3 {
			case 0:
				factory.Set(pair(i))
			case 1:
				factory.Set(factory.Get())
			case 2:
				factory.Set(nil)
			}
		}
	})
	for g := range loggers {
		logging.Go(func() {
			logger := slog.New(h).With("goroutine", g)
			for i := range records {
				logger.WithGroup("g").Info("m", "i", i, "first", "the record's")
			}
		})
	}
	logging.Wait()
	close(stop)
	swapping.Wait()

	if len(written.lines) != loggers*records {
		t.Fatalf("%d records", len(written.lines))
	}
	for _, line := range written.lines {
		m := parse(t, line)
		if m["first"] != m["second"] || m["g"].(map[string]any)["first"] != "the record's" || m["injected2"] != 2.0 {
			t.Errorf("got %s", line)
		}
	}
}
