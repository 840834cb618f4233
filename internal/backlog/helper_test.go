package backlog

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// sink is the sending end of a test's Queue: of numbers, with a size of 10 bytes each.
type sink struct {
	*Queue[int]
	mu      sync.Mutex
	batches [][]int
	errs    testkit.ErrorLog // what was reported
	gate    chan int         // nil: Send has done with all; else with as many as come through
	entered chan struct{}
}

func newSink(t *testing.T, c Config[int]) *sink {
	t.Helper()
	s := &sink{entered: make(chan struct{}, 1000)}
	if c.Send == nil {
		c.Send = s.send
	}
	if c.Report == nil {
		c.Report = s.errs.Add
	}
	s.Queue = New(c)
	return s
}

// gated is a sink whose Send waits for the test.
func gated(t *testing.T, c Config[int]) *sink {
	t.Helper()
	s := newSink(t, c)
	s.gate = make(chan int)
	return s
}

func (s *sink) send(ctx context.Context, batch []int) int {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Clone(batch))
	s.mu.Unlock()
	s.entered <- struct{}{}
	if s.gate == nil {
		return len(batch)
	}
	select {
	case n := <-s.gate:
		return n
	case <-ctx.Done():
		return 0
	}
}

// sent returns what Send was given so far.
func (s *sink) sent() [][]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches)
}

func (s *sink) put(t *testing.T, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := s.Put(t.Context(), n, slog.LevelInfo, 10); err != nil {
			t.Fatalf("put %d: %v", n, err)
		}
	}
}

func wantSent(t *testing.T, s *sink, want ...[]int) {
	t.Helper()
	if got := s.sent(); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

// wantCounts also checks the sum.
func wantCounts(t *testing.T, s *sink, done, dropped, waiting int64) {
	t.Helper()
	got := s.Stats()
	if got.Done != done || got.Dropped != dropped || got.Waiting != waiting || got.Handled != done+dropped+waiting {
		t.Errorf("%+v, want %d done, %d dropped, %d waiting", got, done, dropped, waiting)
	}
	if got.Waiting == 0 && got.Bytes != 0 {
		t.Errorf("%d bytes of no records", got.Bytes)
	}
}

func closeNow(t *testing.T, s *sink) {
	t.Helper()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
