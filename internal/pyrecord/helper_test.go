package pyrecord

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// record makes one without time or source.
func record(attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	r.AddAttrs(attrs...)
	return r
}

// parsed returns what a Parser makes of the JSON of r.
func parsed(t *testing.T, e *Encoder, r slog.Record) map[string]any {
	t.Helper()
	line := e.AppendJSON(nil, &r)
	dict, err := new(Parser).Parse(line)
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return dict
}

func parse(t *testing.T, line string) map[string]any {
	t.Helper()
	dict, err := new(Parser).Parse([]byte(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return dict
}

// diff tells integers from floats, and holds NaN equal to itself.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateNaNs()) }
