package queue

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// allocated returns how many allocations f makes, on all goroutines.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.Mallocs - before.Mallocs)
}

// Nothing is allocated for a record of up to five attributes on all its way: what is counted is for batches, of which the
// fewest have one record, and for whatever else the process does.
func TestAllocations(t *testing.T) {
	testkit.SkipUnderRace(t)
	o := slogx.Options{Format: slogx.JSON, ErrorHandler: testkit.NoErrors(t)}
	dir := t.TempDir()
	for name, target := range map[string]slog.Handler{
		"JSON":             slogx.JSON(io.Discard, nil),
		"Text":             slogx.Text(io.Discard, nil),
		"nothing":          nothing{},
		"Stream":           slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: o}),
		"File":             slogx.NewFileHandler(filepath.Join(dir, "file"), &slogx.FileOptions{Options: o}),
		"rotate":           rotate.NewHandler(filepath.Join(dir, "rotate"), &rotate.Options{Options: o, MaxBytes: 1 << 30, BackupCount: 1}),
		"rotate, buffered": rotate.NewHandler(filepath.Join(dir, "buffered"), &rotate.Options{Options: o, BufferSize: 256 << 10}),
	} {
		t.Run(name, func(t *testing.T) {
			base := newAsync(t, target, AsyncOptions{Capacity: 1024, RingOptions: RingOptions{BlockTimeout: -1}})
			for derived, h := range map[string]slog.Handler{
				"plain": base, "With(5)": base.WithAttrs(fiveAttrs), "WithGroup": base.WithGroup("g"),
				"both": base.WithGroup("g").WithAttrs(fiveAttrs).WithGroup("h"),
			} {
				logger := slog.New(h)
				for n := range len(fiveAttrs) + 1 {
					const records = 3000
					log := func() {
						for range records {
							logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", fiveAttrs[:n]...)
						}
						must(t, base.Drain(context.Background()))
					}
					log() // slots, buffers, pools
					if got := allocated(log); got > records/50 {
						t.Errorf("%s, %d attributes: %d allocations for %d records", derived, n, got, records)
					}
				}
			}
			must(t, slogx.Close(base))
		})
	}
}

// Neither is for contexts that end, such as those of requests, unless handlers ask for them: these get one, once.
func TestAllocationsOfContexts(t *testing.T) {
	testkit.SkipUnderRace(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	const records = 3000
	for name, tt := range map[string]struct {
		target slog.Handler
		most   int
	}{
		"file":  {slogx.NewFileHandler(filepath.Join(t.TempDir(), "file"), nil), records / 50},
		"other": {slog.NewMultiHandler(nothing{}, nothing{}), records + records/50},
	} {
		q := NewRing(records, nil)
		h := NewHandler(q, nil)
		l := NewListener(q, nil, tt.target)
		log := func() {
			for range records {
				must(t, h.Handle(ctx, info("m")))
			}
			must(t, l.Start())
			stop(t, l)
		}
		log()
		if got := allocated(log); got > tt.most {
			t.Errorf("%s: %d allocations for %d records", name, got, records)
		}
		must(t, slogx.Close(tt.target))
	}
}

// A burst that is followed by another soon needs nothing; after a large one memory is given back.
func TestMemoryBetweenBursts(t *testing.T) {
	q := NewRing(100_000, nil)
	burst := func(n int) {
		for range n {
			must(t, q.Enqueue(context.Background(), info("m")))
		}
		_ = empty(t, q)
	}
	burst(10_000)
	if got := testing.AllocsPerRun(5, func() {
		for range 10_000 {
			_ = q.Enqueue(context.Background(), record(0, "m"))
		}
		for range 10_000 {
			_, _ = q.Dequeue(context.Background())
		}
	}); got > 100 && !testkit.Race {
		t.Errorf("%v allocations", got)
	}
	q.trim()
	if len(q.pool.unused) < 10_000 {
		t.Error("slots that are used again and again are given back")
	}
	burst(50_000)
	q.trim()
	if n := len(q.pool.unused) + len(q.waiting.buf); n != 0 {
		t.Errorf("%d slots are kept", n)
	}
	burst(10)
}

// What a record holds is free as soon as it has been handed on, though its slot remains.
func TestSlotsKeepNothing(t *testing.T) {
	q := NewRing(100, &RingOptions{Policy: DropOldest})
	l := NewListener(q, nil, newFileHandler(new(file), slogx.Options{}), slogx.JSON(io.Discard, nil))
	free := make(chan bool, 1)
	func() {
		large := new([1 << 20]byte)
		runtime.SetFinalizer(large, func(*[1 << 20]byte) { free <- true })
		r := info("m")
		r.AddAttrs(slog.Any("large", large[:10]), slog.String("s", "s"))
		ctx := context.WithValue(context.Background(), large, large)
		must(t, NewHandler(q, nil).Handle(ctx, r))
	}()
	must(t, l.Start())
	stop(t, l)
	testkit.Eventually(t, "the record is free", func() bool {
		runtime.GC()
		return len(free) > 0
	})
	runtime.KeepAlive(q)
}

// Records that come one at a time, each in a batch of its own, allocate nothing either.
func TestAllocationsOfSingleRecords(t *testing.T) {
	testkit.SkipUnderRace(t)
	target := rotate.NewHandler(filepath.Join(t.TempDir(), "log"), &rotate.Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
	h := newAsync(t, target, AsyncOptions{Capacity: 1})
	logger := slog.New(h)
	const records = 500
	got := allocated(func() {
		for range records {
			logger.LogAttrs(context.Background(), slog.LevelInfo, "request served", fiveAttrs...)
			for h.Stats().Waiting > 0 {
				runtime.Gosched()
			}
		}
	})
	if got > records/2 {
		t.Errorf("%d allocations for %d records", got, records)
	}
	must(t, slogx.Close(h))
}

// What every record needs of a Ring is in two cache lines, with which it begins.
func TestRingIsLaidOutForTheCache(t *testing.T) {
	const line = 64
	var q Ring
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the order of the fields is for 64 bits")
	}
	if end := unsafe.Offsetof(q.stats) + unsafe.Offsetof(q.stats.Handled) + unsafe.Sizeof(q.stats.Handled); end > 2*line {
		t.Errorf("they take %d bytes", end)
	}
	for range 8 {
		if at := uintptr(unsafe.Pointer(NewRing(1, nil))); at%line != 0 {
			t.Errorf("a Ring of %d bytes begins %d bytes into a line", unsafe.Sizeof(q), at%line)
		}
	}
}
