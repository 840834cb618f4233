package rewrite

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestRecord compares with what slog.JSONHandler makes of the same ReplaceAttr.
func TestRecord(t *testing.T) {
	at := time.Date(2026, 3, 29, 12, 34, 56, 789, time.UTC)
	r := slog.NewRecord(at, slog.LevelWarn, "hello", 0)
	r.AddAttrs(slog.Int("a", 1), slog.String("secret", "x"), slog.Group("g", slog.Int("b", 2), slog.Group("h", slog.Int("secret", 3))),
		slog.Group("", slog.Int("inline", 4)))
	for name, replace := range map[string]func([]string, slog.Attr) slog.Attr{
		"nothing": func(_ []string, a slog.Attr) slog.Attr { return a },
		"secrets": func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "secret" {
				return slog.Attr{}
			}
			return a
		},
		"built-in": func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case a.Key == slog.TimeKey:
				return slog.Time(slog.TimeKey, a.Value.Time().Add(time.Hour))
			case a.Key == slog.LevelKey:
				return slog.Any(slog.LevelKey, slog.LevelError)
			case a.Key == slog.MessageKey:
				return slog.String(slog.MessageKey, "HELLO")
			}
			return a
		},
		"groups": func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				a.Key = strings.Join(groups, "/") + "/" + a.Key
			}
			return a
		},
	} {
		t.Run(name, func(t *testing.T) {
			var want, got bytes.Buffer
			h := slog.NewJSONHandler(&want, &slog.HandlerOptions{ReplaceAttr: replace}).WithGroup("w")
			p := Rewriter{Replace: replace}.Group("w")
			_ = h.Handle(t.Context(), r)
			_ = slog.NewJSONHandler(&got, nil).WithGroup("w").Handle(t.Context(), p.Record(&r))
			if got.String() != want.String() {
				t.Errorf("got  %swant %s", got.String(), want.String())
			}
		})
	}
}

// TestDropped: a part of the record for which the zero Attr comes back is empty; one of another type stays.
func TestDropped(t *testing.T) {
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "hello", 0)
	p := Rewriter{Replace: func([]string, slog.Attr) slog.Attr { return slog.Attr{} }}
	if got := p.Record(&r); !got.Time.IsZero() || got.Message != "" || got.Level != 0 {
		t.Errorf("%+v", got)
	}
	p.Replace = func(_ []string, a slog.Attr) slog.Attr { return slog.Int(a.Key, 7) }
	if got := p.Record(&r); !got.Time.Equal(r.Time) || got.Message != "hello" || got.Level != slog.LevelWarn {
		t.Errorf("%+v", got)
	}
}

func TestSource(t *testing.T) {
	logged := func() (r slog.Record) {
		h := &keep{}
		slog.New(h).Info("x")
		return h.r
	}
	r := logged()
	where := *r.Source()
	for name, tt := range map[string]struct {
		replace func(*slog.Source) slog.Attr
		want    *slog.Source
	}{
		"kept":    {func(s *slog.Source) slog.Attr { return slog.Any(slog.SourceKey, s) }, &where},
		"dropped": {func(*slog.Source) slog.Attr { return slog.Attr{} }, nil},
		"changed": {func(s *slog.Source) slog.Attr {
			s.File = "f.go"
			return slog.Any(slog.SourceKey, &slog.Source{File: "f.go"})
		}, &slog.Source{File: "f.go"}},
	} {
		p := Rewriter{Source: true, Replace: func(_ []string, a slog.Attr) slog.Attr {
			if s, ok := a.Value.Any().(*slog.Source); ok {
				return tt.replace(s)
			}
			return a
		}}
		got := p.Record(&r)
		src := got.Source()
		got.Attrs(func(a slog.Attr) bool {
			src, _ = a.Value.Any().(*slog.Source)
			return false
		})
		switch {
		case tt.want == nil && src == nil:
		case tt.want == nil || src == nil || *src != *tt.want:
			t.Errorf("%s: %v, want %v", name, src, tt.want)
		}
	}
}

// keep is a handler that keeps the record.
type keep struct {
	slog.Handler
	r slog.Record
}

func (h *keep) Enabled(context.Context, slog.Level) bool { return true }

func (h *keep) Handle(_ context.Context, r slog.Record) error {
	h.r = r
	return nil
}

// endless resolves to a group that it is in.
type endless struct{}

func (endless) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("", endless{}), slog.Int("n", 1))
}

// TestEndless: groups without end have one.
func TestEndless(t *testing.T) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "hello", 0)
	r.AddAttrs(slog.Any("e", endless{}))
	calls := 0
	p := Rewriter{Replace: func(_ []string, a slog.Attr) slog.Attr { calls++; return a }}
	if got := p.Record(&r); got.NumAttrs() != 1 || calls < 1000 || calls > 1010 {
		t.Error(got.NumAttrs(), calls)
	}
}
