package testkit

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Python has CPython run a program of testdata, and returns the lines that it prints. Python is a [Peer].
func Python(t testing.TB, program string, stdin []byte) []string {
	t.Helper()
	cmd := exec.Command(Peer(t, "python3"), filepath.Join("testdata", program))
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = append(cmd.Environ(), "PYTHONIOENCODING=utf-8")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
