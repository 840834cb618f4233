package queue

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// Ten million records of eight goroutines into a rotated file that stalls for 5 ms whenever a new one begins: each is there
// once, each goroutine's in order, and memory stays within MaxBytes and 32 MiB.
func TestVolume(t *testing.T) {
	const producers, maxBytes = 8, 16 << 20
	records := 10_000_000
	switch {
	case testing.Short():
		records = 200_000
	case testkit.Race || runtime.GOOS == "windows":
		records = 300_000
	}
	name := filepath.Join(t.TempDir(), "log")
	var stalls int
	target := rotate.NewHandler(name, &rotate.Options{
		Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, MaxBytes: 1 << 20, BackupCount: records,
		Header: func() []byte {
			stalls++
			<-time.After(5 * time.Millisecond)
			return nil
		},
	})
	heap := watchHeap()
	h := newAsync(t, target, AsyncOptions{Capacity: records, RingOptions: RingOptions{MaxBytes: maxBytes, BlockTimeout: -1}})
	began := time.Now()
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			var b []byte
			for n := range records / producers {
				b = fmt.Appendf(b[:0], "%d_%d", p, n)
				handle(t, h, string(b))
			}
		})
	}
	wg.Wait()
	most := heap()
	must(t, slogx.Close(h))
	took := time.Since(began)
	s := h.Stats()
	wantEqual(t, s, Stats{Handled: int64(records), Delivered: int64(records), Blocked: s.Blocked})
	if most > maxBytes+32<<20 && !testkit.Race {
		t.Errorf("the heap has grown by %d MiB", most>>20)
	}
	next := make([]int, producers)
	files := filesOf(t, name)
	for _, content := range files {
		countRecords(t, content, next)
	}
	for p, n := range next {
		if n != records/producers {
			t.Errorf("%d records of producer %d, want %d", n, p, records/producers)
		}
	}
	t.Logf("%d files, %d stalls, %d blocked, heap %d MiB, %v, check %v", len(files), stalls, s.Blocked, most>>20, took, time.Since(began)-took)
}

// watchHeap returns a function that ends watching and tells by how much the heap has grown at most.
func watchHeap() (most func() int64) {
	stop, grown := make(chan struct{}), make(chan int64)
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	inUse := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64() + sample[1].Value.Uint64())
	}
	runtime.GC()
	before, highest := inUse(), int64(0)
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				highest = max(highest, inUse()-before)
			case <-stop:
				grown <- highest
				return
			}
		}
	}()
	return func() int64 { close(stop); return <-grown }
}

// filesOf returns a file and its numbered backups, the oldest first.
func filesOf(t *testing.T, name string) (contents [][]byte) {
	entries, err := os.ReadDir(filepath.Dir(name))
	must(t, err)
	for n := len(entries) - 1; n >= 0; n-- {
		file := name
		if n > 0 {
			file += "." + strconv.Itoa(n)
		}
		content, err := os.ReadFile(file)
		must(t, err)
		contents = append(contents, content)
	}
	return contents
}

// countRecords checks that each record is the next of its producer.
func countRecords(t *testing.T, content []byte, next []int) {
	t.Helper()
	for line := range bytes.Lines(content) {
		msg, ok := bytes.CutPrefix(line, []byte("level=INFO msg="))
		p := int(msg[0] - '0')
		n, err := strconv.Atoi(string(msg[2 : len(msg)-1]))
		if !ok || err != nil || n != next[p] {
			t.Fatalf("%q, want %d", line, next[p])
		}
		next[p]++
	}
}
