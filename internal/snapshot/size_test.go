package snapshot

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestSize wants the bulk of each value counted, once, and little else.
func TestSize(t *testing.T) {
	const bulk = 10_000
	long := strings.Repeat("x", bulk)
	chars := []byte(long)
	number := 1
	for name, attr := range map[string]slog.Attr{
		"key":            slog.Int(long, 1),
		"string":         slog.String("k", long),
		"group":          slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.String("b", long))),
		"bytes":          slog.Any("k", chars),
		"named bytes":    slog.Any("k", bytes8(chars)),
		"strings":        slog.Any("k", []string{long}),
		"map":            slog.Any("k", map[string]any{"a": long}),
		"keys":           slog.Any("k", map[string]int{long: 1}),
		"pointer":        slog.Any("k", &config{Name: long}),
		"nested":         slog.Any("k", []any{map[string]any{"x": [1]any{struct{ F string }{long}}}}),
		"error":          slog.Any("k", errors.New(long)),
		"captured error": slog.Any("k", &failing{&long}),
		"ints":           slog.Any("k", make([]int, bulk/8)),
		"structs":        slog.Any("k", make([]point, bulk/16)),
		"string type":    slog.Any("k", namedString(long)),
	} {
		r := Record(newRecord(attr))
		want := bulk
		if name == "captured error" {
			want = 2 * bulk // as JSON and as Text
		}
		if got := Size(&r); got < want || got > want+400 {
			t.Errorf("%s: %d bytes", name, got)
		}
		taken := newRecord(attr)
		if got := Take(&taken); got != Size(&r) {
			t.Errorf("%s: Take says %d bytes, Size %d", name, got, Size(&r))
		}
	}
	r := Record(newRecord(slog.Any("k", detailed{&number}), slog.Any("l", ownText{&chars}), slog.Time("t", time.Now())))
	if got := Size(&r); got < bulk || got > 2*bulk+400 {
		t.Errorf("rendered: %d bytes", got)
	}
	many := newRecord()
	for range 105 {
		many.AddAttrs(slog.Int("k", 1))
	}
	if got := Size(&many); got < 100*attrSize || got > 100*attrSize+200 {
		t.Errorf("100 more attributes: %d bytes", got)
	}
	if got := Size(&slog.Record{}); got != 0 {
		t.Errorf("nothing: %d bytes", got)
	}
	for _, animal := range zoo() {
		r := Record(newRecord(slog.Any("k", animal.value)))
		if got := Size(&r); got < 1 || got > 2000 {
			t.Errorf("%s: %d bytes", animal.name, got)
		}
	}
	deep := any(long)
	for range 90 {
		deep = []any{deep}
	}
	for _, nested := range []any{deep, []any{[]any{[]any{deep}}}, [1]any{[20]any{deep}}} {
		r = newRecord(slog.Any("k", nested))
		Size(&r) // comes to an end
	}
	huge := make([]any, 1_000_000) // not visited one by one
	r = newRecord(slog.Any("k", huge))
	if got := Size(&r); got < 16_000_000 {
		t.Errorf("a million elements: %d bytes", got)
	}
}

type namedString string
