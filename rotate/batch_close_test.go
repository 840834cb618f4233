package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// logAt logs one record, which is to be an error or not.
func logAt(t testing.TB, h slog.Handler, level slog.Level, msg string, fails bool) {
	t.Helper()
	if err := h.Handle(context.Background(), slog.NewRecord(time.Time{}, level, msg, 0)); (err != nil) != fails {
		t.Errorf("%s: %v", msg, err)
	}
}

func TestCloseWithABuffer(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	path := filepath.Join(t.TempDir(), "a")
	opts := Options{BufferSize: 100}
	opts.ErrorHandler = slogx.IgnoreErrors
	w := NewWriter(path, &opts)
	put(t, w, "1\n")
	for range 3 {
		must(t, w.Close())
		for range 3 {
			if n, err := io.WriteString(w, "late\n"); n != 0 || !errors.Is(err, slogx.ErrClosed) {
				t.Errorf("%d, %v", n, err)
			}
			if _, err := w.Write(make([]byte, 1000)); !errors.Is(err, slogx.ErrClosed) {
				t.Error(err)
			}
		}
	}
	if err := testkit.Leaks(ignore); err != nil {
		t.Error(err)
	}
	if !errors.Is(w.Rotate(), slogx.ErrClosed) || !errors.Is(w.Reopen(), slogx.ErrClosed) || w.Flush() != nil {
		t.Error("a closed Writer does something")
	}
	wantContent(t, path, "1\n")
	if s := w.Stats(); s.Handled != 19 || s.Failed != 18 || s.Written != 1 {
		t.Errorf("%+v", s)
	}
}

// Whichever of several Close comes first, nothing is lost.
func TestConcurrentCloseWithABuffer(t *testing.T) {
	for range 200 {
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, Options{BufferSize: 100})
		putNow(t, w, "1\n")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { must(t, w.Close()) })
		}
		wg.Wait()
		wantContent(t, path, "1\n")
	}
}

// Writes meet Close: each is either in the file or was refused, and none takes for ever.
func TestWriteDuringCloseWithABuffer(t *testing.T) {
	for range 100 {
		path := filepath.Join(t.TempDir(), "a")
		opts := Options{BufferSize: 20, FlushInterval: time.Microsecond}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := NewWriter(path, &opts)
		const workers = 4
		var written [workers]int
		within(t, time.Minute, "write until closed", func() {
			var wg sync.WaitGroup
			for worker := range workers {
				wg.Go(func() {
					for {
						if _, err := fmt.Fprintf(w, "%d %d\n", worker, written[worker]); err != nil {
							if !errors.Is(err, slogx.ErrClosed) {
								t.Error(err)
							}
							return
						}
						written[worker]++
					}
				})
			}
			must(t, w.Close())
			wg.Wait()
		})
		want := 0
		for _, n := range written {
			want += n
		}
		if s := w.Stats(); s.Written != int64(want) || s.Failed != workers || s.Buffered != 0 {
			t.Fatalf("%+v, %d written", s, want)
		}
	}
}

// A record that comes after Close has begun, while the ErrorHandler still hears of the flush before.
func TestWriteWhileCloseWaits(t *testing.T) {
	path, unblock := blocked(t)
	failing, goOn := make(chan bool), make(chan bool)
	var told atomic.Bool
	opts := Options{BufferSize: 100, FlushInterval: time.Millisecond}
	opts.ErrorHandler = func(context.Context, slog.Record, error) {
		if told.CompareAndSwap(false, true) {
			failing <- true
			<-goOn
		}
	}
	w := NewWriter(path, &opts)
	put(t, w, "1\n")
	<-failing
	unblock()
	closed := make(chan error)
	go func() { closed <- w.Close() }()
	within(t, time.Minute, "a record", func() {
		for {
			if _, err := io.WriteString(w, "2\n"); err != nil {
				if !errors.Is(err, slogx.ErrClosed) {
					t.Error(err)
				}
				return
			}
		}
	})
	goOn <- true
	must(t, <-closed)
	if s := w.Stats(); s.Buffered != 0 || s.Failed != 1 || int64(len(read(t, path))) != s.Bytes {
		t.Errorf("%+v", s)
	}
}

// Close waits for a Header, and then writes what was meant to be in its file.
func TestCloseWhileTheHeaderIsAsked(t *testing.T) {
	for name, large := range map[string]bool{"by the timer": false, "by a large record": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a")
				asked := false
				w := newWriter(t, path, Options{BufferSize: 100, Header: func() []byte {
					if !asked {
						asked = true
						time.Sleep(2 * time.Second)
					}
					return []byte("header\n")
				}})
				var wg sync.WaitGroup
				want := "1\n"
				putNow(t, w, "1\n")
				if large {
					record := string(make([]byte, 200)) + "\n"
					wg.Go(func() { putNow(t, w, record) })
					want += record
				}
				time.Sleep(1500 * time.Millisecond)
				putNow(t, w, "2\n")
				for range 3 {
					wg.Go(func() { must(t, w.Close()) })
				}
				wg.Wait()
				if large { // which may come before or after 2
					if got := read(t, path); len(got) != len("header\n"+want+"2\n") {
						t.Errorf("%q", got)
					}
				} else {
					wantContent(t, path, "header\n1\n2\n")
				}
				checkBuffered(t, w.Stats(), 0)
			})
		})
	}
}

// It does not wait for ever; then what is not written is an error.
func TestCloseWhileTheHeaderDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		goOn := make(chan bool)
		var got testkit.ErrorLog
		opts := Options{BufferSize: 100, Header: func() []byte {
			<-goOn
			return nil
		}}
		opts.ErrorHandler = got.Handle
		w := NewWriter(filepath.Join(dir, "a"), &opts)
		flushed := make(chan error)
		putNow(t, w, "1\n")
		go func() { flushed <- w.Flush() }()
		synctest.Wait()
		putNow(t, w, "2\n")
		_ = w.Close()
		if _, err := io.WriteString(w, "3\n"); !errors.Is(err, slogx.ErrClosed) {
			t.Error(err)
		}
		got.Take()
		goOn <- true
		if err := <-flushed; !errors.Is(err, slogx.ErrClosed) {
			t.Error(err)
		}
		got.Want(t, "2 records")
		if s := w.Stats(); s.Handled != 3 || s.Failed != 3 {
			t.Errorf("%+v", s)
		}
		wantFiles(t, dir, map[string]string{})
	})
}

// User code that closes what it is called by waits for nobody.
func TestCloseByUserCode(t *testing.T) {
	for name, with := range map[string]func(opts *Options, close func()){
		"Header":       func(opts *Options, close func()) { opts.Header = func() []byte { close(); return nil } },
		"Namer":        func(opts *Options, close func()) { opts.Namer = func(name string) string { close(); return name } },
		"ErrorHandler": func(opts *Options, close func()) { opts.When = Day; opts.Header = func() []byte { panic("no") } },
		"OnRotate":     func(opts *Options, close func()) { opts.OnRotate = func(string, string) { close() } },
	} {
		for _, by := range []string{"the timer", "Flush", "Rotate"} {
			t.Run(name+" by "+by, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var w *Writer
					closed := make(chan bool, 100)
					doClose := func() {
						_ = w.Close()
						closed <- true
					}
					opts := Options{BufferSize: 100, FlushInterval: time.Millisecond, MaxBytes: 3, BackupCount: 2}
					opts.ErrorHandler = slogx.IgnoreErrors
					if name == "ErrorHandler" {
						opts.ErrorHandler = func(context.Context, slog.Record, error) { doClose() }
					}
					with(&opts, doClose)
					w = NewWriter(filepath.Join(t.TempDir(), "a"), &opts)
					within(t, 5*time.Second, "close", func() {
						for i := range 5 {
							_, _ = io.WriteString(w, fmt.Sprintln(i))
						}
						switch by {
						case "Flush":
							_ = w.Flush()
						case "Rotate":
							_ = w.Rotate()
						}
						<-closed
					})
					must(t, w.Close())
					s := w.Stats()
					checkBuffered(t, s, s.Buffered)
				})
			})
		}
	}
}
