package testkit

import (
	"os"
	"testing"
)

// ShortDir is a folder for the length of the test, whose path is short enough for a unix socket in it. That of t.TempDir
// need not be, for it has the name of the test.
func ShortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "slogkit") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
