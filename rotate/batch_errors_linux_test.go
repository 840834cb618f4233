package rotate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slogkit-go/slogkit/slogx"
)

func init() { children["batchsize"] = childBatchSize }

// A file that cannot grow takes a part of the buffer: whole records, and one that is torn and written again.
func childBatchSize() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(n uint64) {
		check(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}))
	}
	w := NewWriter(os.Args[1], &Options{BufferSize: 100, FlushInterval: time.Hour, Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	write := func(s string) {
		if _, err := io.WriteString(w, s); err != nil {
			panic(err)
		}
	}
	stats := func(want Stats) {
		if s := w.Stats(); s != want {
			panic(fmt.Sprintf("%+v, want %+v", s, want))
		}
	}
	write("first\n")
	write("second\n")
	write("third\n")
	write("fourth\n")
	limit(17)
	if err := w.Flush(); !errors.Is(err, syscall.EFBIG) {
		panic(err)
	}
	stats(Stats{Handled: 4, Written: 2, Bytes: 13, Buffered: 2})
	if w.Flush() == nil {
		panic("no error")
	}
	stats(Stats{Handled: 4, Written: 2, Bytes: 13, Buffered: 2})
	limit(unix.RLIM_INFINITY)
	write("fifth\n")
	check(w.Close())
	stats(Stats{Handled: 5, Written: 5, Bytes: 32})
}

func TestBufferThatIsTornOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := child(t, "batchsize", path).Run(); err != nil {
		t.Error(err)
	}
	wantContent(t, path, "first\nsecond\nthir\nthird\nfourth\nfifth\n")
}

// A disk that is full for a while: what was accepted is written whole and in order, the rest was an error.
func TestBufferOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mount: ", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	path, ballast := filepath.Join(dir, "a"), filepath.Join(dir, "ballast")
	opts := Options{BufferSize: 4 << 10, MaxBytes: 8 << 10, BackupCount: 100, FlushInterval: time.Hour}
	opts.ErrorHandler = slogx.IgnoreErrors
	w := newWriter(t, path, opts)
	var accepted []string
	write := func(i int) error {
		record := fmt.Sprintf("%03d %s\n", i, strings.Repeat("r", i%300))
		_, err := io.WriteString(w, record)
		if err == nil {
			accepted = append(accepted, record)
		}
		return err
	}
	for i := range 30 {
		must(t, write(i))
	}
	_ = os.WriteFile(ballast, make([]byte, 1<<20), 0o600) // as much as there is room for
	failed := 0
	for i := range 200 {
		if write(30+i) != nil {
			failed++
		}
		s := w.Stats()
		checkBuffered(t, s, s.Buffered)
	}
	must(t, os.Remove(ballast))
	for i := range 30 {
		must(t, write(300+i))
	}
	must(t, w.Close())
	if s := w.Stats(); failed == 0 || s.Failed != int64(failed) || s.Written != int64(len(accepted)) {
		t.Errorf("%+v, %d failed", s, failed)
	}
	var all string
	files := listing(t, dir)
	for i := len(files) - 1; i > 0; i-- {
		all += files[fmt.Sprintf("a.%d", i)]
	}
	all += files["a"]
	for _, record := range accepted {
		torn, rest, ok := strings.Cut(all, record)
		if !ok || torn != "" && !strings.HasPrefix(record, strings.SplitAfter(torn, "\n")[0][:1]) {
			t.Fatalf("%.10q is not next in %.300q", record, all)
		}
		all = rest
	}
	if all != "" {
		t.Errorf("more: %.300q", all)
	}
}

func TestBufferOnDevices(t *testing.T) {
	w := newWriter(t, "/dev/null", Options{MaxBytes: 1, BackupCount: 1, When: Second, BufferSize: 10})
	for range 20 {
		put(t, w, "x\n")
	}
	must(t, w.Rotate())
	must(t, w.Close())
	if s := w.Stats(); s.Written != 20 || s.Rotations != 0 {
		t.Errorf("%+v", s)
	}
	opts := Options{BufferSize: 10, FlushInterval: time.Hour}
	opts.ErrorHandler = slogx.IgnoreErrors
	w = NewWriter("/dev/full", &opts)
	for range 4 {
		put(t, w, "1234\n")
	}
	for range 3 {
		if _, err := io.WriteString(w, "1234\n"); !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	}
	if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if s := w.Stats(); s.Handled != 7 || s.Failed != 7 {
		t.Errorf("%+v", s)
	}
}

func TestBufferOnAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	r, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer r.Close()
	w := newWriter(t, path, Options{BufferSize: 10, MaxBytes: 5, BackupCount: 3, FlushInterval: time.Hour})
	for i := range 10 {
		put(t, w, fmt.Sprintln(i))
	}
	must(t, w.Close())
	buf := make([]byte, 100)
	n, err := r.Read(buf)
	if got := string(buf[:n]); got != "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
