package logfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string, o Options) *File {
	t.Helper()
	f, err := Open(path, o)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func write(t *testing.T, f *File, s string) {
	t.Helper()
	if n, err := f.Write([]byte(s)); n != len(s) || err != nil {
		t.Fatal(n, err)
	}
}

func want(t *testing.T, path, content string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != content {
		t.Errorf("%s: %q, %v; want %q", filepath.Base(path), b, err, content)
	}
}

func TestAbs(t *testing.T) {
	if _, err := Abs(""); err != ErrNoName {
		t.Error(err)
	}
	if p, err := Abs("a"); err != nil || !filepath.IsAbs(p) {
		t.Error(p, err)
	}
}

// A file begins with its creation or its last change, whichever was first, and never in the future.
func TestBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	now := time.Now()
	f := open(t, path, Options{})
	if got := f.Begun(now.Add(time.Hour)); !got.Equal(now.Add(time.Hour)) {
		t.Errorf("a new file: %v", got)
	}
	begun := func(modified, now time.Time) time.Time {
		must(t, os.Chtimes(path, modified, modified))
		return open(t, path, Options{}).Begun(now)
	}
	if got := begun(now.Add(-48*time.Hour), now); !got.Equal(now.Add(-48 * time.Hour)) {
		t.Errorf("an old file: %v", got)
	}
	if got := begun(now.Add(48*time.Hour), now.Add(-time.Hour)); !got.Equal(now.Add(-time.Hour)) {
		t.Errorf("a file from the future: %v", got)
	}
	if _, ok := birth(f.f); !ok {
		t.Skip("this file system does not tell when a file was created")
	}
	if got := begun(now.Add(40*time.Hour), now.Add(41*time.Hour)); got.Sub(now) > time.Minute || now.Sub(got) > time.Minute {
		t.Errorf("a file that was written to: %v", got)
	}
}

func TestTorn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	f := open(t, path, Options{})
	write(t, f, "tor")
	f.torn = true // as a short write has left it
	again := open(t, path, Options{})
	if !again.Continue(f) {
		t.Error("the same file is another")
	}
	write(t, again, "1\n")
	write(t, again, "2\n")
	want(t, path, "tor\n1\n2\n")
	if again.Size() != 8 {
		t.Error(again.Size())
	}

	other := open(t, filepath.Join(dir, "b"), Options{})
	if other.Continue(f) || other.torn {
		t.Error("another file is the same")
	}
	must(t, os.Truncate(path, 0))
	if shorter := open(t, path, Options{}); shorter.Continue(again) {
		t.Error("an emptied file goes on")
	}
}

func TestAppend(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a"), filepath.Join(dir, "next")
	f, n := open(t, path, Options{}), open(t, next, Options{})
	write(t, f, "tor")
	f.torn = true
	write(t, n, "1\ntorn too")
	n.torn = true
	must(t, f.Append(next, n))
	write(t, f, "2\n")
	want(t, path, "tor\n1\ntorn too\n2\n")
	if err := f.Append(filepath.Join(dir, "missing"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := f.Append(dir, nil); err == nil { // reading fails
		t.Error("no error")
	}
	want(t, path, "tor\n1\ntorn too\n2\n")
}

// What could not be appended whole is taken off again, unless somebody else wrote behind it.
func TestTakeOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	f := open(t, path, Options{})
	write(t, f, "1\n")
	other := open(t, path, Options{})
	write(t, other, "part")
	must(t, f.takeOff(4))
	want(t, path, "1\n")
	write(t, other, "part and more")
	must(t, f.takeOff(4))
	write(t, f, "2\n")
	want(t, path, "1\npart and more\n2\n")
}

func TestSink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "a")
	s := NewSink(path, Options{Truncate: true}, false)
	if _, err := os.Stat(dir); err == nil || s.Path() != path {
		t.Error("NewSink does I/O")
	}
	must(t, s.Sync())
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(path, []byte("old"), 0o600))
	must(t, s.Open())
	must(t, s.Open())
	_, err := s.Write([]byte("1"))
	must(t, err)
	must(t, s.Sync())
	must(t, s.Close())
	must(t, s.Close())
	if _, err := s.Write([]byte("2")); err != ErrClosed || s.Open() != ErrClosed || s.Sync() != nil {
		t.Error(err)
	}
	want(t, path, "1")
}
