package syslogx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

type panicker struct{}

func (panicker) String() string { panic("oh") }

// TestGolden: what messages look like, byte by byte.
func TestGolden(t *testing.T) {
	defer func(l *time.Location) { time.Local = l }(time.Local)
	time.Local = time.FixedZone("CET", 3600)
	replace := func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case a.Key == "secret" || a.Key == slog.TimeKey:
			return slog.Attr{}
		case a.Key == slog.MessageKey && len(groups) == 0:
			return slog.String(a.Key, strings.ToUpper(a.Value.String()))
		}
		return slog.String(a.Key, strings.Join(groups, "/")+":"+a.Value.String())
	}
	handlers := []struct {
		name   string
		opts   Options
		stream bool
		derive func(slog.Handler) slog.Handler
	}{
		{name: "5424"},
		{name: "5424 all", opts: Options{Facility: LogLocal3, MsgID: "ID 47", BOM: true, StructuredDataID: "my@1"}},
		{name: "5424 octets", stream: true},
		{name: "5424 newline", stream: true, opts: Options{Framing: Newline}},
		{name: "5424 NUL", stream: true, opts: Options{Framing: NUL}},
		{name: "5424 JSON", opts: Options{Options: slogx.Options{Format: slogx.JSON}}},
		{name: "5424 foreign", opts: Options{Options: slogx.Options{Format: slogx.FormatOf(slog.NewTextHandler)}}},
		{name: "5424 replaced", opts: Options{Options: slogx.Options{ReplaceAttr: replace}}},
		{name: "5424 derived", derive: derived},
		{name: "5424 derived, replaced", opts: Options{Options: slogx.Options{ReplaceAttr: replace}}, derive: derived},
		{name: "3164", opts: Options{Protocol: RFC3164}},
		{name: "3164 newline", stream: true, opts: Options{Protocol: RFC3164, Framing: Newline}},
		{name: "3164 derived", opts: Options{Protocol: RFC3164}, derive: derived},
		{name: "3164 replaced", opts: Options{Protocol: RFC3164, Options: slogx.Options{ReplaceAttr: replace}}},
		{name: "bare", opts: Options{Protocol: Bare, Ident: "id: ", AppendNUL: true}},
		{name: "bare octets", stream: true, opts: Options{Protocol: Bare, AppendNUL: true}},
		{name: "bare NUL", stream: true, opts: Options{Protocol: Bare, Framing: NUL, AppendNUL: true}},
		{name: "bare JSON", opts: Options{Protocol: Bare, Options: slogx.Options{Format: slogx.JSON}}},
	}
	records := []slog.Record{
		record(slog.LevelInfo, "hello"),
		record(slog.LevelError+100, "five", "s", "x y", "i", -1, "u", uint64(2), "f", 1.5, "b", true),
		record(slog.LevelDebug-100, "values", "d", time.Second, "t", noon, "nil", nil, "err", errors.New("e ]\""),
			"bytes", []byte("by"), "panic", panicker{}, "level", slog.LevelWarn, "map", map[string]int{"a": 1}, "nilerr", (*os.PathError)(nil)),
		record(slog.LevelWarn, "groups", slog.Group("g", "a", 1, slog.Group("h", "b", 2), slog.Group("empty")),
			slog.Group("", "inline", 3),
			"v", valuer{slog.GroupValue(slog.Int("c", 4))}, slog.Attr{}, "secret", "s"),
		record(slog.LevelInfo, "escapes \" \\ ] \n\r\t\x00\x7f\xff", "esc", "\" \\ ] \n\r\t\x00\x7f\xff", "a b=]\"",
			"key", "", "empty", "größe", 1, strings.Repeat("k", 40), 1),
		record(slog.LevelInfo, "a\n<14>1 - - - - - - forged\n"),
		{Level: slog.LevelInfo, Message: "no time"},
		slog.NewRecord(noon.In(time.FixedZone("", -3*3600-1800)), slog.LevelInfo, "zone", 0),
		slog.NewRecord(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), slog.LevelInfo, "day", 0),
	}
	var got bytes.Buffer
	for _, c := range handlers {
		fmt.Fprintf(&got, "# %s\n", c.name)
		opts := someone(c.opts)
		opts.Level = slog.Level(-1000)
		network := "udp"
		if c.stream {
			network = "tcp"
		}
		var h slog.Handler = NewHandler(network, "localhost", opts)
		if c.derive != nil {
			h = c.derive(h)
		}
		for _, r := range records {
			if r.Time.IsZero() && c.opts.Protocol == RFC3164 {
				continue // it has the time of now
			}
			fmt.Fprintf(&got, "%q\n", render(t, h, r.Clone()))
		}
	}
	testkit.Golden(t, "messages.golden", got.Bytes())
}

func derived(h slog.Handler) slog.Handler {
	return h.WithAttrs([]slog.Attr{slog.String("w", "]")}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("x", 1)}).WithGroup("h")
}

// TestSource: the place of the call, wherever it goes.
func TestSource(t *testing.T) {
	for name, o := range map[string]Options{
		"data": {}, "text": {Protocol: RFC3164}, "bare": {Protocol: Bare}, "format": {Options: slogx.Options{Format: slogx.Text}},
		"replaced": {Options: slogx.Options{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return a }}},
		"replaced text": {Protocol: RFC3164, Options: slogx.Options{ReplaceAttr: func(_ []string,
			a slog.Attr,
		) slog.Attr {
			return a
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			o.AddSource = true
			daemon := listenPackets(t, "udp")
			o.ErrorHandler = testkit.NoErrors(t)
			h := closing(t, NewHandler("udp", daemon.LocalAddr().String(), someone(o)))
			slog.New(h).Info("here")
			got := daemon.next(t)
			_, place, ok := strings.Cut(got, "source=")
			if place = strings.Trim(place, `"`); !ok || !strings.Contains(place, "message_test.go:") {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestSiblings: what one derived handler adds no other one sees.
func TestSiblings(t *testing.T) {
	for _, protocol := range []Protocol{RFC5424, RFC3164} {
		base := NewHandler("udp", "localhost", someone(Options{Protocol: protocol})).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
		one, two := base.WithGroup("one"), base.WithGroup("two")
		oneA := one.WithAttrs([]slog.Attr{slog.Int("b", 2)})
		twoA := two.WithAttrs([]slog.Attr{slog.Int("b", 3)})
		gotOne, gotTwo := render(t, oneA, record(0, "m")), render(t, twoA, record(0, "m"))
		if strings.Contains(gotOne, "two") || strings.Contains(gotTwo, "one") || !strings.Contains(gotOne, "g.one.b=") ||
			!strings.Contains(gotTwo, "g.two.b=") {
			t.Errorf("%s\n%s", gotOne, gotTwo)
		}
		if base.WithAttrs(nil) != base || base.WithGroup("") != base {
			t.Error("nothing added, but another handler")
		}
	}
}

// TestUserCode: its panics are errors, and cost the record or the attributes, nothing else.
func TestUserCode(t *testing.T) {
	daemon := listenPackets(t, "udp")
	var log testkit.ErrorLog
	h := closing(t, NewHandler("udp", daemon.LocalAddr().String(), someone(Options{
		Options: slogx.Options{ErrorHandler: log.Handle, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "bad" {
				panic("!")
			}
			return a
		}},
		MapPriority: func(l slog.Level) Severity {
			if l == 1 {
				panic("!")
			}
			return Severity(l)
		},
	})))
	ctx := context.Background()
	for _, r := range []slog.Record{record(0, "m", "bad", 1), record(1, "m")} {
		if err := h.Handle(ctx, r); err == nil || !strings.Contains(err.Error(), "panic") {
			t.Errorf("Handle = %v", err)
		}
	}
	if got := h.WithAttrs([]slog.Attr{slog.Int("bad", 1)}); got != slog.Handler(h) {
		t.Error("WithAttrs returns another handler")
	}
	if errs := log.Take(); len(errs) != 3 {
		t.Errorf("ErrorHandler: %v", errs)
	}
	for level, pri := range map[slog.Level]string{-5: "<8>", 3: "<11>", 99: "<15>"} {
		if err := h.Handle(ctx, record(level, "m")); err != nil {
			t.Error(err)
		}
		if got := daemon.next(t); !strings.HasPrefix(got, pri) {
			t.Errorf("severity %d: %q", level, got)
		}
	}
}
