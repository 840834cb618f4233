package memory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// scenario is what CPython's MemoryHandler did; the file's "schema" says what the fields mean.
type scenario struct {
	ID           int    `json:"id"`
	Name         string `json:"name"`
	Capacity     int    `json:"capacity"`
	FlushLevel   int    `json:"flushLevel"`
	FlushOnClose bool   `json:"flushOnClose"`
	Target       bool   `json:"target"`
	TargetLevel  int    `json:"targetLevel"`
	HandlerLevel int    `json:"handlerLevel"`
	End          string `json:"end"`
	Ops          []any  `json:"ops"`
	Batches      []struct {
		Trigger any   `json:"trigger"`
		Seqs    []int `json:"seqs"`
	} `json:"batches"`
	After  []int64 `json:"buffer_len_after_each_op"`
	AtEnd  int64   `json:"buffer_len_end"`
	result []batch
}

// batch is what came during one operation.
type batch struct {
	Trigger string
	Seqs    []int
}

// TestOracle replays what was recorded from CPython 3.13. There is one difference: where Python's close leaves records in
// its buffer, for want of a target or because of flushOnClose=False, ours counts them as lost or dropped.
func TestOracle(t *testing.T) {
	file, err := os.ReadFile("../testdata/oracle/memory.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct{ Scenarios []scenario }
	if err := json.Unmarshal(file, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Scenarios) != 105 {
		t.Fatalf("%d scenarios", len(recorded.Scenarios))
	}
	for _, s := range recorded.Scenarios {
		t.Run(fmt.Sprint(s.ID, " ", s.Name), func(t *testing.T) { s.replay(t) })
	}
}

func (s *scenario) replay(t *testing.T) {
	target := &recorder{level: slog.Level(s.TargetLevel)}
	h := memory.NewHandler(s.Capacity, nil, &memory.Options{
		Options:        slogx.Options{Level: slog.Level(s.HandlerLevel), ErrorHandler: slogx.IgnoreErrors},
		FlushLevel:     slog.Level(s.FlushLevel),
		DiscardOnClose: !s.FlushOnClose,
	})
	if s.Target {
		h.SetTarget(target)
	}
	logger := slog.New(h)
	for seq, op := range s.Ops {
		trigger := strconv.Itoa(seq)
		switch op := op.(type) {
		case float64:
			logger.Log(context.Background(), slog.Level(op), trigger)
		case string:
			trigger = op
			switch op {
			case "flush":
				ok(t, h.Flush())
			case "setTarget":
				h.SetTarget(target)
			case "unsetTarget":
				h.SetTarget(nil)
			default:
				t.Fatalf("unknown operation %q", op)
			}
		}
		s.collect(trigger, target)
		if got := h.Stats().Buffered; got != s.After[seq] {
			t.Errorf("after operation %d, %v: %d buffered, want %d", seq, op, got, s.After[seq])
		}
	}
	before := h.Stats()
	switch s.End {
	case "close":
		_ = h.Close()
	case "shutdown":
		_ = slogx.Shutdown(context.Background(), h)
	}
	s.collect(s.End, target)
	var want []batch
	for _, b := range s.Batches {
		want = append(want, batch{fmt.Sprint(b.Trigger), b.Seqs})
	}
	if diff := cmp.Diff(want, s.result); diff != "" {
		t.Errorf("delivered (-Python +ours):\n%s", diff)
	}
	after := h.Stats()
	switch {
	case s.End == "none":
		if after.Buffered != s.AtEnd {
			t.Errorf("%d buffered at the end, want %d", after.Buffered, s.AtEnd)
		}
	case after.Buffered != 0:
		t.Errorf("%d buffered after Close", after.Buffered)
	case after.Dropped+after.Failed != s.AtEnd:
		t.Errorf("%+v after Close, want %d in Python's buffer", after, s.AtEnd)
	case !s.FlushOnClose && after.Dropped != before.Buffered:
		t.Errorf("%d dropped, of %d", after.Dropped, before.Buffered)
	}
	if after.Handled != after.Delivered+after.Buffered+after.Dropped+after.Failed {
		t.Errorf("%+v do not add up", after)
	}
}

// collect notes what has reached the target.
func (s *scenario) collect(trigger string, target *recorder) {
	var seqs []int
	for _, msg := range target.take() {
		seq, _ := strconv.Atoi(msg)
		seqs = append(seqs, seq)
	}
	if len(seqs) == 0 {
		return
	}
	s.result = append(s.result, batch{trigger, seqs})
}
