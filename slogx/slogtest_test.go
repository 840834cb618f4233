package slogx_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/slogx"
)

// parseText parses a line of Text, in the way of log/slog's own test of slogtest.
func parseText(line string) (map[string]any, error) {
	top := map[string]any{}
	for line != "" {
		key, rest, ok := cutText(line, '=')
		if !ok {
			return nil, fmt.Errorf("no = in %q", line)
		}
		var value string
		value, line, _ = cutText(rest, ' ')
		m := top
		groups := strings.Split(key, ".")
		for _, g := range groups[:len(groups)-1] {
			if m[g] == nil {
				m[g] = map[string]any{}
			}
			m = m[g].(map[string]any)
		}
		m[groups[len(groups)-1]] = value
	}
	return top, nil
}

// cutText takes one token, quoted or not, and the separator after it off s.
func cutText(s string, sep byte) (token, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return s, "", false
		}
		token, _ = strconv.Unquote(quoted)
		rest = s[len(quoted):]
		return token, strings.TrimPrefix(rest, string(sep)), strings.HasPrefix(rest, string(sep))
	}
	return strings.Cut(s, string(sep))
}

func TestSlogtest(t *testing.T) {
	json := func(t *testing.T, line string) map[string]any { return parseJSON(t, line) }
	text := func(t *testing.T, line string) map[string]any {
		m, err := parseText(line)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
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
		parse  func(t *testing.T, line string) map[string]any
	}{
		{"JSON", slogx.JSON, json},
		{"Text", slogx.Text, text},
		{"default", nil, text},
		{"slog.JSON", slogx.FormatOf(slog.NewJSONHandler), json},
		{"slog.Text", slogx.FormatOf(slog.NewTextHandler), text},
	} {
		all := append([]sinkUnderTest{{"alone", func(_ *testing.T, _ slogx.Options) (slog.Handler, func() string) {
			var b safeBuffer
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
						h, written = sink.make(t, slogx.Options{Format: format.format, ErrorHandler: mustErr(t)})
						return wrap.wrap(h)
					}
					slogtest.Run(t, newHandler, func(t *testing.T) map[string]any {
						all := lines(written())
						if len(all) != 1 {
							t.Fatalf("%d lines: %q", len(all), all)
						}
						return format.parse(t, all[0])
					})
				})
			}
		}
	}
}
