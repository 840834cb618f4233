package rotate

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// content is that of a file that may not exist yet.
func content(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

func wantContent(t testing.TB, path, want string) {
	t.Helper()
	if got := content(t, path); got != want {
		t.Errorf("%s: %.300q, want %.300q", filepath.Base(path), got, want)
	}
}

// checkBuffered checks that Stats add up, and how many records wait.
func checkBuffered(t testing.TB, s Stats, want int64) {
	t.Helper()
	if s.Handled != s.Written+s.Failed+s.Buffered || s.Buffered != want {
		t.Errorf("%+v, want %d buffered", s, want)
	}
}

// A record for which there is no room has the others written; one larger than the buffer is written too.
func TestBufferThatIsFull(t *testing.T) {
	steps := []struct {
		record, want string
		buffered     int64
	}{
		{"1234\n", "", 1},
		{"6789\n", "", 2}, // exactly full
		{"", "", 3},
		{"a\n", "1234\n6789\n", 1},
		{"12345678\n", "1234\n6789\na\n", 1},
		{"larger than that\n", "1234\n6789\na\n12345678\nlarger than that\n", 0},
		{"b\n", "1234\n6789\na\n12345678\nlarger than that\n", 1},
	}
	synctest.Test(t, func(t *testing.T) { // the clock stands still
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, Options{BufferSize: 10})
		for _, s := range steps {
			put(t, w, s.record)
			wantContent(t, path, s.want)
			checkBuffered(t, w.Stats(), s.buffered)
		}
		must(t, w.Close())
		wantContent(t, path, steps[len(steps)-1].want+"b\n")
		if s := w.Stats(); s.Written != int64(len(steps)) || s.Bytes != int64(len(read(t, path))) {
			t.Errorf("%+v", s)
		}
	})
}

// FlushInterval counts from the first record that waits.
func TestFlushInterval(t *testing.T) {
	for _, tt := range []struct{ interval, want time.Duration }{{0, time.Second}, {5 * time.Second, 5 * time.Second}, {time.Millisecond, time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			w := newWriter(t, path, Options{BufferSize: 1000, FlushInterval: tt.interval})
			written := ""
			for range 3 {
				start := time.Now()
				putNow(t, w, "1\n")
				at(t, start.Add(tt.want/2))
				putNow(t, w, "2\n")
				at(t, start.Add(tt.want-1))
				synctest.Wait()
				wantContent(t, path, written)
				at(t, start.Add(tt.want))
				synctest.Wait()
				written += "1\n2\n"
				wantContent(t, path, written)
				checkBuffered(t, w.Stats(), 0)
				time.Sleep(10 * tt.want) // idle
			}
		})
	}
}

// A record that comes while the timer's flush is at work has a timer of its own.
func TestRecordDuringAnIntervalFlush(t *testing.T) {
	for name, takes := range map[string]time.Duration{"shorter than the interval": 100 * time.Millisecond, "longer": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a")
				w := newWriter(t, path, Options{BufferSize: 1000, Header: func() []byte {
					time.Sleep(takes)
					return nil
				}})
				putNow(t, w, "1\n")
				time.Sleep(time.Second + takes/2)
				putNow(t, w, "2\n")
				time.Sleep(time.Minute)
				wantContent(t, path, "1\n2\n")
			})
		})
	}
}

// The same if it is not the timer that writes, and takes longer than the interval.
func TestIntervalThatEndsDuringAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a")
		w := newWriter(t, path, Options{BufferSize: 1000, Header: func() []byte {
			time.Sleep(3 * time.Second)
			return nil
		}})
		putNow(t, w, "1\n")
		go func() { _ = w.Flush() }()
		time.Sleep(time.Second / 2)
		putNow(t, w, "2\n")
		time.Sleep(time.Minute)
		wantContent(t, path, "1\n2\n")
	})
}

type leveler func() slog.Level

func (l leveler) Level() slog.Level { return l() }

func TestFlushLevel(t *testing.T) {
	variable := new(slog.LevelVar)
	variable.Set(slogx.LevelCritical)
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slogx.LevelCritical}
	for name, tt := range map[string]struct {
		level slog.Leveler
		want  int // the first of levels that is written at once
	}{
		"default": {nil, 3}, "Warn": {slog.LevelWarn, 2}, "a variable": {variable, 4}, "all": {slog.Level(-100), 0}, "none": {slog.Level(100), 5},
		"one that panics": {leveler(func() slog.Level { panic("level") }), 0},
		"nil in it":       {(*slog.LevelVar)(nil), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a")
				o := slogx.Options{Format: messageOnly, Level: slog.LevelDebug, ErrorHandler: testkit.NoErrors(t)}
				h := NewHandler(path, &Options{Options: o, BufferSize: 1000, FlushLevel: tt.level})
				defer h.Close()
				logged := ""
				for i, level := range levels {
					must(t, h.WithGroup("g").Handle(t.Context(), slog.NewRecord(time.Time{}, level, level.String(), 0)))
					logged += level.String() + "\n"
					if i >= tt.want {
						wantContent(t, path, logged)
					} else {
						wantContent(t, path, "")
					}
				}
			})
		})
	}
}

// Flush, Close, Rotate and Reopen write what waits, before they do the rest.
func TestBufferIsWrittenBy(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*Writer) error
		want map[string]string
	}{
		"Flush":  {(*Writer).Flush, map[string]string{"a": "1\n2\n"}},
		"Close":  {(*Writer).Close, map[string]string{"a": "1\n2\n"}},
		"Rotate": {(*Writer).Rotate, map[string]string{"a": "", "a.1": "1\n2\n"}},
		"Reopen": {(*Writer).Reopen, map[string]string{"a": "1\n2\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				w := newWriter(t, filepath.Join(dir, "a"), Options{BufferSize: 1000, BackupCount: 3})
				putNow(t, w, "1\n")
				putNow(t, w, "2\n")
				checkBuffered(t, w.Stats(), 2)
				must(t, tt.do(w))
				wantFiles(t, dir, tt.want)
				checkBuffered(t, w.Stats(), 0)
			})
		})
	}
}

// Without a record there is no file, and nothing to do.
func TestBufferThatIsEmpty(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{BufferSize: 1000})
	must(t, w.Flush())
	must(t, w.Close())
	wantFiles(t, dir, map[string]string{})
}

// The caller's bytes are copied.
func TestBufferKeepsNoSlice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{BufferSize: 1000})
	p := []byte("1\n")
	for _, c := range "123" {
		p[0] = byte(c)
		putNow(t, w, string(p))
		if _, err := w.Write(p); err != nil {
			t.Error(err)
		}
		p[0] = 'x'
	}
	must(t, w.Close())
	wantContent(t, path, "1\n1\n2\n2\n3\n3\n")
}

// What is wrong with the name or the options is the error of each record, as without a buffer.
func TestBufferOfAnInvalidWriter(t *testing.T) {
	var got testkit.ErrorLog
	opts := Options{BufferSize: 1000, When: 42}
	opts.ErrorHandler = got.Handle
	w := NewWriter(filepath.Join(t.TempDir(), "a"), &opts)
	for range 3 {
		if _, err := io.WriteString(w, "x"); err == nil {
			t.Error("no error")
		}
	}
	must(t, w.Close())
	if n := len(got.Take()); n != 3 {
		t.Errorf("%d reports", n)
	}
	if s := w.Stats(); s.Handled != 3 || s.Failed != 3 {
		t.Errorf("%+v", s)
	}
}

func TestSlogtestWithABuffer(t *testing.T) {
	var path string
	var h *Handler
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		path = filepath.Join(t.TempDir(), "app.log")
		h = NewHandler(path, &Options{Options: slogx.Options{Format: slogx.JSON, ErrorHandler: testkit.NoErrors(t)}, BufferSize: 1 << 16, FlushInterval: time.Hour})
		t.Cleanup(func() { _ = h.Close() })
		return h
	}, func(t *testing.T) map[string]any {
		wantContent(t, path, "")
		must(t, h.Flush())
		return testkit.ParseJSON(t, read(t, path))
	})
}

// slogx finds a buffered Handler under others, once.
func TestTreeWithABuffer(t *testing.T) {
	wrap := func(h *Handler) slog.Handler {
		all := slogx.Filter(func(context.Context, slog.Record) bool { return true })
		return slogx.Chain(slogx.Fanout(h, h.WithGroup("g")), all)
	}
	for name, do := range map[string]func(slog.Handler) error{
		"Flush": slogx.Flush, "Close": slogx.Close,
		"Shutdown": func(h slog.Handler) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return slogx.Shutdown(ctx, h)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			var got testkit.ErrorLog
			h := NewHandler(path, &Options{
				Options:    slogx.Options{Format: messageOnly, ErrorHandler: got.Handle},
				BufferSize: 1000, FlushInterval: time.Hour,
			})
			defer h.Close()
			tree := wrap(h)
			r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
			must(t, tree.Handle(t.Context(), r))
			wantContent(t, path, "")
			must(t, do(tree))
			wantContent(t, path, "m\nm\n")
			err := tree.Handle(t.Context(), r)
			if closed := errors.Is(err, slogx.ErrClosed); closed != (name != "Flush") {
				t.Errorf("after %s: %v", name, err)
			}
		})
	}
}
