package eventlogx

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/slogx"
)

// TestMapLevel: Python's typemap at Python's levels.
func TestMapLevel(t *testing.T) {
	typemap := map[int]EventType{10: Information, 20: Information, 30: Warning, 40: Error, 50: Error}
	for python, want := range typemap {
		if got := MapLevel(slogx.FromPythonLevel(python)); got != want {
			t.Errorf("level %d of Python: %v, want %v", python, got, want)
		}
	}
	for level, want := range map[slog.Level]EventType{
		-100: Information, slogx.LevelNotice: Information, slog.LevelWarn - 1: Information, slog.LevelError - 1: Warning, slogx.LevelEmergency: Error,
		1000: Error,
	} {
		if got := MapLevel(level); got != want {
			t.Errorf("%v: %v, want %v", level, got, want)
		}
	}
}

func TestEventType(t *testing.T) {
	names := map[EventType]string{
		0: "Success", 1: "Error", 2: "Warning", 4: "Information", 8: "AuditSuccess", 16: "AuditFailure", 3: "EventType(3)", 32: "EventType(32)",
	}
	for eventType, want := range names {
		if got := eventType.String(); got != want {
			t.Errorf("%d: %q, want %q", eventType, got, want)
		}
		if got, want := eventType.exists(), !strings.HasPrefix(want, "EventType("); got != want {
			t.Errorf("%v exists: %v", eventType, got)
		}
	}
}

// TestArguments: what options and records make of an event.
func TestArguments(t *testing.T) {
	id := func(id uint32) func(slog.Record) uint32 { return func(slog.Record) uint32 { return id } }
	for name, c := range map[string]struct {
		opts  Options
		level slog.Level
		want  sent
		moved bool
	}{
		"none":      {Options{}, slog.LevelWarn, sent{Warning, 0, 1, []string{"m a=1"}}, false},
		"least":     {Options{EventID: id(1)}, 0, sent{Information, 0, 1, []string{"m a=1"}}, false},
		"greatest":  {Options{EventID: id(1000)}, 0, sent{Information, 0, 1000, []string{"m a=1"}}, false},
		"zero":      {Options{EventID: id(0)}, 0, sent{Information, 0, 1, []string{"m a=1"}}, true},
		"too great": {Options{EventID: id(1001)}, 0, sent{Information, 0, 1000, []string{"m a=1"}}, true},
		"own file":  {Options{EventID: id(0xC0000007), MaxEventID: 1<<32 - 1}, 0, sent{Information, 0, 0xC0000007, []string{"m a=1"}}, false},
		"own range": {Options{EventID: id(7), MinEventID: 2000}, 0, sent{Information, 0, 2000, []string{"m a=1"}}, true},
		"own least": {Options{MinEventID: 2000}, 0, sent{Information, 0, 2000, []string{"m a=1"}}, false},
		"by record": {Options{
			EventType: func(r slog.Record) EventType { return map[string]EventType{"m": AuditFailure}[r.Message] },
			EventID:   func(r slog.Record) uint32 { return uint32(len(r.Message)) + 41 },
			Category:  func(r slog.Record) uint16 { return uint16(r.NumAttrs()) + 65534 },
			Strings:   func(r slog.Record) []string { return []string{"", r.Level.String()} },
		}, slog.LevelError, sent{AuditFailure, 65535, 42, []string{"m a=1", "", "ERROR"}}, false},
		"JSON": {Options{Options: slogx.Options{Format: slogx.JSON}}, 0, sent{Information, 0, 1, []string{
			`{"time":"2026-03-29T12:34:56.789012345Z","level":"INFO","msg":"m","a":1}`,
		}}, false},
		"foreign": {Options{Options: slogx.Options{Format: slogx.FormatOf(slog.NewTextHandler)}}, 0, sent{Information, 0, 1, []string{
			`time=2026-03-29T12:34:56.789Z level=INFO msg=m a=1`,
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := new(log)
			h := newHandler("shop", quiet(t, c.opts), l)
			check(t, h, record(c.level, "m", "a", 1))
			if diff := cmp.Diff(c.want, l.next(t)); diff != "" {
				t.Error(diff)
			}
			if moved := h.Stats().IDsMoved == 1; moved != c.moved {
				t.Errorf("moved: %v", moved)
			}
		})
	}
}
