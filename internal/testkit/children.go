package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// childVariable says which child a process is to be; nothing: the test.
const childVariable = "SLOGKIT_TEST_CHILD"

// Children are, by name, what a test's binary does instead of tests when a test has started it anew. Their arguments are in
// os.Args.
type Children map[string]func()

// Main is what TestMain has to do: it runs the tests, and fails if they leave goroutines behind. In a child it runs that,
// which is all of the process.
func (c Children) Main(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		c[name]()
		os.Exit(0)
	}
	Main(m)
}

// Command returns a child that is still to be started.
func (c Children) Command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	if c[name] == nil {
		t.Fatalf("there is no child %q", name)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	return cmd
}
