//go:build linux

package rotate

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func init() {
	children["stdout"] = childStdout
	children["filesize"] = childFileSize
}

// child runs this binary anew.
func child(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := children.Command(t, name, args...)
	cmd.Stderr = os.Stderr
	return cmd
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func childStdout() {
	h, err := Open("/dev/stdout", &Options{MaxBytes: 1, BackupCount: 3, When: Second, Options: slogx.Options{Format: messageOnly}})
	check(err)
	for range 3 {
		slog.New(h).Info("to stdout")
	}
	check(h.Rotate())
	check(h.Flush())
	check(h.Close())
	if s := h.Stats(); s.Written != 3 || s.Rotations != 0 || s.Errors != 0 {
		panic(s)
	}
}

func TestStdout(t *testing.T) {
	const want = "to stdout\nto stdout\nto stdout\n"
	out, err := child(t, "stdout").Output() // a pipe
	if err != nil || string(out) != want {
		t.Errorf("pipe: %q, %v", out, err)
	}
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	cmd := child(t, "stdout")
	cmd.Stdout = f
	if err := cmd.Run(); err != nil || read(t, path) != want {
		t.Errorf("file: %q, %v", read(t, path), err)
	}
}

// A file that cannot grow: the record is torn, which is an error, and the next one begins a line.
func childFileSize() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(n uint64) {
		check(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}))
	}
	path := os.Args[1]
	kind := os.Args[2]
	opts := &Options{MaxBytes: 100, BackupCount: 2, Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}}
	switch kind {
	case "rotator":
		opts.Rotator = func(string, string) error { return errors.New("no") }
	case "reopen":
		opts.MaxBytes = 0
	case "plain":
		opts.MaxBytes = 0
	}
	w := NewWriter(path, opts)
	write := func(s string, ok bool) {
		if n, err := io.WriteString(w, s); (err == nil) != ok {
			panic(err)
		} else if !ok && n >= len(s) {
			panic(n)
		}
	}
	write("first\n", true)
	limit(10)
	write("second record\n", false)
	write("third record\n", false)
	limit(unix.RLIM_INFINITY)
	switch kind {
	case "reopen":
		check(w.Reopen())
	case "rotator":
		w.config.limit = 1
	}
	write("fourth record\n", true)
	check(w.Close())
	if s := w.Stats(); s.Handled != 4 || s.Written != 2 || s.Failed != 2 || s.Bytes != 20 {
		panic(s)
	}
}

func TestTornRecord(t *testing.T) {
	for _, kind := range []string{"plain", "reopen", "rotator"} {
		path := filepath.Join(t.TempDir(), "a")
		if err := child(t, "filesize", path, kind).Run(); err != nil {
			t.Error(err)
		}
		if got, want := read(t, path), "first\nseco\nfourth record\n"; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

// A disk that is full for a while.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mount: ", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	for _, rotator := range []func(string, string) error{nil, copyTruncate} {
		path := filepath.Join(dir, "a")
		ballast := filepath.Join(dir, "ballast")
		opts := Options{MaxBytes: 8 << 10, BackupCount: 1, Rotator: rotator}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := newWriter(t, path, opts)
		record := strings.Repeat("r", 999) + "\n"
		put(t, w, record)
		_ = os.WriteFile(ballast, make([]byte, 1<<20), 0o600) // as much as there is room for
		failed := 0
		for range 100 {
			if _, err := io.WriteString(w, record); err != nil {
				failed++
			}
		}
		if failed == 0 {
			t.Error("the disk was not full")
		}
		must(t, os.Remove(ballast))
		for range 3 {
			put(t, w, record)
		}
		must(t, w.Close())
		checkStats(t, w.Stats())
		if s := w.Stats(); s.Failed != int64(failed) {
			t.Errorf("%+v, %d failed", s, failed)
		}
		if all := read(t, path); !strings.HasSuffix(all, "\n"+record+record+record) && all != record+record+record && all != record+record && all != record {
			t.Errorf("%.300q", all)
		}
		for _, name := range names(t, dir) {
			must(t, os.Remove(filepath.Join(dir, name)))
		}
	}
}

func TestDevices(t *testing.T) {
	w := newWriter(t, "/dev/null", Options{MaxBytes: 1, BackupCount: 1, When: Second, Truncate: true})
	for range 3 {
		put(t, w, "x")
	}
	must(t, w.Rotate())
	must(t, w.Flush())
	if s := w.Stats(); s.Written != 3 || s.Rotations != 0 || exists("/dev/null.1") {
		t.Errorf("%+v", s)
	}

	var got testkit.ErrorLog
	opts := &Options{MaxBytes: 1, BackupCount: 1}
	opts.ErrorHandler = got.Handle
	h, err := Open("/dev/full", opts)
	must(t, err)
	defer h.Close()
	for range 5 {
		slog.New(h).Info("m")
	}
	for _, err := range got.Take() {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	}
	if s := h.Stats(); s != (Stats{Handled: 5, Failed: 5}) {
		t.Errorf("%+v", s)
	}
}

func TestPipes(t *testing.T) {
	t.Parallel() // with what takes longer
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	for kind, open := range bothHandlers {
		t.Run(kind, func(t *testing.T) {
			h := open(path, slogx.Options{Format: messageOnly, ErrorHandler: slogx.IgnoreErrors})
			defer h.Close()
			log := func(msg string) error {
				return h.Handle(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, msg, 0))
			}
			within(t, time.Minute, "a record that nobody reads", func() {
				if log("nobody") == nil {
					t.Error("no error")
				}
			})
			r, err := os.OpenFile(path, os.O_RDWR, 0) // and so a reader
			must(t, err)
			must(t, log("somebody"))
			buf := make([]byte, 100)
			n, err := r.Read(buf)
			if string(buf[:n]) != "somebody\n" || err != nil {
				t.Errorf("%q, %v", buf[:n], err)
			}
			must(t, r.Close())
			if log("nobody again") == nil {
				t.Error("no error")
			}
			r, err = os.OpenFile(path, os.O_RDWR, 0)
			must(t, err)
			defer r.Close()
			must(t, log("again"))
			if n, err = r.Read(buf); string(buf[:n]) != "again\n" || err != nil {
				t.Errorf("%q, %v", buf[:n], err)
			}
		})
	}
}

// A reader that does not read holds a record up for a bounded time only.
func TestPipeThatIsFull(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the five seconds of the time-out")
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	r, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer r.Close()
	opts := Options{}
	opts.ErrorHandler = slogx.IgnoreErrors
	w := newWriter(t, path, opts)
	within(t, time.Minute, "a record", func() {
		if n, err := w.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
}
