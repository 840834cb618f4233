package socketx

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestReplaceAttr(t *testing.T) {
	r := newReceiver()
	var o Options
	o.AddSource = true
	o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case a.Key == "password":
			return slog.String("password", fmt.Sprintf("*** in %v", groups))
		case a.Key == "drop":
			return slog.Attr{}
		case len(groups) > 0:
			return a
		case a.Key == slog.TimeKey:
			return slog.Attr{}
		case a.Key == slog.MessageKey:
			return slog.String("m", strings.ReplaceAll(a.Value.String(), "secret", "***"))
		case a.Key == slog.LevelKey:
			return slog.String("level", "is no slog.Level")
		case a.Key == slog.SourceKey:
			src := a.Value.Any().(*slog.Source)
			src.File = "f"
			return a
		}
		return a
	}
	h := newHandler(t, "tcp", serve(t, &Server{Handler: r}, "tcp"), o)
	logger := slog.New(h).With("password", 1, "drop", 1).WithGroup("g").With("password", 2, "drop", 2)
	logger.Warn("a secret", "password", 3, slog.Group("h", "password", 4, "drop", 3, "msg", 5), slog.Group("", "password", 5))
	got := r.next(t)
	m := printed(t, got.Record)
	src, _ := m["source"].(map[string]any)
	if got.Message != "a ***" || got.Level != slog.LevelWarn || !got.Time.IsZero() || src["file"] != "f" {
		t.Errorf("%v, %v", got.Record, src)
	}
	delete(m, "source")
	delete(m, "msg")
	delete(m, "level")
	text, _ := json.Marshal(m)
	want := `{"g":{"h":{"msg":5,"password":"*** in [g h]"},"password":"*** in [g]"},"password":"*** in []"}`
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	o.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.MessageKey || a.Key == slog.SourceKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(newHandler(t, "tcp", serve(t, &Server{Handler: r}, "tcp"), o)).Warn("x")
	if got := r.next(t); got.Message != "" || got.Level != 0 || got.Time.IsZero() || len(attrsOf(got.Record)) > 0 {
		t.Errorf("%v", got.Record)
	}
}
