package rotate

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// What a process that died has left of its last record is ended before the next, if the file has lines.
func TestTornTail(t *testing.T) {
	long := strings.Repeat("x", 100_000) // no newline is looked for in more than 64 KiB
	for _, tt := range []struct {
		old                      string
		lines, foreign, unbroken string // of a built-in format; of another, or a Writer; of a record without a newline
	}{
		{"", "", "", ""},
		{"whole\n", "whole\n", "whole\n", "whole\n"},
		{"whole\ntorn", "whole\ntorn\n", "whole\ntorn\n", "whole\ntorn"},
		{"\ntorn", "\ntorn\n", "\ntorn\n", "\ntorn"},
		{"torn", "torn\n", "torn", "torn"},
		{"whole\n\x00\x00\x00", "whole\n\x00\x00\x00\n", "whole\n\x00\x00\x00\n", "whole\n\x00\x00\x00"},
		{"whole\n" + long, "whole\n" + long + "\n", "whole\n" + long, "whole\n" + long},
	} {
		for name, kind := range map[string]struct {
			open func(path string) io.Closer
			want string
		}{
			"JSON":    {handlerOf(t, slogx.JSON, nil), tt.lines + `{"level":"INFO","msg":"m"}` + "\n"},
			"Text":    {handlerOf(t, nil, nil), tt.lines + "level=INFO msg=m\n"},
			"batch":   {handlerOf(t, nil, &Options{BufferSize: 1000}), tt.lines + "level=INFO msg=m\n"},
			"shared":  {handlerOf(t, nil, &Options{Shared: true}), tt.lines + "level=INFO msg=m\n"},
			"foreign": {handlerOf(t, messageOnly, nil), tt.foreign + "m\n"},
			"watched": {func(path string) io.Closer {
				h := NewWatchedHandler(path, &WatchedOptions{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
				log(t, h)
				return h
			}, tt.lines + "level=INFO msg=m\n"},
			"Writer":            {writerOf(t, "record\n", "more\n"), tt.foreign + "record\nmore\n"},
			"Writer, no lines":  {writerOf(t, "record", "more"), tt.unbroken + "recordmore"},
			"Writer, one line":  {writerOf(t, "record\n", "more"), tt.foreign + "record\nmore"},
			"Writer, one later": {writerOf(t, "record", "more\n"), tt.unbroken + "recordmore\n"},
		} {
			path := filepath.Join(t.TempDir(), "a")
			create(t, path, tt.old)
			must(t, kind.open(path).Close())
			if got := read(t, path); got != kind.want {
				t.Errorf("%s after %.20q: %.50q…%q", name, tt.old, got, got[max(0, len(got)-50):])
			}
		}
	}
}

// handlerOf returns what logs one record.
func handlerOf(t *testing.T, format slogx.Format, opts *Options) func(path string) io.Closer {
	return func(path string) io.Closer {
		o := Options{}
		if opts != nil {
			o = *opts
		}
		o.Format, o.ErrorHandler = format, testkit.NoErrors(t)
		h := NewHandler(path, &o)
		log(t, h)
		return h
	}
}

// log logs "m", without a time.
func log(t *testing.T, h slog.Handler) {
	t.Helper()
	must(t, h.Handle(t.Context(), slog.Record{Message: "m"}))
}

func writerOf(t *testing.T, records ...string) func(path string) io.Closer {
	return func(path string) io.Closer {
		w := newWriter(t, path, Options{})
		for _, record := range records {
			put(t, w, record)
		}
		return w
	}
}

// The newline counts: the record behind it may be the one that does not fit any more.
func TestTornTailIsCounted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	create(t, path, "whole\ntorn")
	w := newWriter(t, path, Options{MaxBytes: 20, BackupCount: 1})
	put(t, w, "new\n")
	if got := w.file.Size(); got != 15 {
		t.Errorf("%d bytes", got)
	}
	put(t, w, "more\n")
	wantFiles(t, dir, map[string]string{"a": "more\n", "a.1": "whole\ntorn\nnew\n"})
}

// A crash while a Rotator had the file may tear the record in the other file.
func TestTornTailBesideARotator(t *testing.T) {
	for name, tt := range map[string]struct{ file, next, want string }{
		"next":  {"1\n", "2\ntor", "1\n2\ntor\nlevel=INFO msg=m\n"},
		"both":  {"1\ntor", "2\ntor", "1\ntor\n2\ntor\nlevel=INFO msg=m\n"},
		"file":  {"1\ntor", "2\n", "1\ntor\n2\nlevel=INFO msg=m\n"},
		"whole": {"1\n", "2\n", "1\n2\nlevel=INFO msg=m\n"},
	} {
		path := filepath.Join(t.TempDir(), "a")
		create(t, path, tt.file)
		create(t, path+".next", tt.next)
		must(t, handlerOf(t, nil, &Options{BackupCount: 1, Rotator: func(string, string) error { return nil }})(path).Close())
		if got := read(t, path); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
