package rotate

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// named is a Compressor with an extension of the test's own.
type named func() string

func (n named) Extension() string { return n() }

func (n named) NewWriter(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }

func extended(ext string) Compressor { return named(func() string { return ext }) }

// TestOptionErrors: what is wrong is said by Open and by each Write, and no file is touched.
func TestOptionErrors(t *testing.T) {
	for want, o := range map[string]Options{
		"negative interval -1":       {When: Day, Interval: -1},
		"unknown When(13)":           {When: 13},
		"invalid time of day":        {When: Midnight, AtTime: At(25, 0, 0)},
		"unknown SyncPolicy(3)":      {Sync: 3},
		"unknown SyncPolicy(-1)":     {Sync: -1},
		"cannot serve a Shared file": {Shared: true, Rotator: os.Rename},
		"Truncate would empty":       {Shared: true, Truncate: true},
		"invalid compression level":  {Compressor: GzipLevel(10)},
		"name of the file itself":    {Symlink: "of this test"},
		`invalid extension ""`:       {Compressor: extended("")}, // the backup would be deleted as its own origin
		`invalid extension "."`:      {Compressor: extended(".")},
		`invalid extension "gz"`:     {Compressor: extended("gz")},
		`invalid extension "./gz"`:   {Compressor: extended("./gz")},
		"Compressor: panic: no":      {Compressor: named(func() string { panic("no") })},
	} {
		path := filepath.Join(t.TempDir(), "a")
		if o.Symlink != "" {
			o.Symlink = path
		}
		if w, err := OpenWriter(path, &o); w != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		var told testkit.ErrorLog
		o.ErrorHandler = told.Handle
		w := NewWriter(path, &o)
		for range 2 {
			if _, err := w.Write([]byte("x\n")); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if n := len(told.Take()); n != 2 {
			t.Errorf("%s: the ErrorHandler was told %d times", want, n)
		}
		must(t, w.Close())
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestNegativeNumbers: they count as 0, as in Python.
func TestNegativeNumbers(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{
		MaxBytes: -1, BackupCount: -1, MaxAge: -1, MaxTotalBytes: -1, BufferSize: -1, FlushInterval: -1,
	})
	for range 3 {
		put(t, w, "record\n")
	}
	must(t, w.Close())
	if got := read(t, filepath.Join(dir, "a")); got != strings.Repeat("record\n", 3) {
		t.Errorf("%q", got)
	}
}
