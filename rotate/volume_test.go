package rotate

import (
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// Ten million records of eight goroutines, rotated by size and by time: each is there once, each goroutine's in order.
func TestVolume(t *testing.T) {
	const writers, maxBytes = 8, 1 << 20
	records := 10_000_000
	switch {
	case testing.Short():
		records = 200_000
	case testkit.Race || runtime.GOOS == "windows":
		records = 300_000
	}
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{MaxBytes: maxBytes, When: Second, Location: time.UTC, BufferSize: 256 << 10})
	began := time.Now()
	var seconds sync.Map // in which records are logged
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			var b []byte
			for n := range records / writers {
				if n%1000 == 0 {
					seconds.Store(time.Now().Unix(), true)
				}
				b = appendNumbered(b[:0], writer, n)
				if _, err := w.Write(b); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	must(t, w.Close())
	took := time.Since(began)
	l := newLedger(writers)
	found := l.readLogs(t, path, maxBytes)
	l.wantAll(t, records/writers)
	found.wantFinished(t, false)
	s := w.Stats()
	if s.Written != int64(records) || s.Bytes != l.bytes || s.Rotations != int64(len(found.inOrder)-1) || s.Buffered != 0 {
		t.Errorf("%+v, %d bytes in %d files", s, l.bytes, len(found.inOrder))
	}
	n := 0
	seconds.Range(func(any, any) bool { n++; return true })
	if n > 3 && found.dates < 2 {
		t.Errorf("records of %d seconds have one date", n)
	}
	t.Logf("%d bytes in %d files of %d seconds, %v, check %v", l.bytes, len(found.inOrder), found.dates, took, time.Since(began)-took)
}
