package zstd

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var levels = map[string]Level{"Fastest": Fastest, "Default": Default, "Better": Better, "Best": Best}

// lines returns about n bytes of a log.
func lines(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		b = append(b, `{"level":"INFO","msg":"request","path":"/item/`...)
		b = strconv.AppendInt(b, int64(i*i%8191), 10)
		b = append(b, `","line":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, "}\n"...)
	}
	return b
}

func compress(t testing.TB, l Level, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := l.NewWriter(&out)
	must(t, err)
	_, err = z.Write(content)
	must(t, err)
	must(t, z.Close())
	return out.Bytes()
}

// decompress returns the content of one whole frame, read by a decoder that has no more than the window.
func decompress(compressed []byte) ([]byte, error) {
	d, err := zstd.NewReader(bytes.NewReader(compressed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return io.ReadAll(d)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	for name, l := range levels {
		for _, size := range []int{0, 1, 100, 64 << 10, window + window/4} {
			content := lines(size)
			got, err := decompress(compress(t, l, content))
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes became %d, %v", name, len(content), len(got), err)
			}
		}
	}
}

func TestChecksum(t *testing.T) {
	for _, size := range []int{1, 100, 3 * window} {
		compressed := compress(t, Default, lines(size))
		compressed[len(compressed)-1] ^= 1
		if _, err := decompress(compressed); !errors.Is(err, zstd.ErrCRCMismatch) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// The reference implementation reads what every level makes.
func TestZstdProgram(t *testing.T) {
	program := testkit.Peer(t, "zstd")
	for name, l := range levels {
		content := lines(window + window/4)
		path := filepath.Join(t.TempDir(), "app.log.1"+l.Extension())
		must(t, os.WriteFile(path, compress(t, l, content), 0o600))
		got, err := exec.Command(program, "-dcq", "--memory="+strconv.Itoa(window), path).Output()
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes became %d, %v", name, len(content), len(got), err)
		}
	}
}

func TestInvalidLevel(t *testing.T) {
	for _, l := range []Level{0, -1, Best + 1, 1000} {
		z, err := l.NewWriter(io.Discard)
		if z != nil || err == nil || !strings.Contains(err.Error(), "level "+strconv.Itoa(int(l))+":") {
			t.Errorf("%d: %v, %v", l, z, err)
		}
	}
}

// full takes that many bytes.
type full int

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, errFull
	}
	*f -= full(len(p))
	return len(p), nil
}

// A disk that is full is an error of Write or Close, wherever in the stream it happens.
func TestFull(t *testing.T) {
	content := lines(window / 4)
	size := len(compress(t, Default, content))
	for _, room := range []int{0, 10, size / 2, size - 5, size - 1} {
		f := full(room)
		z, err := Default.NewWriter(&f)
		must(t, err)
		_, err = z.Write(content)
		if err = errors.Join(err, z.Close()); !errors.Is(err, errFull) {
			t.Errorf("room for %d of %d: %v", room, size, err)
		}
	}
}

// No goroutine is there while it compresses, so that none remains when Close is never called.
func TestNoGoroutine(t *testing.T) {
	for name, l := range levels {
		before := runtime.NumGoroutine()
		z, err := l.NewWriter(io.Discard)
		must(t, err)
		_, err = z.Write(lines(window))
		must(t, err)
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%s: %d goroutines, %d before", name, n, before)
		}
	}
}

// What doc.go says of memory: it does not depend on how much is compressed.
func TestMemory(t *testing.T) {
	content := lines(3 * window)
	for name, limit := range map[string]uint64{"Fastest": 3, "Default": 4, "Better": 7, "Best": 37} {
		z, err := levels[name].NewWriter(io.Discard) // the tables that all share
		must(t, err)
		must(t, z.Close())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		z, err = levels[name].NewWriter(io.Discard)
		must(t, err)
		_, err = z.Write(content)
		must(t, err)
		must(t, z.Close())
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > limit<<20 {
			t.Errorf("%s: %.2f MiB allocated, want at most %d", name, float64(got)/(1<<20), limit)
		}
		if got := after.Mallocs - before.Mallocs; got > 100 {
			t.Errorf("%s: %d allocations", name, got)
		}
	}
}
