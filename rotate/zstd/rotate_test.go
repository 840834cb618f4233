package zstd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

func options(t testing.TB) *rotate.Options {
	return &rotate.Options{
		Options:     slogx.Options{ErrorHandler: testkit.NoErrors(t)},
		BackupCount: 3,
		Perm:        0o640,
		Compressor:  Default,
	}
}

// wantFiles checks the names in dir and what is in them, decompressed.
func wantFiles(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		if strings.HasSuffix(e.Name(), ".zst") {
			if content, err = decompress(content); err != nil {
				t.Errorf("%s: %v", e.Name(), err)
			}
		}
		expected, ok := want[e.Name()]
		if !ok || string(content) != expected {
			t.Errorf("%s has %d bytes %.40q, want %d bytes %.40q", e.Name(), len(content), content, len(expected), expected)
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%d files, want %d: %v", len(entries), len(want), entries)
	}
}

// compressed waits until w has compressed n backups, and the newest is not there twice.
func compressed(t testing.TB, w *rotate.Writer, n int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		_, err := os.Lstat(w.Name() + ".1")
		if w.Stats().Compressed >= n && errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not compressed: %+v, %v", w.Stats(), err)
		}
	}
}

// Backups are compressed one by one, and their numbers shift with the extension.
func TestShift(t *testing.T) {
	dir := t.TempDir()
	w := rotate.NewWriter(filepath.Join(dir, "app.log"), options(t))
	period := func(i int) string { return fmt.Sprintf("period %d\n", i) + string(lines(window/8)) }
	for i := range 5 {
		_, err := w.Write([]byte(period(i)))
		must(t, err)
		must(t, w.Rotate())
		compressed(t, w, int64(i+1))
		if i == 0 {
			wantFiles(t, dir, map[string]string{"app.log": "", "app.log.1.zst": period(0)})
		}
	}
	_, err := w.Write([]byte("now\n"))
	must(t, err)
	must(t, w.Close())
	wantFiles(t, dir, map[string]string{
		"app.log": "now\n", "app.log.1.zst": period(4), "app.log.2.zst": period(3), "app.log.3.zst": period(2),
	})
	if s := w.Stats(); s.Rotations != 5 || s.Compressed != 5 || s.Errors != 0 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

// Close waits for compression.
func TestClose(t *testing.T) {
	dir := t.TempDir()
	w := rotate.NewWriter(filepath.Join(dir, "app.log"), options(t))
	content := string(lines(4 * window))
	_, err := w.Write([]byte(content))
	must(t, err)
	must(t, w.Rotate())
	must(t, w.Close())
	wantFiles(t, dir, map[string]string{"app.log": "", "app.log.1.zst": content})
}

// What was left as it is, by a crash or by an earlier program without compression, is compressed at the start.
func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	must(t, os.WriteFile(path+".1", []byte("old\n"), 0o600))
	must(t, os.WriteFile(path+".compressing.zst", []byte("half"), 0o600))
	w, err := rotate.OpenWriter(path, options(t))
	must(t, err)
	must(t, w.Close())
	wantFiles(t, dir, map[string]string{"app.log": "", "app.log.1.zst": "old\n"})
}

func TestMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	w := rotate.NewWriter(filepath.Join(t.TempDir(), "app.log"), options(t))
	_, err := w.Write([]byte("a\n"))
	must(t, err)
	info, err := os.Stat(w.Name())
	must(t, err)
	must(t, w.Rotate())
	must(t, w.Close())
	packed, err := os.Stat(w.Name() + ".1.zst")
	must(t, err)
	if packed.Mode() != 0o640 || !packed.ModTime().Equal(info.ModTime()) {
		t.Errorf("%v %v, want %v %v", packed.Mode(), packed.ModTime(), info.Mode(), info.ModTime())
	}
}

// An invalid level leaves the backup as it is, and is reported.
func TestInvalidLevelOfWriter(t *testing.T) {
	dir := t.TempDir()
	o := options(t)
	o.Compressor = Level(0)
	var reported testkit.ErrorLog
	o.ErrorHandler = reported.Handle
	w := rotate.NewWriter(filepath.Join(dir, "app.log"), o)
	_, err := w.Write([]byte("a\n"))
	must(t, err)
	must(t, w.Rotate())
	if err := reported.Next(t); !strings.Contains(err.Error(), "rotate/zstd: level 0:") {
		t.Error(err)
	}
	must(t, w.Close())
	wantFiles(t, dir, map[string]string{"app.log": "", "app.log.1": "a\n"})
}
