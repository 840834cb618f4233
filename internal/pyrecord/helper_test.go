package pyrecord

import (
	"log/slog"
	"os"
	"os/exec"
	"runtime"
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

func here() uintptr {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return pcs[0]
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

// allocated returns how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// peer finds a program. Without it the test is skipped, or fails where that is asked for.
func peer(t *testing.T, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("SLOGKIT_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return program
}
