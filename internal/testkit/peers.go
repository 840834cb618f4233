package testkit

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// PeersRequired reports whether SLOGKIT_REQUIRE_PEERS=1: nothing that a test needs may be missing.
func PeersRequired() bool { return os.Getenv("SLOGKIT_REQUIRE_PEERS") == "1" }

// Missing skips a test because of what the system does not have or allow, or fails it where peers are required.
func Missing(t testing.TB, err error) {
	t.Helper()
	if PeersRequired() {
		t.Fatal(err)
	}
	t.Skip(err)
}

// Peer finds a program by the first of its names that fits; see [exec.LookPath]. Without it the test is skipped, or fails
// where peers are required.
func Peer(t testing.TB, names ...string) string {
	t.Helper()
	var all error
	for _, name := range names {
		program, err := exec.LookPath(name)
		if err == nil {
			return program
		}
		all = errors.Join(all, err)
	}
	Missing(t, all)
	return ""
}
