package expslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/slogx/expslog"
)

// expShim and stdShim hide a bridge from the one around it, so that a round trip
// translates twice instead of cancelling out.

type expShim struct{ xslog.Handler }

func (s expShim) WithAttrs(as []xslog.Attr) xslog.Handler { return expShim{s.Handler.WithAttrs(as)} }

func (s expShim) WithGroup(name string) xslog.Handler { return expShim{s.Handler.WithGroup(name)} }

type stdShim struct{ slog.Handler }

func (s stdShim) WithAttrs(as []slog.Attr) slog.Handler { return stdShim{s.Handler.WithAttrs(as)} }
func (s stdShim) WithGroup(name string) slog.Handler    { return stdShim{s.Handler.WithGroup(name)} }

// stdRoundTrip is h behind two bridges: log/slog to x/exp to log/slog.
func stdRoundTrip(h slog.Handler) slog.Handler {
	return expslog.ToStd(expShim{expslog.FromStd(h)})
}

// expRoundTrip is h behind two bridges: x/exp to log/slog to x/exp.
func expRoundTrip(h xslog.Handler) xslog.Handler {
	return expslog.FromStd(stdShim{expslog.ToStd(h)})
}

// stdCapture remembers what a standard handler is called with.
type stdCapture struct {
	log *captured[slog.Record, slog.Attr]
}

// expCapture is the same for x/exp.
type expCapture struct {
	log *captured[xslog.Record, xslog.Attr]
}

type captured[R, A any] struct {
	ctx    context.Context
	record R
	attrs  []A
	err    error
}

func newStdCapture() stdCapture { return stdCapture{new(captured[slog.Record, slog.Attr])} }
func newExpCapture() expCapture { return expCapture{new(captured[xslog.Record, xslog.Attr])} }

func (c stdCapture) Enabled(ctx context.Context, l slog.Level) bool {
	c.log.ctx = ctx
	return l >= slog.LevelInfo
}

func (c stdCapture) Handle(ctx context.Context, r slog.Record) error {
	c.log.ctx, c.log.record = ctx, r.Clone()
	return c.log.err
}

func (c stdCapture) WithAttrs(as []slog.Attr) slog.Handler {
	c.log.attrs = as
	return c
}

func (c stdCapture) WithGroup(string) slog.Handler { return c }

func (c expCapture) Enabled(ctx context.Context, l xslog.Level) bool {
	c.log.ctx = ctx
	return l >= xslog.LevelInfo
}

func (c expCapture) Handle(ctx context.Context, r xslog.Record) error {
	c.log.ctx, c.log.record = ctx, r.Clone()
	return c.log.err
}

func (c expCapture) WithAttrs(as []xslog.Attr) xslog.Handler {
	c.log.attrs = as
	return c
}

func (c expCapture) WithGroup(string) xslog.Handler { return c }

// toExp is v as it arrives behind ToStd.
func toExp(t testing.TB, v slog.Value) xslog.Value {
	t.Helper()
	c := newExpCapture()
	expslog.ToStd(c).WithAttrs([]slog.Attr{{Key: "k", Value: v}})
	if len(c.log.attrs) != 1 || c.log.attrs[0].Key != "k" {
		t.Fatalf("attrs = %v, want one with key k", c.log.attrs)
	}
	return c.log.attrs[0].Value
}

// toStd is v as it arrives behind FromStd.
func toStd(t testing.TB, v xslog.Value) slog.Value {
	t.Helper()
	c := newStdCapture()
	expslog.FromStd(c).WithAttrs([]xslog.Attr{{Key: "k", Value: v}})
	if len(c.log.attrs) != 1 || c.log.attrs[0].Key != "k" {
		t.Fatalf("attrs = %v, want one with key k", c.log.attrs)
	}
	return c.log.attrs[0].Value
}

// parseLines parses newline-delimited JSON objects.
func parseLines(t testing.TB, data []byte) []map[string]any {
	t.Helper()
	var ms []map[string]any
	for line := range bytes.Lines(data) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%v in line %q", err, line)
		}
		ms = append(ms, m)
	}
	return ms
}
