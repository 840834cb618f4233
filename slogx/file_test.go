package slogx_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// newFile returns a handler that is closed when the test ends, and the errors it reports.
func newFile(t *testing.T, name string, o slogx.FileOptions) (*slogx.FileHandler, *testkit.ErrorLog) {
	t.Helper()
	errs := new(testkit.ErrorLog)
	o.ErrorHandler = errs.Handle
	h := slogx.NewFileHandler(name, &o)
	t.Cleanup(func() { _ = h.Close() })
	return h, errs
}

// TestFileNameIsAbsolute: a later chdir does not move the file, opened or not.
func TestFileNameIsAbsolute(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Chdir(first)
	h, _ := newFile(t, "log", slogx.FileOptions{})
	wd, err := os.Getwd() // which may differ from first: a symbolic link, a short name
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(wd, "log")
	if h.Name() != want {
		t.Errorf("Name() = %q, want %q", h.Name(), want)
	}
	opened, err := slogx.OpenFileHandler("sub/../opened", &slogx.FileOptions{Delay: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(second)
	handle(t, h, "m")
	handle(t, opened, "m")
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"log", "opened"} {
		if got := readFile(t, filepath.Join(first, name)); got != "level=INFO msg=m\n" {
			t.Errorf("%s holds %q", name, got)
		}
		if _, err := os.Lstat(filepath.Join(second, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is in the new directory: %v", name, err)
		}
	}
	t.Chdir(first) // so that second can be removed
}

func exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := os.Lstat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestFileOpensWhenNeeded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	name := filepath.Join(dir, "log")
	h, _ := newFile(t, name, slogx.FileOptions{})
	if err := h.Flush(); err != nil {
		t.Error(err)
	}
	_ = h.WithGroup("g")
	delayed, err := slogx.OpenFileHandler(name, &slogx.FileOptions{Delay: true})
	if err != nil {
		t.Fatal(err)
	}
	if exists(t, filepath.Dir(dir)) {
		t.Error("a constructor that does no I/O made directories")
	}
	handle(t, delayed, "m")
	handle(t, h, "m")
	if got := readFile(t, name); got != strings.Repeat("level=INFO msg=m\n", 2) {
		t.Errorf("the file holds %q", got)
	}
	for _, h := range []*slogx.FileHandler{h, delayed} {
		if err := slogx.Close(h); err != nil {
			t.Error(err)
		}
	}

	name = filepath.Join(dir, "eager")
	eager, err := slogx.OpenFileHandler(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !exists(t, name) {
		t.Error("OpenFileHandler did not open")
	}
	if err := eager.Close(); err != nil {
		t.Error(err)
	}

	name = filepath.Join(dir, "never")
	never, _ := newFile(t, name, slogx.FileOptions{})
	if err := slogx.Close(never); err != nil {
		t.Error(err)
	}
	if exists(t, name) {
		t.Error("closing a handler that was not used made its file")
	}
}

func TestFileAppendsOrTruncates(t *testing.T) {
	for _, truncate := range []bool{false, true} {
		for _, eager := range []bool{false, true} {
			name := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(name, []byte("old\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			o := slogx.FileOptions{Truncate: truncate}
			h, _ := newFile(t, name, o)
			want := "old\nlevel=INFO msg=1\nlevel=INFO msg=2\n"
			if truncate {
				want = strings.TrimPrefix(want, "old\n")
			}
			if eager {
				var err error
				if h, err = slogx.OpenFileHandler(name, &o); err != nil {
					t.Fatal(err)
				}
			}
			if got := readFile(t, name); (got == "") != (truncate && eager) {
				t.Errorf("truncate %v, eager %v: before the first record %q", truncate, eager, got)
			}
			handle(t, h, "1")
			handle(t, h, "2") // only the first opening truncates
			if err := h.Flush(); err != nil {
				t.Error(err)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if got := readFile(t, name); got != want {
				t.Errorf("truncate %v, eager %v: got %q, want %q", truncate, eager, got, want)
			}
		}
	}
}

func TestFileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"", dir, dir + "/", filepath.Join(dir, "nul\x00"), string(filepath.Separator)} {
		if h, err := slogx.OpenFileHandler(name, nil); err == nil {
			t.Errorf("OpenFileHandler(%q) = %v", name, h)
		}
		h, errs := newFile(t, name, slogx.FileOptions{Truncate: true})
		if err := h.Handle(t.Context(), record("m")); err == nil {
			t.Errorf("%q: a record was written", name)
		}
		oneError(t, errs.Take(), nil)
		if err := h.Close(); err != nil {
			t.Errorf("%q: Close: %v", name, err)
		}
		if err := h.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("%q: after Close: %v", name, err)
		}
	}
	if h, _ := newFile(t, "", slogx.FileOptions{}); h.Name() != "" {
		t.Errorf("the empty name became %q", h.Name())
	}
	if _, err := slogx.OpenFileHandler("", &slogx.FileOptions{Delay: true}); err == nil {
		t.Error("Delay hides that the name is empty")
	}
}

// TestFileComesBack: what stands in the way is an error of each record until it is gone.
func TestFileComesBack(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "sub", "log")
	obstacle := filepath.Join(dir, "sub")
	if err := os.WriteFile(obstacle, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h, errs := newFile(t, name, slogx.FileOptions{})
	for range 3 {
		if err := h.Handle(t.Context(), record("lost")); err == nil {
			t.Error("no error")
		}
		oneError(t, errs.Take(), nil)
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	handle(t, h, "m")
	if got := readFile(t, name); got != "level=INFO msg=m\n" {
		t.Errorf("the file holds %q", got)
	}
}

func TestFileClose(t *testing.T) {
	h, errs := newFile(t, filepath.Join(t.TempDir(), "log"), slogx.FileOptions{})
	derived := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
	handle(t, derived, "m")
	if err := derived.(*slogx.FileHandler).Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	for _, h := range []slog.Handler{h, derived, h.WithGroup("late")} {
		err := h.Handle(t.Context(), record("m"))
		if !errors.Is(err, slogx.ErrClosed) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		oneError(t, errs.Take(), slogx.ErrClosed)
	}
	if err := h.Flush(); err != nil && !errors.Is(err, slogx.ErrClosed) {
		t.Errorf("Flush after Close: %v", err)
	}
	if got := readFile(t, h.Name()); got != "level=INFO msg=m g.a=1\n" {
		t.Errorf("the file holds %q", got)
	}
}

// TestFileShared: derived handlers write to one open file, and every record is whole.
func TestFileShared(t *testing.T) {
	h, errs := newFile(t, filepath.Join(t.TempDir(), "log"), slogx.FileOptions{Truncate: true})
	var wg sync.WaitGroup
	const n, m = 8, 50
	for i := range n {
		wg.Go(func() {
			derived := h.WithAttrs([]slog.Attr{slog.Int("i", i)})
			for j := range m {
				handle(t, derived, fmt.Sprint(j))
			}
		})
	}
	wg.Wait()
	all := lines(readFile(t, h.Name()))
	if len(all) != n*m {
		t.Errorf("%d records, want %d", len(all), n*m)
	}
	for _, line := range all {
		if strings.Count(line, "level=") != 1 || strings.Count(line, " i=") != 1 {
			t.Fatalf("torn: %q", line)
		}
	}
	if got := errs.Take(); got != nil {
		t.Error(got)
	}
}

// TestFileEndsATornLine: what a process that died has left of its last record is no part of the next.
func TestFileEndsATornLine(t *testing.T) {
	raw := slogx.FormatOf(func(w io.Writer, _ *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, nil) })
	for _, tt := range []struct {
		format    slogx.Format
		old, want string
	}{
		{nil, "whole\ntorn", "whole\ntorn\nlevel=INFO msg=m\n"},
		{nil, "torn", "torn\nlevel=INFO msg=m\n"},
		{nil, "whole\n", "whole\nlevel=INFO msg=m\n"},
		{slogx.JSON, "{\"msg\":", "{\"msg\":\n{\"level\":\"INFO\",\"msg\":\"m\"}\n"},
		{raw, "whole\ntorn", "whole\ntorn\n{\"level\":\"INFO\",\"msg\":\"m\"}\n"},
		{raw, "no newline", "no newline{\"level\":\"INFO\",\"msg\":\"m\"}\n"}, // which may be no lines
	} {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte(tt.old), 0o600); err != nil {
			t.Fatal(err)
		}
		o := slogx.FileOptions{}
		o.Format = tt.format
		h, _ := newFile(t, name, o)
		handle(t, h, "m")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if got := readFile(t, name); got != tt.want {
			t.Errorf("after %q the file holds %q, want %q", tt.old, got, tt.want)
		}
	}
}
