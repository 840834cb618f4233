package rotate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// blocked returns the path of a file that cannot be opened until unblock is called.
func blocked(t *testing.T) (path string, unblock func()) {
	dir := filepath.Join(t.TempDir(), "d")
	create(t, dir, "no directory")
	return filepath.Join(dir, "a"), func() { must(t, os.Remove(dir)) }
}

// While the file cannot be written two buffers are filled; then each record is an error, until it can be again. What was
// accepted is there then, in order.
func TestBufferWhileTheFileCannotBeWritten(t *testing.T) {
	for _, when := range []When{Never, Hour} {
		for _, flushed := range []bool{false, true} { // before the first record
			t.Run(fmt.Sprintf("When %v, flushed %v", when, flushed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					path, unblock := blocked(t)
					var got testkit.ErrorLog
					opts := Options{BufferSize: 8, FlushInterval: time.Hour, When: when}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, path, opts)
					if flushed {
						must(t, w.Flush())
					}
					for i := range 4 {
						put(t, w, fmt.Sprintf("r%02d\n", i))
						checkBuffered(t, w.Stats(), int64(i+1))
					}
					for i := range 3 {
						if n, err := io.WriteString(w, "no!\n"); err == nil || n != 0 {
							t.Errorf("%d, %v", n, err)
						}
						checkBuffered(t, w.Stats(), 4)
						if s := w.Stats(); s.Failed != int64(i+1) {
							t.Errorf("%+v", s)
						}
					}
					if n, err := io.WriteString(w, "larger than the buffer\n"); err == nil || n != 0 {
						t.Errorf("%d, %v", n, err)
					}
					if n := len(got.Take()); n != 4 {
						t.Errorf("%d errors reported", n)
					}
					if w.Flush() == nil || w.Rotate() == nil || w.Reopen() == nil {
						t.Error("no error")
					}
					checkBuffered(t, w.Stats(), 4)
					unblock()
					put(t, w, "r04\n")
					must(t, w.Close())
					wantContent(t, path, "r00\nr01\nr02\nr03\nr04\n")
					if s := w.Stats(); s.Handled != 9 || s.Written != 5 || s.Failed != 4 || s.Bytes != 20 {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// Nor does the end of a period make a difference.
func TestPeriodThatEndsWhileTheFileCannotBeWritten(t *testing.T) {
	if closeFirst {
		t.Skip("nobody removes the directory of an open file there")
	}
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "d")
		var got testkit.ErrorLog
		opts := Options{BufferSize: 100, FlushInterval: time.Hour, When: Second, Location: time.UTC}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, filepath.Join(dir, "a"), opts)
		put(t, w, "r00\n")
		must(t, os.RemoveAll(dir))
		for i := 1; i < 10; i++ {
			time.Sleep(time.Second)
			put(t, w, fmt.Sprintf("r%02d\n", i))
		}
		checkBuffered(t, w.Stats(), 10)
		must(t, os.Mkdir(dir, 0o700))
		must(t, w.Close())
		if all := concatenate(t, w); all != "r00\nr01\nr02\nr03\nr04\nr05\nr06\nr07\nr08\nr09\n" {
			t.Errorf("%q", all)
		}
	})
}

// The timer's attempts are reported, and come less and less often.
func TestIntervalFlushThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, unblock := blocked(t)
		var got testkit.ErrorLog
		opts := Options{BufferSize: 100}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		start := time.Now()
		put(t, w, "1\n")
		var times []int
		for second := 1; second <= 100; second++ {
			at(t, start.Add(time.Duration(second)*time.Second))
			synctest.Wait()
			for _, err := range got.Take() {
				times = append(times, second)
				if !strings.Contains(err.Error(), "write the buffer of "+path) {
					t.Error(err)
				}
			}
		}
		if want := []int{1, 2, 4, 8, 16, 32, 62, 92}; !slices.Equal(times, want) {
			t.Errorf("reported at %d s, want %d", times, want)
		}
		if s := w.Stats(); s.Errors != int64(len(times)) {
			t.Errorf("%+v", s)
		}
		unblock()
		time.Sleep(30 * time.Second)
		wantContent(t, path, "1\n")
		got.WantNone(t)
		put(t, w, "2\n")
		time.Sleep(time.Second)
		synctest.Wait()
		wantContent(t, path, "1\n2\n")
	})
}

// Once the file can be written FlushInterval counts again, whoever has found that out.
func TestFlushIntervalAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, unblock := blocked(t)
		opts := Options{BufferSize: 100}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := newWriter(t, path, opts)
		put(t, w, "1\n")
		time.Sleep(65 * time.Second)
		unblock()
		must(t, w.Flush())
		wantContent(t, path, "1\n")
		put(t, w, "2\n")
		time.Sleep(time.Second)
		synctest.Wait()
		wantContent(t, path, "1\n2\n")
	})
}

// A record of FlushLevel that cannot be written is an error, and remains.
func TestFlushLevelThatFails(t *testing.T) {
	path, unblock := blocked(t)
	var got testkit.ErrorLog
	h := NewHandler(path, &Options{Options: slogx.Options{Format: messageOnly, ErrorHandler: got.Handle}, BufferSize: 100, FlushInterval: time.Hour})
	defer h.Close()
	logAt(t, h, 0, "info", false)
	logAt(t, h, 8, "error", true)
	if n := len(got.Take()); n != 1 {
		t.Errorf("%d reports", n)
	}
	checkBuffered(t, h.Stats(), 2)
	unblock()
	logAt(t, h, 8, "more", false)
	wantContent(t, path, "info\nerror\nmore\n")
	got.WantNone(t)
}

// Close says what is lost.
func TestCloseWithRecordsThatCannotBeWritten(t *testing.T) {
	path, _ := blocked(t)
	var got testkit.ErrorLog
	opts := Options{BufferSize: 8, FlushInterval: time.Hour}
	opts.ErrorHandler = got.Handle
	w := NewWriter(path, &opts)
	for range 3 {
		put(t, w, "123\n")
	}
	err := w.Close()
	if err == nil || !strings.Contains(err.Error(), "3 records in the buffer of "+path+" are lost") || errors.Unwrap(err) == nil {
		t.Errorf("%v", err)
	}
	got.Want(t, "3 records")
	if s := w.Stats(); s.Handled != 3 || s.Failed != 3 || s.Buffered != 0 {
		t.Errorf("%+v", s)
	}
	must(t, w.Close())
	got.WantNone(t)
}
