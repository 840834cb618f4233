package slogx_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestStderrErrors(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		report := slogx.StderrErrors("name")
		var want []string
		expect := func(line string) {
			t.Helper()
			if line != "" {
				want = append(want, "slogkit: name: "+line)
			}
			synctest.Wait()
			if got := lines(stderr()); !slices.Equal(got, want) {
				t.Fatalf("got  %q\nwant %q", got, want)
			}
		}
		say := func(format string, args ...any) { report(t.Context(), slog.Record{}, fmt.Errorf(format, args...)) }

		say("first")
		expect("first") // at once
		for i := range 10 {
			say("error %d", i)
		}
		expect("")
		time.Sleep(time.Second - 1)
		expect("")
		time.Sleep(time.Nanosecond)
		expect("error 9 (and 9 more held back)") // the last is mentioned though no other follows
		say("alone")
		expect("")
		time.Sleep(time.Second)
		expect("alone")
		time.Sleep(time.Second)
		expect("")
		say("later")
		expect("later") // at once again
		time.Sleep(time.Hour)
		expect("")
	})
}

// TestStderrRate: every error is printed or counted, and no two lines are less than a second apart.
func TestStderrRate(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		report := slogx.StderrErrors("name")
		var wg sync.WaitGroup
		const n, m = 8, 300
		for i := range n {
			wg.Go(func() {
				for j := range m {
					report(t.Context(), slog.Record{}, errors.New("e"))
					time.Sleep(time.Duration((i+1)*(j%7)) * time.Millisecond)
				}
			})
		}
		began := time.Now()
		wg.Wait()
		atMost := int(time.Since(began)/time.Second) + 2
		time.Sleep(2 * time.Second)
		total := 0
		all := lines(stderr())
		for _, line := range all {
			held := 0
			if _, rest, ok := strings.Cut(line, "(and "); ok {
				if _, err := fmt.Sscanf(rest, "%d more held back)", &held); err != nil {
					t.Errorf("%v in %q", err, line)
				}
			}
			total += 1 + held
		}
		if total != n*m {
			t.Errorf("%d errors are accounted for, want %d", total, n*m)
		}
		if len(all) > atMost || len(all) < 3 {
			t.Errorf("%d lines, want 3 to %d", len(all), atMost)
		}
	})
}

// TestStderrOneLine: what is in an error, or in the name of a file, cannot make lines or reach the terminal.
func TestStderrOneLine(t *testing.T) {
	for _, tt := range []struct {
		name, err, want string
	}{
		{"name", "plain: \"quoted\" é", "slogkit: name: plain: \"quoted\" é"},
		{"name", "joined\nerrors", "slogkit: name: joined; errors"},
		{"name", "a\r\nfake: line", `slogkit: name: "a\r; fake: line"`},
		{"name", "\x1b[2J", `slogkit: name: "\x1b[2J"`},
		{"name", "\x00\u2028\u0085", `slogkit: name: "\x00\u2028\u0085"`},
		{"name", "8-bit \x9b2J", `slogkit: name: "8-bit \x9b2J"`},
		{"name", "", "slogkit: name: "},
		{"na\nme\x1b", "e", `slogkit: "na; me\x1b": e`},
	} {
		stderr := captureStderr(t)
		synctest.Test(t, func(t *testing.T) {
			slogx.StderrErrors(tt.name)(t.Context(), slog.Record{}, errors.New(tt.err))
			if got := stderr(); got != tt.want+"\n" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestStderrAsItIs: a program may redirect os.Stderr after it has made its handlers.
func TestStderrAsItIs(t *testing.T) {
	before := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		report := slogx.StderrErrors("name")
		stderr := captureStderr(t)
		report(t.Context(), slog.Record{}, errors.New("e"))
		if stderr() != "slogkit: name: e\n" || before() != "" {
			t.Errorf("got %q, and before %q", stderr(), before())
		}
	})
}

// TestDefaultErrorHandler: each handler has a limit of its own, which those derived from it share.
func TestDefaultErrorHandler(t *testing.T) {
	stderr := captureStderr(t)
	synctest.Test(t, func(t *testing.T) {
		broken := testkit.WriterFunc(func([]byte) (int, error) { return 0, errors.New("broken") })
		a, b := slogx.NewStreamHandler(broken, nil), slogx.NewStreamHandler(broken, nil)
		file := slogx.NewFileHandler("", nil)
		named := slogx.NewFileHandler(t.TempDir(), nil)
		for range 3 {
			for _, h := range []slog.Handler{a, a.WithGroup("g"), a.WithAttrs([]slog.Attr{slog.Int("k", 1)}), b, file, named} {
				if h.Handle(t.Context(), record("m")) == nil {
					t.Errorf("%T: no error", h)
				}
			}
		}
		time.Sleep(time.Minute)
		got := stderr()
		for line, want := range map[string]int{
			"slogkit: StreamHandler: broken\n":                           2,
			"slogkit: StreamHandler: broken (and 7 more held back)\n":    1,
			"slogkit: StreamHandler: broken (and 1 more held back)\n":    1,
			"slogkit: FileHandler .: file name is empty\n":               1,
			"slogkit: FileHandler " + lastOf(named.Name()) + ": open":    2,
			"slogkit: FileHandler .: file name is empty (and 1 more hel": 1,
		} {
			if n := strings.Count(got, line); n != want {
				t.Errorf("%q is there %d times, want %d:\n%s", line, n, want, got)
			}
		}
	})
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, os.PathSeparator)+1:] }

// TestStalledStderr: a handler on a stderr that stalls does not wait for ever for its own complaints.
func TestStalledStderr(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = w
	defer func() { os.Stderr = old }()
	fillPipe(t, w)
	report := slogx.StderrErrors("name")
	testkit.Within(t, func() {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { report(t.Context(), slog.Record{}, errors.New("e")) })
		}
		wg.Wait()
	})
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		buf := make([]byte, 1<<16)
		var tail string
		for !strings.Contains(tail, "more held back") { // what was held back follows
			n, err := r.Read(buf)
			if err != nil {
				t.Error(err)
				return
			}
			tail = tail[max(0, len(tail)-200):] + string(buf[:n])
		}
		if !strings.Contains(tail, "e (and 8 more held back)\n") {
			t.Errorf("the end is %q", tail[max(0, len(tail)-200):])
		}
	}()
	testkit.Within(t, func() { <-drained })
	for _, f := range []*os.File{r, w} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// fillPipe writes until the pipe takes no more.
func fillPipe(t *testing.T, w *os.File) {
	if err := w.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Skip("no deadlines for pipes here: ", err)
	}
	chunk := []byte(strings.Repeat("x", 4096))
	for {
		if _, err := w.Write(chunk); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
	}
	for { // and less than that
		if err := w.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(chunk[:1]); err != nil {
			break
		}
	}
	if err := w.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
}
