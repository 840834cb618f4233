package pyrecord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestToPython has CPython read records that we write.
func TestToPython(t *testing.T) {
	at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_000, time.UTC)
	records := []slog.Record{
		slog.NewRecord(at, slog.LevelInfo, "plain 100% %s %(a)d", testkit.Here()),
		slog.NewRecord(at, slogx.LevelNotice, "", 0),
		slog.NewRecord(at.Add(time.Microsecond), slog.LevelDebug, "odd \x00\n\"\\ \u2028 café 😀 \xff", testkit.Here()),
		slog.NewRecord(time.Unix(-5, 0), slogx.LevelCritical, "early", 0),
		slog.NewRecord(time.Time{}, slog.LevelError, "now", 0),
		slog.NewRecord(at, slog.LevelWarn, "attributes", testkit.Here()),
	}
	records[5].Add("z", 1, "a", -2.5, "whole", 3.0, "nan", math.NaN(), "inf", math.Inf(1), "minus", math.Inf(-1),
		"uint", uint64(math.MaxUint64), "yes", true, "none", nil, "err", errors.New("not found"), "took", time.Second, "at", at,
		"bytes", []byte{0, 255}, "list", []any{1, "x", nil, []int{2}}, "map", map[string]any{"k": json.Number("1e400"), "": -0.5},
		"z", "again", slog.Group("g", "a", 1, slog.Group("h", "a", "x"), "a", 2), slog.Group("", "inline", 1), "", "empty key",
		"name", "mallory", "getMessage", "x", "message", "x", "asctime", "x", "msg", "x", "level", slog.LevelWarn,
		"bad\xff", "\xff", "large", 1e16, "small", 1e-5, "edge", 1e15,
		"long", json.Number(strings.Repeat("9", 4300)), "longer", json.Number(strings.Repeat("9", 4301)))
	var stdin bytes.Buffer
	var lines []string
	e := &Encoder{Logger: "go.app", Process: "worker"}
	for _, r := range records {
		lines = append(lines, string(e.AppendJSON(nil, &r)))
		stdin.WriteString(lines[len(lines)-1] + "\n")
	}
	said := testkit.Python(t, "receive.py", stdin.Bytes())
	if len(said) != len(records) {
		t.Fatalf("%d lines for %d records", len(said), len(records))
	}
	for i, line := range said {
		sent, got := parse(t, lines[i]), parse(t, line)
		if d := diff(any(sent), got["seen"]); d != "" {
			t.Errorf("sent and seen: %s", d)
		}
		if d := diff(got["own"], got["ours"]); d != "" {
			t.Errorf("Python's own keys and ours: %s", d)
		}
		if got["written"] != lines[i] {
			t.Errorf("%s\nPython would write\n%s", lines[i], got["written"])
		}
		want := fmt.Sprintf("go.app %s %d %s %s %s %d %s %f %d None None worker %d %s", sent["levelname"], sent["levelno"],
			sent["pathname"], sent["filename"], sent["module"], sent["lineno"], sent["funcName"], sent["created"],
			int(sent["msecs"].(float64)), sent["process"], strings.ToValidUTF8(records[i].Message, "\ufffd"))
		if got["formatted"] != want {
			t.Errorf("formatted as %s, want %s", got["formatted"], want)
		}
		r, err := slogx.MakeRecord(sent)
		if err != nil || r.Level != records[i].Level || !records[i].Time.IsZero() && !r.Time.Equal(records[i].Time) {
			t.Errorf("back it is %v, %v", r, err)
		}
	}
}

// TestFromPython reads records that CPython writes, and writes them again.
func TestFromPython(t *testing.T) {
	lines := testkit.Python(t, "send.py", nil)
	if len(lines) != 22 {
		t.Fatalf("%d lines", len(lines))
	}
	for i := 0; i < len(lines); i += 2 {
		dict, expected := parse(t, lines[i]), parse(t, lines[i+1])
		kinds := expected["kinds"].(map[string]any)
		for key, v := range dict {
			if want := pythonType(v); want != kinds[key] && key != "args" && key != "exc_text" && key != "exc_info" {
				t.Errorf("%s is %T, in Python %s", key, v, kinds[key])
			}
		}
		r, err := slogx.MakeRecord(dict)
		if err != nil {
			t.Errorf("%v: %s", err, lines[i])
			continue
		}
		// Python rounds a number that has been rounded.
		off := r.Time.UnixMicro() - expected["micros"].(int64)
		if r.Message != expected["message"] || max(off, -off) > 1 {
			t.Errorf("%q at %v, want %q at %v", r.Message, r.Time, expected["message"], expected["micros"])
		}
		again := parsed(t, &Encoder{}, r)
		for key, v := range dict {
			switch key {
			case "msg", "args", "created", "msecs", "relativeCreated": // merged, rounded, of another program
				continue
			case "name", "process", "processName", "thread", "threadName", "exc_text", "stack_info":
				if v == nil {
					continue
				}
				key += "_" // has become an attribute
			}
			if d := diff(v, again[key]); d != "" {
				t.Errorf("%s: %s", key, d)
			}
		}
	}
}

func pythonType(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, json.Number:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	}
	return "dict"
}
