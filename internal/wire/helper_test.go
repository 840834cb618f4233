package wire

import (
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// appended returns the line of r, having checked that it is one.
func appended(t *testing.T, e *Encoder, r slog.Record) string {
	t.Helper()
	line := string(e.Append([]byte("before"), &r))
	line, ok := strings.CutPrefix(line, "before")
	if !ok || strings.ContainsFunc(line, func(c rune) bool { return c < ' ' }) {
		t.Errorf("not a line: %q", line)
	}
	return line
}

// decoded returns the record of a line, having checked that it becomes the same line again.
func decoded(t *testing.T, line string) slog.Record {
	t.Helper()
	r, err := new(Decoder).Decode([]byte(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if again := appended(t, &Encoder{}, r); again != line {
		t.Errorf("%s\nbecame\n%s", line, again)
	}
	return r
}

// record makes one without time or source.
func record(attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	r.AddAttrs(attrs...)
	return r
}

func attrsOf(r slog.Record) (attrs []slog.Attr) {
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return attrs
}

// recordDiff says how two records differ but for their PCs; "" if in nothing.
func recordDiff(a, b slog.Record) string {
	_, aOffset := a.Time.Zone()
	_, bOffset := b.Time.Zone()
	switch {
	case a.Time.IsZero() && b.Time.IsZero():
	case !a.Time.Equal(b.Time) || aOffset != bOffset:
		return fmt.Sprintf("time %v, %v", a.Time, b.Time)
	}
	if a.Level != b.Level || a.Message != b.Message {
		return fmt.Sprintf("level %d %d, message %q %q", a.Level, b.Level, a.Message, b.Message)
	}
	return attrsDiff(attrsOf(a), attrsOf(b))
}

func attrsDiff(a, b []slog.Attr) string {
	for i := range min(len(a), len(b)) {
		if a[i].Key != b[i].Key {
			return fmt.Sprintf("key %q, %q", a[i].Key, b[i].Key)
		}
		if diff := valueDiff(a[i].Value, b[i].Value); diff != "" {
			return fmt.Sprintf("%q: %s", a[i].Key, diff)
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d attributes %v, %d attributes %v", len(a), a, len(b), b)
	}
	return ""
}

func valueDiff(a, b slog.Value) string {
	equal := a.Kind() == b.Kind()
	switch {
	case !equal:
	case a.Kind() == slog.KindGroup:
		return attrsDiff(a.Group(), b.Group())
	case a.Kind() == slog.KindFloat64:
		equal = math.Float64bits(a.Float64()) == math.Float64bits(b.Float64())
	case a.Kind() == slog.KindTime:
		_, aOffset := a.Time().Zone()
		_, bOffset := b.Time().Zone()
		equal = a.Time().Equal(b.Time()) && aOffset == bOffset
	default:
		equal = reflect.DeepEqual(a.Any(), b.Any())
	}
	if equal {
		return ""
	}
	return fmt.Sprintf("%s %T %v, %s %T %v", a.Kind(), a.Any(), a, b.Kind(), b.Any(), b)
}

func nested(depth int) slog.Value {
	v := slog.IntValue(1)
	for range depth {
		v = slog.GroupValue(slog.Attr{Key: "g", Value: v})
	}
	return v
}
