package factory_test

import (
	"bytes"
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestFactoryControlsAll: message, level, time and source are a Factory's to change, and later ones see it.
func TestFactoryControlsAll(t *testing.T) {
	var buf bytes.Buffer
	pc, _, _, _ := runtime.Caller(0)
	change := one("change", func(_ context.Context, r slog.Record) slog.Record {
		r.Message = "changed " + r.Message
		r.Level++
		r.Time = time.Date(2026, time.March, 29, 12, 34, 56, 0, time.UTC)
		r.PC = pc
		return r
	})
	sees := one("sees", func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(slog.String("seen", r.Message), slog.Any("level.seen", r.Level))
		return r
	})
	for _, h := range []slog.Handler{
		slogx.JSON(&buf, &slog.HandlerOptions{AddSource: true}), slog.NewJSONHandler(&buf, &slog.HandlerOptions{AddSource: true}),
	} {
		buf.Reset()
		logger := slog.New(factory.New(h, change, sees, change))
		logger.WithGroup("g").Info("m", "k", "v")
		m := parse(t, buf.String())
		source := m["source"].(map[string]any)
		delete(m, "source")
		if !strings.HasSuffix(source["function"].(string), ".TestFactoryControlsAll") {
			t.Errorf("source %v", source)
		}
		want := `{"time":"2026-03-29T12:34:56Z","level":"INFO+2","msg":"changed changed m",` +
			`"g":{"k":"v"},"seen":"changed m","level.seen":"INFO+1"}` + "\n"
		if !reflect.DeepEqual(m, parse(t, want)) {
			t.Errorf("got %s", &buf)
		}
	}
}

// TestFactoryChangesLevel: the next handler is asked again, with the new level.
func TestFactoryChangesLevel(t *testing.T) {
	var told complaints
	for _, test := range []struct {
		level slog.Level
		want  string
	}{
		{slog.LevelDebug, ""},
		{slog.LevelError, "level=ERROR msg=m k=new\n"},
	} {
		var buf bytes.Buffer
		h := factory.New(slogx.Text(&buf, nil),
			factory.Layer{Name: "x", Factory: fromContext(k), ErrorHandler: told.Handle},
			one("level", func(_ context.Context, r slog.Record) slog.Record {
				r.Level = test.level
				return r
			}))
		if err := h.Handle(t.Context(), record("m", same)); err != nil {
			t.Error(err)
		}
		if buf.String() != test.want {
			t.Errorf("got %q, want %q", &buf, test.want)
		}
		if lost := len(told.Take()) == 1; lost != (test.want != "") {
			t.Error("a record that is dropped has lost no attribute")
		}
	}
}

// TestFactorySees: a Factory sees the record as the layers before it left it, which includes what they have replaced,
// renamed or left out, and nothing of logger.With.
func TestFactorySees(t *testing.T) {
	sees := func(name string) factory.Layer {
		return one(name, func(_ context.Context, r slog.Record) slog.Record {
			var seen []string
			for _, a := range attrsOf(r) {
				seen = append(seen, a.String())
			}
			r.AddAttrs(slog.Any(name, seen))
			return r
		})
	}
	policy := func(name string, c factory.Collision, by func(...slog.Attr) factory.Factory) factory.Layer {
		return factory.Layer{Name: name, Factory: by(same), OnCollision: c, ErrorHandler: slogx.IgnoreErrors}
	}
	for _, kind := range kinds {
		for _, test := range []struct {
			policy factory.Collision
			record []slog.Attr
			want   string
		}{
			{factory.Keep, nil, `[k=new]`},
			{factory.Keep, []slog.Attr{k}, `[k=old]`},
			{factory.Reject, []slog.Attr{k}, `[k=old]`},
			{factory.Rename, []slog.Attr{k}, `[k=old x.k=new]`},
			{factory.Replace, []slog.Attr{k, n}, `[n=1 k=new]`},
			{factory.Both, []slog.Attr{k}, `[k=old k=new]`},
			{factory.Rename, []slog.Attr{inline}, `[k=old n=1 x.k=new]`},
		} {
			a := newArchive()
			h := factory.New(a, policy("x", test.policy, kind.make), sees("seen")).WithAttrs([]slog.Attr{slog.Int("with", 1)})
			if err := h.Handle(t.Context(), record("m", test.record...)); err != nil && test.policy != factory.Reject {
				t.Error(err)
			}
			attrs := attrsOf((*a.kept)[0].Record)
			if got := attrs[len(attrs)-1].String(); got != "seen="+test.want {
				t.Errorf("%s, policy %d, record %v: %s, want %s", kind.name, test.policy, test.record, got, test.want)
			}
		}
	}
}

// TestFactoryRebuilds: a Factory may return any record. What it has added counts, wherever it is; what it has changed is
// an attribute of its own that collides with the one that was there; and what it has removed stays, with an error.
func TestFactoryRebuilds(t *testing.T) {
	rebuild := func(change func([]slog.Attr) []slog.Attr) factory.Factory {
		return func(_ context.Context, r slog.Record) slog.Record {
			n := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
			n.AddAttrs(change(attrsOf(r))...)
			return n
		}
	}
	const cannot = ": a Factory cannot remove an attribute"
	f := slog.Int("f", 1)
	change := func(a []slog.Attr) []slog.Attr { a[1].Value = slog.IntValue(2); return a }
	for _, test := range []struct {
		name   string
		change func([]slog.Attr) []slog.Attr
		policy factory.Collision
		want   string
		told   []string
	}{
		{"nothing", func(a []slog.Attr) []slog.Attr { return a }, factory.Keep, "k=old n=1 k=old", nil},
		{"order", func(a []slog.Attr) []slog.Attr { slices.Reverse(a); return a }, factory.Keep, "k=old n=1 k=old", nil},
		{"front", func(a []slog.Attr) []slog.Attr { return slices.Insert(a, 0, f) }, factory.Keep, "k=old n=1 k=old f=1", nil},
		{
			"inline", func(a []slog.Attr) []slog.Attr { return append(a, slog.GroupAttrs("", f)) }, factory.Keep,
			"k=old n=1 k=old f=1", nil,
		},
		{
			"change", change, factory.Keep, "k=old n=1 k=old",
			[]string{`"n": key is taken: the layer's attribute is left out`},
		},
		{
			"change, replacing", change, factory.Replace, "k=old k=old n=2",
			[]string{`"n": key is taken: the attribute of the record is replaced`},
		},
		{"last", func(a []slog.Attr) []slog.Attr { return a[:2] }, factory.Keep, "k=old n=1 k=old", []string{`"k"` + cannot}},
		{"all", func([]slog.Attr) []slog.Attr { return nil }, factory.Keep, "k=old n=1 k=old", []string{`"k"` + cannot}},
		{
			"key", func(a []slog.Attr) []slog.Attr { a[1].Key = "m"; return a }, factory.Keep,
			"k=old n=1 k=old m=1",
			[]string{`"n"` + cannot},
		},
	} {
		var told complaints
		l := factory.Layer{Name: "x", Factory: rebuild(test.change), OnCollision: test.policy, ErrorHandler: told.Handle}
		later := one("later", addAttrs()) // sees the record once more
		got, err := textOf(t, func(h slog.Handler) slog.Handler { return factory.New(h, l, later) }, k, n, k)
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		var want []string
		for _, s := range test.told {
			want = append(want, `factory: layer "x": `+s)
		}
		told.want(t, want...)
		if removed := len(want) > 0 && strings.HasSuffix(want[0], cannot); removed != (err != nil) {
			t.Errorf("%s: Handle returns %v", test.name, err)
		}
	}
}

// TestFactoryZeroRecord: not even the zero Record loses attributes.
func TestFactoryZeroRecord(t *testing.T) {
	var buf bytes.Buffer
	zero := one("zero", func(context.Context, slog.Record) slog.Record { return slog.Record{} })
	zero.ErrorHandler = slogx.IgnoreErrors
	h := factory.New(slogx.Text(&buf, nil), one("a", fromContext(slog.Int("a", 1))), zero)
	if err := h.Handle(t.Context(), record("m", k)); err == nil {
		t.Error("no error")
	}
	if want := "level=INFO msg=\"\" k=old a=1\n"; buf.String() != want {
		t.Errorf("got %s", &buf)
	}
}
