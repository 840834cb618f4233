package rotate

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// numberedHeader returns a Header that counts its calls: "#1\n", "#2\n", and so on.
func numberedHeader() func() []byte {
	var n atomic.Int32
	return func() []byte { return fmt.Appendf(nil, "#%d\n", n.Add(1)) }
}

func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts Options
		pre  string
		do   func(t *testing.T, w *Writer, path string)
		want map[string]string
	}{
		{"a new file", Options{}, "-", nil, map[string]string{"a": "#1\nx\n"}},
		{"an empty file", Options{}, "", nil, map[string]string{"a": "#1\nx\n"}},
		{"an existing file", Options{}, "old\n", nil, map[string]string{"a": "old\nx\n"}},
		{"a truncated file", Options{Truncate: true}, "old\n", nil, map[string]string{"a": "#1\nx\n"}},
		{"size", Options{MaxBytes: 9, BackupCount: 9}, "-", func(t *testing.T, w *Writer, _ string) {
			for i := range 5 {
				put(t, w, fmt.Sprintln(i))
			}
		}, map[string]string{"a": "#3\n3\n4\n", "a.1": "#2\n1\n2\n", "a.2": "#1\nx\n0\n"}},
		{"Rotate", Options{BackupCount: 1}, "-", func(t *testing.T, w *Writer, _ string) {
			must(t, w.Rotate())
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n", "a.1": "#1\nx\n"}},
		{"Rotate without backups", Options{}, "-", func(t *testing.T, w *Writer, _ string) {
			must(t, w.Rotate())
			put(t, w, "y\n")
		}, map[string]string{"a": "#1\nx\ny\n"}},
		{"a Rotator", Options{BackupCount: 1, Rotator: os.Rename}, "-", func(t *testing.T, w *Writer, _ string) {
			must(t, w.Rotate())
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n", "a.1": "#1\nx\n"}},
		{"a Rotator that copies", Options{BackupCount: 1, Rotator: copyTruncate}, "-", func(t *testing.T, w *Writer, _ string) {
			must(t, w.Rotate())
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n", "a.1": "#1\nx\n"}},
		{"a Namer", Options{BackupCount: 1, Namer: func(name string) string { return name + ".old" }}, "-", func(t *testing.T, w *Writer, _ string) {
			must(t, w.Rotate())
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n", "a.1.old": "#1\nx\n"}},
		{"deleted", Options{}, "-", func(t *testing.T, w *Writer, path string) {
			if closeFirst {
				t.Skip("Windows keeps open files where they are")
			}
			must(t, os.Remove(path))
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n"}},
		{"Reopen", Options{}, "-", func(t *testing.T, w *Writer, path string) {
			if closeFirst {
				t.Skip("Windows keeps open files where they are")
			}
			must(t, os.Rename(path, path+".moved"))
			_ = w.Reopen()
			put(t, w, "y\n")
		}, map[string]string{"a": "#2\ny\n", "a.moved": "#1\nx\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			if tt.pre != "-" {
				create(t, path, tt.pre)
			}
			opts := tt.opts
			opts.Header = numberedHeader()
			w := newWriter(t, path, opts)
			put(t, w, "x\n")
			if tt.do != nil {
				tt.do(t, w, path)
			}
			wantFiles(t, dir, tt.want)
			if s := w.Stats(); s.Bytes > 2*s.Written {
				t.Errorf("the header is counted: %+v", s)
			}
		})
	}
}

func TestHeaderByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Midnight, Location: time.UTC, Header: numberedHeader()})
		for i := range 3 {
			put(t, w, fmt.Sprintln(i))
			time.Sleep(24 * time.Hour)
		}
		wantFiles(t, dir, map[string]string{"a": "#3\n2\n", "a.2000-01-01": "#1\n0\n", "a.2000-01-02": "#2\n1\n"})
	})
}

// A record that is too large goes behind the header, whatever the size: no backup has nothing but that.
func TestHeaderAloneIsNoBackup(t *testing.T) {
	for _, size := range []int64{1, 3, 4, 10} {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: size, BackupCount: 9, Header: func() []byte { return []byte("####\n") }})
		for i := range 3 {
			put(t, w, fmt.Sprintf("record %d\n", i))
		}
		wantFiles(t, dir, map[string]string{"a": "####\nrecord 2\n", "a.1": "####\nrecord 1\n", "a.2": "####\nrecord 0\n"})
	}
}

// A Header that panics, or gives nothing, costs its file the header and no record.
func TestHeaderThatPanics(t *testing.T) {
	dir := t.TempDir()
	var got testkit.ErrorLog
	broken := true
	opts := Options{BackupCount: 3, Header: func() []byte {
		if broken {
			panic("header")
		}
		return nil
	}}
	opts.ErrorHandler = got.Handle
	w := newWriter(t, filepath.Join(dir, "a"), opts)
	put(t, w, "0")
	got.Want(t, "Header: panic: header")
	must(t, w.Rotate())
	got.Want(t, "Header: panic: header")
	put(t, w, "1")
	broken = false
	must(t, w.Rotate())
	put(t, w, "2")
	got.WantNone(t)
	wantFiles(t, dir, map[string]string{"a": "2", "a.1": "1", "a.2": "0"})
	if s := w.Stats(); s.Errors != 2 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

// What a Header logs goes to the file before, or, if there is none, begins the first one.
func TestHeaderThatLogs(t *testing.T) {
	dir := t.TempDir()
	var h *Handler
	n := 0
	opts := &Options{BackupCount: 3, MaxBytes: 1, Header: func() []byte {
		n++
		slog.New(h).Info(fmt.Sprint("header ", n))
		_, _ = h.Stats(), h.Flush()
		return fmt.Appendf(nil, "#%d\n", n)
	}}
	opts.ErrorHandler, opts.Format = testkit.NoErrors(t), messageOnly
	h = NewHandler(filepath.Join(dir, "a"), opts)
	within(t, time.Minute, "logging", func() {
		for i := range 3 {
			slog.New(h).Info(fmt.Sprint(i))
			h.writer.wait()
		}
		must(t, h.Close())
	})
	all := listing(t, dir)
	text := all["a.3"] + all["a.2"] + all["a.1"] + all["a"]
	for _, line := range []string{"0", "1", "2", "header 1", "header 2", "header 3"} {
		if strings.Count("\n"+text, "\n"+line+"\n") != 1 {
			t.Errorf("%q in %q", line, all)
		}
	}
	if !strings.HasPrefix(all["a"], "#") {
		t.Errorf("%q", all)
	}
}

// Records that are logged while a Header takes its time go to the file before, none is lost, and every file has one.
func TestSlowHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 100, BackupCount: 1000, Header: func() []byte {
			time.Sleep(time.Second)
			return []byte("#\n")
		}})
		var wg sync.WaitGroup
		const workers, records = 4, 50
		for i := range workers {
			wg.Go(func() {
				for j := range records {
					putNow(t, w, fmt.Sprintf("%d-%d\n", i, j))
					time.Sleep(time.Duration(i+1) * 10 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		must(t, w.Close())
		lines := 0
		for name, content := range listing(t, dir) {
			if !strings.HasPrefix(content, "#\n") || strings.Count(content, "#") != 1 {
				t.Errorf("%s: %q", name, content)
			}
			lines += strings.Count(content, "\n") - 1
		}
		if lines != workers*records {
			t.Errorf("%d lines", lines)
		}
	})
}

// The same with all the speed there is.
func TestHeaderOfConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 400, BackupCount: 10_000, Header: func() []byte { return []byte("#\n") }})
	var wg sync.WaitGroup
	const workers, records = 4, 200
	for i := range workers {
		wg.Go(func() {
			for j := range records {
				putNow(t, w, fmt.Sprintf("%d-%d\n", i, j))
			}
		})
	}
	wg.Wait()
	must(t, w.Close())
	lines := 0
	for name, content := range listing(t, dir) {
		if !strings.HasPrefix(content, "#\n") || strings.Count(content, "#") != 1 {
			t.Errorf("%s: %q", name, content)
		}
		lines += strings.Count(content, "\n") - 1
	}
	if lines != workers*records {
		t.Errorf("%d lines", lines)
	}
}

// A Writer that is closed while its Header runs begins no file.
func TestCloseWhileAHeaderRuns(t *testing.T) {
	dir := t.TempDir()
	running, goOn := make(chan bool), make(chan bool)
	first := true
	opts := Options{MaxBytes: 1, BackupCount: 1, Header: func() []byte {
		if !first {
			running <- true
			<-goOn
		}
		first = false
		return []byte("#")
	}}
	opts.ErrorHandler = slogx.IgnoreErrors
	w := newWriter(t, filepath.Join(dir, "a"), opts)
	put(t, w, "0")
	refused := make(chan error)
	go func() {
		_, err := w.Write([]byte("1"))
		refused <- err
	}()
	<-running
	putNow(t, w, "while")
	must(t, w.Close())
	goOn <- true
	if err := <-refused; !errors.Is(err, slogx.ErrClosed) {
		t.Error(err)
	}
	wantFiles(t, dir, map[string]string{"a": "#0while"})
	checkStats(t, w.Stats())
}

// A look that has found the file gone counts, though the Header had to be asked first.
func TestHeaderOfAFileThatIsGone(t *testing.T) {
	if closeFirst {
		t.Skip("an open file cannot be deleted")
	}
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{Header: numberedHeader()})
	put(t, w, "0\n")
	must(t, os.Remove(path))
	w.presence.looks.Store(1) // as fast writers leave it
	put(t, w, "1\n")
	if got := read(t, path); got != "#2\n1\n" {
		t.Errorf("%q", got)
	}
}

// A header that cannot be written leaves no file, but what was there before.
func TestHeaderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	empty, made := filepath.Join(dir, "empty"), filepath.Join(dir, "made")
	create(t, empty, "")
	want := map[string]string{"empty": ""}
	paths := []string{empty, made}
	if !closeFirst {
		link := filepath.Join(dir, "link")
		must(t, os.Symlink("target", link))
		want["link"], want["target"] = "", ""
		paths = append(paths, link)
	}
	for _, path := range paths {
		w := newWriter(t, path, Options{})
		file, err := logfile.Open(path, logfile.Options{FollowSymlink: true})
		must(t, err)
		must(t, file.Close())
		if err := w.writeHeader(file, path, []byte("#")); err == nil {
			t.Error("no error")
		}
	}
	wantFiles(t, dir, want)
}
