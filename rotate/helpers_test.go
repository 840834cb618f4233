package rotate

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// children are what this binary does instead of tests when a test has started it anew.
var children = testkit.Children{}

func TestMain(m *testing.M) { children.Main(m) }

// newWriter returns a Writer that is closed in the end and whose errors, unless opts has a handler for them, fail t.
func newWriter(t testing.TB, path string, opts Options) *Writer {
	t.Helper()
	if opts.ErrorHandler == nil {
		opts.ErrorHandler = testkit.NoErrors(t)
	}
	w := NewWriter(path, &opts)
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// put writes one record, and waits until what that has caused in the background is done.
func put(t testing.TB, w *Writer, record string) {
	t.Helper()
	putNow(t, w, record)
	w.wait()
}

// putNow writes one record.
func putNow(t testing.TB, w io.Writer, record string) {
	t.Helper()
	if n, err := io.WriteString(w, record); err != nil || n != len(record) {
		t.Fatalf("Write(%.40q) = %d, %v", record, n, err)
	}
}

// wait waits for the keeper.
func (w *Writer) wait() { w.keeper.wait(func() bool { return false }, time.Minute) }

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func create(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// age makes a file one that was last changed before that long.
func age(t testing.TB, path string, d time.Duration) {
	t.Helper()
	at := time.Now().Add(-d)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// listing is the content of a directory's files by name; directories end with a slash.
func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if e.IsDir() {
			all[e.Name()+"/"] = ""
		} else {
			all[e.Name()] = read(t, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

func wantFiles(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", dir, diff)
	}
}

// onlyNames takes out what is no name of a file on Windows, which leaves off dots at the end.
func onlyNames(files map[string]string) {
	maps.DeleteFunc(files, func(name, _ string) bool { return runtime.GOOS == "windows" && strings.HasSuffix(name, ".") })
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	for name := range listing(t, dir) {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// within fails if f takes longer than d, or for ever.
func within(t testing.TB, d time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatalf("%s takes longer than %v", what, d)
	}
}

// checkStats checks that they add up.
func checkStats(t testing.TB, s Stats) {
	t.Helper()
	if s.Handled != s.Written+s.Failed {
		t.Errorf("%+v do not add up", s)
	}
}

// messageOnly is the format "%(message)s\n", with which the oracles were recorded.
var messageOnly = slogx.FormatOf(func(w io.Writer, _ *slog.HandlerOptions) slog.Handler { return messages{w} })

type messages struct{ w io.Writer }

func (messages) Enabled(context.Context, slog.Level) bool { return true }
func (m messages) WithAttrs([]slog.Attr) slog.Handler     { return m }
func (m messages) WithGroup(string) slog.Handler          { return m }
func (m messages) Handle(_ context.Context, r slog.Record) error {
	_, err := io.WriteString(m.w, r.Message+"\n")
	return err
}

func oracleFile(t testing.TB, name string, into any) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "oracle", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(name) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// at, in a synctest bubble, waits until the clock reads this.
func at(t testing.TB, when time.Time) {
	t.Helper()
	d := time.Until(when)
	if d < 0 {
		t.Fatalf("it is %v already", time.Now())
	}
	time.Sleep(d)
}
