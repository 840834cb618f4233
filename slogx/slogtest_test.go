package slogx_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestSlogtest(t *testing.T) {
	keepAll := slogx.Filter(func(context.Context, slog.Record) bool { return true })
	wraps := []struct {
		name string
		wrap func(slog.Handler) slog.Handler
	}{
		{"plain", func(h slog.Handler) slog.Handler { return h }},
		{"Filter", keepAll},
		{"Chain", func(h slog.Handler) slog.Handler { return slogx.Chain(h, keepAll, nil, keepAll) }},
		{"Fanout", func(h slog.Handler) slog.Handler {
			other := slogx.NewStreamHandler(io.Discard, nil)
			return slogx.Fanout(slogx.NewNullHandler(), other, h, slogx.JSON(io.Discard, nil))
		}},
		{"Fanout of one", func(h slog.Handler) slog.Handler { return slogx.Fanout(h) }},
		{"all", func(h slog.Handler) slog.Handler {
			return slogx.Chain(h, keepAll, func(h slog.Handler) slog.Handler { return slogx.Fanout(h) }, keepAll)
		}},
	}
	for _, format := range []struct {
		name   string
		format slogx.Format
		parse  func(t testing.TB, written string) map[string]any
	}{
		{"JSON", slogx.JSON, testkit.ParseJSON},
		{"Text", slogx.Text, testkit.ParseText},
		{"default", nil, testkit.ParseText},
		{"slog.JSON", slogx.FormatOf(slog.NewJSONHandler), testkit.ParseJSON},
		{"slog.Text", slogx.FormatOf(slog.NewTextHandler), testkit.ParseText},
	} {
		all := append([]sinkUnderTest{{"alone", func(_ *testing.T, _ slogx.Options) (slog.Handler, func() string) {
			var b testkit.Buffer
			if format.format == nil {
				return slogx.Text(&b, nil), b.String
			}
			return format.format(&b, &slog.HandlerOptions{}), b.String
		}}}, sinks...)
		for _, sink := range all {
			for _, wrap := range wraps {
				t.Run(sink.name+"/"+format.name+"/"+wrap.name, func(t *testing.T) {
					var written func() string
					newHandler := func(t *testing.T) slog.Handler {
						var h slog.Handler
						h, written = sink.make(t, slogx.Options{Format: format.format, ErrorHandler: testkit.NoErrors(t)})
						return wrap.wrap(h)
					}
					slogtest.Run(t, newHandler, func(t *testing.T) map[string]any {
						return format.parse(t, written())
					})
				})
			}
		}
	}
}
