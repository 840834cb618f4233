package logfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// How a file ends says whether its last record is whole; of what may be no lines, only a newline not far before does.
func TestLookForTear(t *testing.T) {
	far := strings.Repeat("x", tearWindow)
	for _, tt := range []struct {
		content      string
		torn         bool // if each record surely ends with a newline
		perhaps      bool // if not
		record, want string
	}{
		{"", false, false, "r\n", "r\n"},
		{"\n", false, false, "r\n", "\nr\n"},
		{"a\n", false, false, "r\n", "a\nr\n"},
		{"a", true, false, "r\n", "ar\n"},
		{"a\nb", true, true, "r\n", "a\nb\nr\n"},
		{"a\nb", true, true, "r", "a\nbr"},
		{"a\nb", true, true, "", "a\nb"},
		{"a\n" + far, true, false, "r\n", "a\n" + far + "r\n"},
		{"a\n" + far[1:], true, true, "r\n", "a\n" + far[1:] + "\nr\n"},
	} {
		path := filepath.Join(t.TempDir(), "a")
		must(t, os.WriteFile(path, []byte(tt.content), 0o600))
		if f := open(t, path, Options{Lines: true}); f.torn != tt.torn || f.unended {
			t.Errorf("%.10q: torn %v, unended %v", tt.content, f.torn, f.unended)
		}
		f := open(t, path, Options{})
		if f.torn || f.unended != tt.perhaps {
			t.Errorf("%.10q: torn %v, unended %v", tt.content, f.torn, f.unended)
		}
		write(t, f, tt.record)
		want(t, path, tt.want)
		if got := f.Size(); got != int64(len(tt.want)) {
			t.Errorf("%.10q: %d bytes", tt.content, got)
		}
	}
}

// CatchUp looks anew at a file that others have written to.
func TestCatchUpLooksForTear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	f, other := open(t, path, Options{Lines: true}), open(t, path, Options{Lines: true})
	for _, tt := range []struct{ others, want string }{
		{"whole\n", "whole\nmine\n"},
		{"torn", "whole\nmine\ntorn\nmine\n"},
		{"", "whole\nmine\ntorn\nmine\nmine\n"},
	} {
		write(t, other, tt.others)
		if there, err := f.CatchUp(); !there || err != nil {
			t.Fatal(there, err)
		}
		write(t, f, "mine\n")
		want(t, path, tt.want)
	}
}

// What is appended from a file that a crash has left may be torn itself.
func TestAppendLooksForTear(t *testing.T) {
	dir := t.TempDir()
	path, next := filepath.Join(dir, "a"), filepath.Join(dir, "next")
	must(t, os.WriteFile(path, []byte("1\n"), 0o600))
	must(t, os.WriteFile(next, []byte("2\ntor"), 0o600))
	f := open(t, path, Options{Lines: true})
	must(t, f.Append(next, nil))
	write(t, f, "3\n")
	want(t, path, "1\n2\ntor\n3\n")
}
