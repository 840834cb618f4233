package encode

import (
	"bytes"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func generic[T any](T) uintptr { return testkit.Here() }

type method struct{}

func (method) value() uintptr    { return testkit.Here() }
func (*method) pointer() uintptr { return testkit.Here() }

func inlined() uintptr { return testkit.Here() }

//go:noinline
func outer() uintptr { return inlined() }

var global = func() uintptr { return testkit.Here() }()

// callSites are program counters of all sorts of functions, and some that are none.
func callSites() []uintptr {
	var pcs [50]uintptr
	n := runtime.Callers(0, pcs[:])
	closure := func() uintptr { return func() uintptr { return testkit.Here() }() }
	return append(pcs[:n:n],
		testkit.Here(), generic(1), generic("s"), generic([]int{}), method{}.value(), new(method).pointer(), inlined(), outer(),
		closure(), global, 0, 1, 2, ^uintptr(0), testkit.Here()+1,
	)
}

// TestSources compares what is remembered of call sites with what log/slog finds out each time.
func TestSources(t *testing.T) {
	opts := &slog.HandlerOptions{AddSource: true}
	pcs := callSites()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var want, got bytes.Buffer
			for range 3 {
				for _, pc := range pcs {
					r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", pc)
					r.AddAttrs(slog.Int("a", 1))
					for _, h := range []slog.Handler{
						slog.NewJSONHandler(&want, opts), NewJSON(&got, opts), slog.NewTextHandler(&want, opts), NewText(&got, opts),
					} {
						if err := h.Handle(t.Context(), r); err != nil {
							t.Error(err)
						}
					}
				}
			}
			if !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("got  %s\nwant %s", got.Bytes(), want.Bytes())
			}
		})
	}
	wg.Wait()
}

// TestSourcesAreBounded: made-up call sites do not fill the memory, nor push out what is known, and are still answered.
func TestSourcesAreBounded(t *testing.T) {
	var sh shard
	pc := testkit.Here()
	known := sh.resolve(pc)
	if known.json == "" || known.text == "" {
		t.Errorf("nothing known of %x", pc)
	}
	for made := range uintptr(3 * maxPerShard) {
		if got := sh.resolve(made); got == nil || got.json != "" {
			t.Fatalf("made-up %x is %+v", made, got)
		}
	}
	m := *sh.byPC.Load()
	if len(m) > maxPerShard {
		t.Errorf("%d call sites in a shard, want at most %d", len(m), maxPerShard)
	}
	if m[pc] == nil || *m[pc] != *known {
		t.Error("a known call site was forgotten")
	}
	if late := testkit.Here(); *sh.resolve(late) != *newSource(slog.Record{PC: late}.Source()) {
		t.Error("a call site that found no room is answered wrongly")
	}
}
