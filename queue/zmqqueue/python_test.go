package zmqqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// pyRecords is how many records go to Python, or come from there, in a test.
func pyRecords() int {
	if testing.Short() || testkit.Race {
		return 2000
	}
	return 20_000
}

var pyLevels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slogx.LevelCritical}

// sample is record n for Python, with a bit of everything.
func sample(n int, at time.Time) slog.Record {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	r := slog.NewRecord(at.Add(time.Duration(n)*time.Millisecond), pyLevels[n%5], fmt.Sprintf("record %d of %%s", n), pcs[0])
	r.AddAttrs(slog.Int("n", n), slog.Float64("ratio", float64(n)/8), slog.Bool("odd", n%2 == 1),
		slog.Group("nested", slog.Int("id", n), slog.Any("list", []any{1, "x", nil}), slog.Group("deep", "é", "ü")))
	return r
}

// Records that Go sends are what Python's logging makes of them, in every field.
func TestToPython(t *testing.T) {
	needZMQ(t)
	tests := []struct{ pattern, python, topic string }{{"PUSH", "PULL", ""}, {"PUB", "SUB", ""}, {"PUB", "SUB", "app."}}
	for _, tt := range tests {
		t.Run(tt.pattern+tt.topic, func(t *testing.T) {
			at := time.Date(2026, time.March, 29, 12, 34, 56, 789_012_000, time.UTC)
			so := &SendOptions{
				Options:  Options{Bind: true, ErrorHandler: testkit.NoErrors(t)},
				Encoding: Python, Logger: "go.app", AddSource: true, Topic: tt.topic, SendTimeout: patience, RingOptions: queue.RingOptions{BlockTimeout: -1},
			}
			open := OpenPush
			if tt.pattern == "PUB" {
				open = OpenPub
			}
			s, err := open("tcp://127.0.0.1:*", so)
			must(t, err)
			defer s.Close() //nolint:errcheck // for a test that fails
			args := []any{tt.python, "connect", bound(s)}
			if tt.topic != "" {
				args = append(args, tt.topic)
			}
			p := startPython(t, "collect.py", args...)
			p.want("bound")
			awaitSubscriber(t, s)
			// PUB drops what its subscriber has no room for, so it must not be too far ahead.
			const ahead = 2000
			room := make(chan struct{}, ahead)
			go func() {
				for n := range pyRecords() {
					room <- struct{}{}
					if err := s.Enqueue(context.Background(), sample(n, at)); err != nil {
						t.Error(err)
					}
				}
			}()
			for n := range pyRecords() {
				checkPython(t, p.line(), sample(n, at))
				<-room
			}
			must(t, s.Close())
			if st := s.Stats(); st.Sent != int64(pyRecords()) || st.Missed != 0 || st.Retried != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// checkPython compares a record that Python prints with the one that was sent.
func checkPython(t *testing.T, line string, sent slog.Record) {
	t.Helper()
	got, err := new(pyrecord.Parser).Parse([]byte(line))
	must(t, err)
	want, err := new(pyrecord.Parser).Parse((&pyrecord.Encoder{Logger: "go.app"}).AppendJSON(nil, &sent))
	must(t, err)
	want["asked"] = []any{sent.Message, "int", "float"}
	delete(want, "relativeCreated")
	delete(got, "relativeCreated")
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("sent and printed: %s", cmp.Diff(want, got))
	}
	nested := map[string]any{"id": got["n"], "list": []any{int64(1), "x", nil}, "deep": map[string]any{"é": "ü"}}
	if want["pathname"] == "(unknown file)" || want["name"] != "go.app" || !reflect.DeepEqual(want["nested"], nested) {
		t.Fatalf("what was sent is not as it should be: %v", want)
	}
}

// Records that Python's cookbook sends come out with every field.
func TestFromPython(t *testing.T) {
	needZMQ(t)
	tests := []struct{ pattern, python, topic string }{{"PULL", "PUSH", ""}, {"SUB", "PUB", ""}, {"SUB", "PUB", "app."}}
	for _, tt := range tests {
		t.Run(tt.pattern+tt.topic, func(t *testing.T) {
			qo := &ReceiveOptions{Options: Options{Bind: true, ErrorHandler: testkit.NoErrors(t)}}
			open := OpenPull
			if tt.pattern == "SUB" {
				open, qo.Topics = OpenSub, []string{tt.topic, "nothing"} // Python begins with the first
			}
			q, err := open("tcp://127.0.0.1:*", qo)
			must(t, err)
			defer q.Close() //nolint:errcheck // for a test that fails
			began := time.Now()
			args := []any{tt.python, "connect", bound(q), 0, pyRecords()}
			if tt.topic != "" {
				args = append(args, tt.topic)
			}
			p := startPython(t, "log.py", args...)
			for n, r := range collect(t, q, pyRecords()) {
				checkFromPython(t, n, r, began, p.cmd.Process.Pid)
			}
			p.want("sent")
			p.end()
			must(t, q.Close())
			if st := q.Stats(); st.Received != int64(pyRecords()) || st.Rejected != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func checkFromPython(t *testing.T, n int, r slog.Record, began time.Time, process int) {
	t.Helper()
	if r.Message != fmt.Sprintf("record %d of Python", n) || r.Level != pyLevels[n%5] ||
		r.Time.Before(began.Add(-time.Second)) || r.Time.After(time.Now()) {
		t.Fatalf("record %d: %v", n, r)
	}
	var buf strings.Builder
	must(t, slogx.JSON(&buf, &slog.HandlerOptions{Level: slog.LevelDebug}).Handle(t.Context(), r))
	var got map[string]any
	must(t, json.Unmarshal([]byte(buf.String()), &got))
	source, _ := got["source"].(map[string]any)
	file, _ := source["file"].(string)
	if !strings.HasSuffix(file, "log.py") || source["function"] != "<module>" || source["line"] == nil {
		t.Fatalf("source: %v", got["source"])
	}
	want := map[string]any{
		"name": "py.app", "n": float64(n), "ratio": float64(n) / 8, "odd": n%2 == 1,
		"nested":  map[string]any{"id": float64(n), "list": []any{1.0, "x", nil}, "deep": map[string]any{"é": "ü"}},
		"message": r.Message, // QueueHandler.prepare has added it
		"process": float64(process), "processName": "MainProcess", "threadName": "MainThread", "thread": got["thread"],
	}
	if id, _ := got["thread"].(float64); id == 0 {
		t.Fatalf("record %d: thread %v", n, got["thread"])
	}
	for _, key := range []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, slog.SourceKey} { // seen above
		delete(got, key)
	}
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("record %d: %s", n, cmp.Diff(want, got))
	}
}
