package testkit

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// Golden compares with a file of testdata. With -update the file is written first.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := firstDifference(string(got), string(want)); diff != "" {
		t.Errorf("%s differs in %s\nrun go test -update and read the diff. Now:\n%s", name, diff, got)
	}
}

// firstDifference shows the first line that differs; "" if none does.
func firstDifference(got, want string) string {
	if got == want {
		return ""
	}
	a, b := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	line := func(lines []string) string {
		if n == len(lines) {
			return "nothing"
		}
		return fmt.Sprintf("%q", lines[n])
	}
	return fmt.Sprintf("line %d\n got %s\nwant %s", n+1, line(a), line(b))
}
