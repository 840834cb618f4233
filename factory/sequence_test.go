package factory_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestSequence(t *testing.T) {
	got := logged(t, slogx.Text, []factory.Layer{factory.Sequence("n")}, func(l *slog.Logger) {
		l.Info("a")
		l.With("x", 1).Info("b")
		l.WithGroup("g").Info("c", "y", 2)
	})
	want := "level=INFO msg=a n=1\nlevel=INFO msg=b x=1 n=2\nlevel=INFO msg=c g.y=2 n=3\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	other := factory.Sequence("n")
	if got := apply(t.Context(), other, readyRecord(0)); !got[0].Equal(slog.Uint64("n", 1)) {
		t.Errorf("another Sequence begins with %v", got)
	}
}

func TestSequenceConcurrently(t *testing.T) {
	const goroutines, each = 8, 200
	out := logged(t, slogx.JSON, []factory.Layer{factory.Sequence("n")}, func(l *slog.Logger) {
		var all sync.WaitGroup
		for range goroutines {
			all.Go(func() {
				l := l.With("a", 1)
				for range each {
					l.Info("hello")
				}
			})
		}
		all.Wait()
	})
	var numbers []int
	for line := range strings.Lines(out) {
		var r struct{ N int }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, r.N)
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		if n != i+1 {
			t.Fatalf("number %d is %d", i+1, n)
		}
	}
	if len(numbers) != goroutines*each {
		t.Errorf("%d records", len(numbers))
	}
}

func TestSequenceAllocations(t *testing.T) {
	h, r := factory.New(slogx.JSON(io.Discard, nil), factory.Sequence("n")), readyRecord(0, slog.Int("a", 1))
	wantAllocs(t, "Sequence", 0, func() { _ = h.Handle(t.Context(), r) })
}
