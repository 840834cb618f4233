package httpx

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestSlabs: they grow while there are records for them, and a record that comes alone keeps only a small one in memory.
func TestSlabs(t *testing.T) {
	h := NewHandler("https://h/", &Options{Options: failOnError(t), Encoding: JSON})
	defer h.Close()
	var kept keeping
	h.sink = &kept
	short, long := record1("short"), record1(strings.Repeat("x", 3<<10))
	for range 100 {
		h.records = sync.Pool{} // as a garbage collection would leave it
		_ = h.Handle(t.Context(), short)
	}
	for _, text := range kept.texts {
		if cap(text) > minSlab {
			t.Fatalf("%d bytes for a record of %d", cap(text), len(text))
		}
	}
	kept.texts = nil
	for range 1000 {
		_ = h.Handle(t.Context(), short)
		_ = h.Handle(t.Context(), long)
	}
	largest := 0
	for i, text := range kept.texts {
		largest = max(largest, cap(text))
		if i%2 == 0 && !strings.Contains(string(text), `"short"`) || i%2 == 1 && !strings.Contains(string(text), long.Message) {
			t.Fatalf("%d: %s", i, text) // another has written over it
		}
	}
	if largest > maxSlab || largest < maxSlab && !testkit.Race { // under which a sync.Pool drops what it is given
		t.Errorf("%d bytes", largest)
	}
}

// keeping is a sink that keeps records.
type keeping struct {
	sink
	texts [][]byte
}

func (s *keeping) put(_ context.Context, r *record) error {
	s.texts = append(s.texts, r.text)
	r.kept = true
	return nil
}

func (*keeping) close(context.Context) error { return nil }
