package filelock

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	must(t, open(t, path).Replace([]byte("content")))
	if b, err := open(t, path).Read(); string(b) != "content" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	link, dangling := filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	linked := isLink(path, link) && isLink(filepath.Join(dir, "missing"), dangling)
	tests := []struct{ name, path, want string }{
		{"no directory", filepath.Join(dir, "no", "lock"), ""},
		{"a directory", dir, "regular file"},
		{"a symbolic link", link, "symbolic link"},
		{"a dangling one", dangling, "symbolic link"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !linked && tt.want == "symbolic link" {
				t.Skip("nobody may make symbolic links here; wine only says that it does")
			}
			f, err := Open(tt.path, 0)
			if err == nil {
				_ = f.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
				t.Error(err)
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "missing")); err == nil {
		t.Error("made the target of a link")
	}
}

// isLink makes a symbolic link, and looks whether it is one.
func isLink(target, path string) bool {
	if os.Symlink(target, path) != nil {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// Locks hinder nobody from reading and writing the content.
func TestContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f := open(t, path)
	hold(t, path, 0, Exclusive)
	hold(t, path, 1, Shared)
	for _, content := range []string{"", "some content", "less", strings.Repeat("much", maxContent/4), ""} {
		must(t, f.Replace([]byte(content)))
		if b, err := open(t, path).Read(); string(b) != content || err != nil {
			t.Errorf("%.20q, %v; want %.20q", b, err, content)
		}
		if b, err := os.ReadFile(path); string(b) != content || err != nil {
			t.Errorf("ReadFile: %.20q, %v; want %.20q", b, err, content)
		}
	}
	want(t, f, 0, Exclusive, false)
	want(t, f, 1, Exclusive, false)
}

func TestTooMuchContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f := open(t, path)
	must(t, f.Replace([]byte("content")))
	much := bytes.Repeat([]byte{'a'}, maxContent+1)
	if err := f.Replace(much); err == nil {
		t.Error("written")
	}
	if b, err := f.Read(); string(b) != "content" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	must(t, os.WriteFile(path, much, 0o600))
	if b, err := f.Read(); b != nil || err == nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
