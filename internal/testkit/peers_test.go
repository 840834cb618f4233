package testkit

import (
	"errors"
	"os"
	"testing"
)

// TestPeer: who is missing skips a test, or fails it where peers are required; one of several names is enough.
func TestPeer(t *testing.T) {
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, required := range []string{"", "1"} {
		t.Setenv("SLOGKIT_REQUIRE_PEERS", required)
		var program string
		if f := run(t, func(t testing.TB) { program = Peer(t, "no-such-program", here) }); f.said != "" || program != here {
			t.Errorf("%q, %s", program, f.said)
		}
		for _, missing := range []func(testing.TB){
			func(t testing.TB) { Peer(t, "no-such-program", "/no/such/program") },
			func(t testing.TB) { Missing(t, errors.ErrUnsupported) },
		} {
			if f := run(t, missing); f.said == "" || f.skipped == PeersRequired() {
				t.Errorf("required %q: skipped %v, %q", required, f.skipped, f.said)
			}
		}
	}
}
