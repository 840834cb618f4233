package rotate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// A program that reads a file keeps it from being renamed, and so do virus scanners (lumberjack 185). Until it lets go
// records go on into the old file; then rotation does. None is lost.
func TestForeignReader(t *testing.T) {
	for name, held := range map[string]string{"of the file": "a", "of a backup": "a.1", "of an older one": "a.2"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			var got testkit.ErrorLog
			opts := Options{MaxBytes: 10, BackupCount: 50}
			opts.ErrorHandler = got.Handle
			w := newWriter(t, path, opts)
			n := 0
			log := func(records int) {
				for range records {
					put(t, w, fmt.Sprintf("%04d\n", n))
					n++
				}
			}
			log(4)
			reader, err := os.Open(filepath.Join(dir, held))
			must(t, err)
			log(10)
			if len(got.Take()) == 0 {
				t.Error("nothing was reported")
			}
			must(t, reader.Close())
			must(t, w.Rotate())
			log(4)
			must(t, w.Close())
			got.WantNone(t)

			files := listing(t, dir)
			var all strings.Builder
			for i := len(files) - 1; i > 0; i-- {
				all.WriteString(files[fmt.Sprintf("a.%d", i)])
			}
			all.WriteString(files["a"])
			var want strings.Builder
			for i := range n {
				fmt.Fprintf(&want, "%04d\n", i)
			}
			if all.String() != want.String() {
				t.Errorf("%q", files)
			}
			if s := w.Stats(); s.Written != int64(n) || s.Failed != 0 || s.Pending != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Compression goes on when nobody reads the backup any more.
func TestForeignReaderOfWhatIsCompressed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var got testkit.ErrorLog
	opts := Options{BackupCount: 3, Compressor: Gzip}
	opts.ErrorHandler = got.Handle
	create(t, path+".1", "0")
	reader, err := os.Open(path + ".1")
	must(t, err)
	w := newWriter(t, path, opts)
	put(t, w, "1")
	if len(got.Take()) == 0 {
		t.Error("nothing was reported")
	}
	must(t, reader.Close())
	must(t, w.Close())
	if names := names(t, dir); strings.Join(names, " ") != "a a.1.gz" || gunzip(t, path+".1.gz") != "0" {
		t.Errorf("%q", names)
	}
	got.WantNone(t)
}
