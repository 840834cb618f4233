package factory_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// readyFormats are what the ready layers are tested over: handlers that take injected attributes, and slog's own.
var readyFormats = []struct {
	name   string
	format slogx.Format
}{
	{"slogx.JSON", slogx.JSON},
	{"slogx.Text", slogx.Text},
	{"slog.JSONHandler", slogx.FormatOf(slog.NewJSONHandler)},
	{"slog.TextHandler", slogx.FormatOf(slog.NewTextHandler)},
	{"foreign", func(w io.Writer, opts *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, opts) }},
}

// logged returns what a logger with these layers writes, without the time. An error that a layer reports fails the test.
func logged(t *testing.T, format slogx.Format, layers []factory.Layer, do func(*slog.Logger)) string {
	t.Helper()
	for i := range layers {
		if layers[i].ErrorHandler == nil {
			layers[i].ErrorHandler = testkit.NoErrors(t)
		}
	}
	var buf bytes.Buffer
	h := format(&buf, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: readyNoTime})
	do(slog.New(factory.New(h, layers...)))
	return buf.String()
}

// loggedJSON is logged over slogx.JSON, decoded.
func loggedJSON(t *testing.T, layers []factory.Layer, do func(*slog.Logger)) map[string]any {
	t.Helper()
	return testkit.ParseJSON(t, logged(t, slogx.JSON, layers, do))
}

func readyNoTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// apply gives a record to the layer's Factory and returns what it has added.
func apply(ctx context.Context, l factory.Layer, r slog.Record) []slog.Attr {
	before := r.NumAttrs()
	if l.Factory != nil {
		r = l.Factory(ctx, r)
	}
	var added []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		added = append(added, a)
		return true
	})
	return added[before:]
}

func readyRecord(level slog.Level, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, level, "hello", 0)
	r.AddAttrs(attrs...)
	return r
}

// wantAllocs checks the budget of one call of a layer.
func wantAllocs(t *testing.T, name string, want float64, f func()) {
	t.Helper()
	if testkit.Race {
		return // sync.Pool drops at random under the race detector
	}
	if got := testing.AllocsPerRun(100, f); got > want {
		t.Errorf("%s: %v allocations, want at most %v", name, got, want)
	}
}
