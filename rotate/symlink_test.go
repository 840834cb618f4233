//go:build unix

package rotate

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestSymlink(t *testing.T) {
	for _, tt := range []struct {
		name, link string // below the directory
		prepare    func(t *testing.T, link string)
		target     string // below the directory, if not as it is
	}{
		{"new", "current", nil, "a"},
		{"elsewhere", "links/current", func(t *testing.T, link string) { must(t, os.Mkdir(filepath.Dir(link), 0o700)) }, "/a"},
		{"right", "current", func(t *testing.T, link string) { must(t, os.Symlink("a", link)) }, "a"},
		{"wrong", "current", func(t *testing.T, link string) { must(t, os.Symlink("b", link)) }, "a"},
		{"wrong, and half of one", "current", func(t *testing.T, link string) {
			must(t, os.Symlink("b", link))
			must(t, os.Symlink("c", link+".new"))
		}, "a"},
	} {
		for _, rotator := range []func(string, string) error{nil, os.Rename} {
			t.Run(tt.name, func(t *testing.T) {
				dir := t.TempDir()
				link := filepath.Join(dir, tt.link)
				if tt.prepare != nil {
					tt.prepare(t, link)
				}
				w := newWriter(t, filepath.Join(dir, "logs", "a"), Options{MaxBytes: 1, BackupCount: 2, Rotator: rotator, Symlink: link})
				if tt.target == "a" { // the link is beside the file
					w = newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1, BackupCount: 2, Rotator: rotator, Symlink: link})
				}
				check := func(content string) {
					t.Helper()
					want := tt.target
					if want == "/a" {
						want = w.Name()
					}
					if got, err := os.Readlink(link); got != want || err != nil {
						t.Errorf("%q, %v; want %q", got, err, want)
					}
					if got := read(t, link); got != content {
						t.Errorf("%q, want %q", got, content)
					}
					if exists(link + ".new") {
						t.Error("half of a link is left")
					}
				}
				put(t, w, "0")
				check("0")
				put(t, w, "1")
				check("1")
				must(t, os.Remove(link))
				put(t, w, "2")
				check("2")
				must(t, os.Remove(link))
				must(t, os.Symlink("wrong", link))
				must(t, w.Rotate())
				w.wait()
				check("")
			})
		}
	}
}

// Where there is something else at the name it is left alone, which is reported; so is a link that cannot be made.
func TestSymlinkThatCannotBe(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(link string) error
		err     string
	}{
		"a file":      {func(link string) error { return os.WriteFile(link, []byte("precious"), 0o600) }, "is no symbolic link"},
		"a directory": {func(link string) error { return os.Mkdir(link, 0o700) }, "is no symbolic link"},
		"a file in the way": {func(link string) error {
			return errors.Join(os.Symlink("b", link), os.WriteFile(link+".new", nil, 0o600))
		}, "exists"},
		"a missing folder": {func(link string) error { return os.Remove(filepath.Dir(link)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			link := filepath.Join(dir, "links", "current")
			must(t, os.Mkdir(filepath.Dir(link), 0o700))
			must(t, tt.prepare(link))
			var before map[string]string
			if name != "a missing folder" && name != "a file in the way" {
				before = listing(t, filepath.Dir(link))
			}
			var got testkit.ErrorLog
			opts := Options{MaxBytes: 1, BackupCount: 1, Symlink: link}
			opts.ErrorHandler = got.Handle
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			put(t, w, "0")
			got.Want(t, tt.err)
			put(t, w, "1")
			got.Want(t, tt.err)
			if before != nil {
				wantFiles(t, filepath.Dir(link), before)
			}
			if read(t, filepath.Join(dir, "a")) != "1" || read(t, filepath.Join(dir, "a.1")) != "0" {
				t.Error("the records suffer")
			}
		})
	}
}
